// What a run would write, and what a run has to say about single records: rows that are read page by page.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// One record that a planned run would change, at the hub or at its endpoint. No value is in here: what was
// decided, and from what, is known by digests, so that it can be decided again and compared. Zeros are
// the digest of nothing.
struct PlannedRow {
  std::string run, key;
  std::string change; // "create", "update", "delete", "restore", "keep"; empty: not at the hub
  std::string verb;   // "create", "update", "remove"; empty: not at the endpoint
  std::int64_t revision = 0; // of the hub's record; 0: there is none
  Digest news{};             // what the endpoint says
  Digest shadow{};           // what both sides last agreed on
  Digest push{};             // what would be sent
  Digest digest{};           // of all that, and of what was decided
  std::string state;         // "open"; "applied": at the hub, not yet at the endpoint; "done"
};

// What a run says about one record, or one field of it: that it was left as it is, or that what was done
// may not last.
struct RemarkRow {
  std::int64_t id = 0;
  std::string run, key, field; // no field: the whole record
  bool left = false;           // nothing was done
  std::string why;
};

// The part of a transaction that knows these rows.
class Plans {
public:
  virtual ~Plans() = default;

  virtual Result<void> put_planned(const PlannedRow& row) = 0; // by run and key
  virtual Result<std::optional<PlannedRow>> planned_of(std::string_view run,
                                                       std::string_view key) = 0;
  virtual Result<std::vector<PlannedRow>> planned(std::string_view run, std::string_view after_key,
                                                  std::size_t limit) = 0; // in key order

  virtual Result<void> put_remark(const RemarkRow& row) = 0; // by run, key and field
  virtual Result<std::vector<RemarkRow>> remarks(std::string_view run, std::int64_t after_id,
                                                 std::size_t limit) = 0; // oldest first
  virtual Result<std::size_t> count_left(std::string_view run) = 0;
};

} // namespace gramsetu::store
