// Documents in a folder beside the store, each once, called by its digest.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// The folder is made with the first document. Any thread; several processes.
class Attachments {
public:
  explicit Attachments(std::string folder) : folder_(std::move(folder)) {}

  // Durable once it returns: written under another name, synced, renamed, and the folder synced. What is there
  // is not written again, and counts as seen now. `transient` when the disk refuses.
  Result<void> keep(const Digest& digest, std::string_view bytes);
  // Nothing when it is not there; `invalid` when it is not what its name says.
  Result<std::optional<std::string>> read(const Digest& digest) const;

  // All that are there, and the bytes that they come to.
  Result<std::vector<Digest>> all(std::uint64_t* bytes = nullptr) const;
  // Those that nobody brought since `before`, in hex; and taking one away.
  Result<std::set<std::string>> unseen_since(Instant before) const;
  void remove(const std::string& hex) const;
  const std::string& folder() const { return folder_; }

private:
  std::string path_of(const std::string& hex) const;

  std::string folder_;
};

} // namespace gramsetu::store
