// What places were, and what took over from them: the part of a transaction that is about both.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// One version of one listing of a place. They are added and corrected and outlive the place's record: records
// of old years refer to them.
struct PlaceRow {
  std::string kind, code;
  std::string listing; // what else is in the record's key: the directory lists some codes twice
  std::int64_t version = 0, minor = 0;
  std::string body;      // canonical JSON: names and parents
  std::string effective; // "2026-10-01", the day from which it holds; empty: nobody has said
  Instant heard_at{};
  std::optional<Instant> corrected_at; // the same version came with another content
  std::optional<Instant> ended_at;     // the directory lists it no more
};

// One place took over from another, as `source` says.
struct SuccessionRow {
  std::string source; // "local_body/245301": the record that says so
  std::string from_kind, from_code, to_kind, to_code;
  std::string extent; // "full", "part"; empty: not said
  std::string cause;  // "merge", "split", ...; empty: not said
  std::string effective, order, order_date;
};

// Records that wait for one that is not there.
struct AwaitedRow {
  std::string waits_for; // "local_body/245101"
  std::size_t records = 0;
  Instant since{};
  std::vector<std::string> examples; // "voucher@central V-17", at most three
};

class PlacesTx {
public:
  virtual ~PlacesTx() = default;

  // All versions of all listings of a code: by listing, then by version.
  virtual Result<std::vector<PlaceRow>> places(std::string_view kind, std::string_view code) = 0;
  virtual Result<void> put_place(const PlaceRow& row) = 0; // inserts or replaces
  virtual Result<void> erase_place(const PlaceRow& row) = 0;

  // What followed the code, and what it followed.
  virtual Result<std::vector<SuccessionRow>> successors(std::string_view kind,
                                                        std::string_view code) = 0;
  virtual Result<std::vector<SuccessionRow>> predecessors(std::string_view kind,
                                                          std::string_view code) = 0;
  // What `source` says, in place of what it said before.
  virtual Result<void> put_successions(std::string_view source,
                                       const std::vector<SuccessionRow>& rows) = 0;

  // Live records of an entity that belong to that place.
  virtual Result<std::size_t> count_of_place(std::string_view entity, std::string_view code) = 0;

  // What records of quarantine wait for, after `after`, in the order of the text. Of a `flow` alone, when one
  // is given: then only `waits_for` is filled in, as a run asks this each time.
  virtual Result<std::vector<AwaitedRow>> awaited(std::string_view flow, std::string_view after,
                                                  std::size_t limit) = 0;
};

} // namespace gramsetu::store
