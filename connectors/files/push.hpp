// Changes as files: one file a batch, there whole or not at all.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/files/folder.hpp"
#include "connectors/files/words.hpp"

#include <span>
#include <string>
#include <vector>

namespace gramsetu::connectors::files {

// Where the changes of a stream go. Refers to what it was made from.
struct Outbox {
  Folder& folder;
  const Stream& stream;
  const PushWords& words;
};

// Writes `intents` as one file. Its name comes from their idempotency keys, so that the same batch again
// finds its file there and changes nothing. NDJSON lines and CSV rows hold `verb`,
// `key`, `idempotency_key` and the record: whoever reads files of several changes can tell by the key
// whether a change came twice. Where an answer is awaited, what became of them is unknown until its file is
// there: see answer.hpp.
std::vector<Receipt> push_batch(const Outbox& outbox, std::span<const Intent> intents,
                                std::stop_token stop);

// For answer.hpp. The name of the batch's file, and writing it.
Result<std::string> path_of_batch(const Outbox& outbox, std::span<const Intent> intents);
Result<Put> put_batch(const Outbox& outbox, std::span<const Intent> intents, std::stop_token stop);

} // namespace gramsetu::connectors::files
