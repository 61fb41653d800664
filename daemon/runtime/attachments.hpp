// The documents that records name: kept as they come, taken away when nothing names them any more.
#pragma once

#include "connectors/api/attachment.hpp"
#include "daemon/runtime/setup.hpp"
#include "daemon/store/attachments.hpp"
#include "daemon/store/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::runtime {

// Beside the file of the store.
store::Attachments attachments_beside(const std::string& store_path);
store::Attachments attachments_of(const config::Config& config);
std::unique_ptr<connectors::Keeper> make_keeper(const config::Config& config);

// Removes documents that came more than a week ago and that no record names, deleted ones among them, nor news,
// a change, a conflict or quarantine: they go with what named them, by its retention. Once a day. How many.
Result<std::size_t> sweep_attachments(const Setup& setup, store::Store& store, Instant now);

struct DocumentsCopied {
  std::size_t copied = 0;
  std::vector<std::string> damaged; // left out: not what their names say
};

// All documents go into the copy of the store, and are read back from there.
Result<DocumentsCopied> documents_into(const std::string& copy, const store::Attachments& folder);
// And out of it into the folder; how many.
Result<std::size_t> documents_from(const std::string& copy, store::Attachments folder);

} // namespace gramsetu::runtime
