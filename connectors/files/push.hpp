// Changes as files: one file a batch, there whole or not at all.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/files/folder.hpp"
#include "connectors/files/words.hpp"

#include <span>
#include <string>
#include <vector>

namespace gramsetu::connectors::files {

// Writes `intents` as one file. Its name comes from their idempotency keys, so that the same batch again
// finds its file there and changes nothing. NDJSON lines and CSV rows hold `verb`,
// `key`, `idempotency_key` and the record: whoever reads files of several changes can tell by the key
// whether a change came twice.
std::vector<Receipt> push_batch(const Folder& folder, const Stream& stream, const PushWords& words,
                                std::span<const Intent> intents);

} // namespace gramsetu::connectors::files
