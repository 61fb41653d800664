// What one run notes while it works: gone after a restart, not durable, in files and not in memory.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// A record as both sides have it, while verify compares them.
struct TwinRow {
  std::string flow, key;
  std::string slice;     // where the endpoint listed it
  bool there = false;    // the endpoint has it
  bool left_out = false; // an open conflict or quarantine: neither side counts; once said, it stays
  bool differs = false;
  Digest digest{};    // of the endpoint's
  std::string theirs; // canonical JSON of the endpoint's, where it is kept
  std::string ours;   // canonical JSON of what the endpoint should hold, where it is kept
};

class Scratch {
public:
  virtual ~Scratch() = default;

  // What the present pull of a snapshot slice has seen.
  virtual Result<void> seen_clear(std::string_view flow, std::string_view slice) = 0;
  virtual Result<void> seen_add(std::string_view flow, std::string_view slice,
                                const std::vector<std::string>& keys) = 0;
  // Keys of shadows of the slice that were not seen, after `after_key`, in key order. Shadows whose mark
  // says deleted are not among them, here and in `count_shadows`.
  virtual Result<std::vector<std::string>> unseen(std::string_view flow, std::string_view slice,
                                                  std::string_view after_key,
                                                  std::size_t limit) = 0;
  // Shadows that were seen in this slice belong to it from now on, with no absences; rows that say so already
  // are not written.
  virtual Result<void> adopt_seen(std::string_view flow, std::string_view slice) = 0;

  // What the present comparison of a flow has gathered.
  virtual Result<void> twins_clear(std::string_view flow) = 0;
  virtual Result<void> put_twin(const TwinRow& row) = 0; // a later one of the same key replaces
  // In key order; `differing`: only those that differ.
  virtual Result<std::vector<TwinRow>> twins(std::string_view flow, std::string_view after_key,
                                             std::size_t limit, bool differing) = 0;
};

} // namespace gramsetu::store
