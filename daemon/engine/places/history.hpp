// What a place was when: its versions, and which of them were in force on a day. Pure.
#pragma once

#include "base/result.hpp"
#include "daemon/store/places.hpp"
#include "schema/entity.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// Days are texts like "2026-10-01", by the calendar of India, whose directory it is.
std::string day_of(Instant at);

// One version of one listing, from a day and until another (which is not part of it).
struct PlaceVersion {
  std::string listing;
  std::int64_t version = 0, minor = 0;
  schema::Object body; // names and parents by field, and `active` where it was said
  std::string from;    // empty: it came after a newer one, and nobody said since when it held
  std::string until;   // empty: it holds
  bool corrected = false;
  bool ended = false; // as a place, not only as a version

  std::string text(std::string_view field) const; // empty: not said
};

// All versions of a code: by listing, oldest first.
using History = std::vector<PlaceVersion>;
Result<History> history_of(const std::vector<store::PlaceRow>& rows);

// The versions in force on that day, one a listing; on an empty day those that are now. A day before all of them
// has the first, a day after their end the last: nobody knows better. Empty when the history is.
std::vector<const PlaceVersion*> in_force(const History& history, std::string_view day);
// False when it has ended, or was never heard of.
bool goes_on(const History& history);
// "3", "3.1"; "-" where the directory does not count.
std::string number_of(const PlaceVersion& version);
// Is it another name, and not only other capitals, blanks or stops?
bool is_rename(std::string_view before, std::string_view after);

// What a record of a place says about the version that it is.
struct ToldVersion {
  std::string kind, code, listing;
  std::optional<std::int64_t> version, minor; // not stated: nothing
  std::string body, effective;
  Instant at{};
};
ToldVersion told_version(const schema::Entity& entity, const std::string& key,
                         const schema::Record& record, Instant at);

// The row to store so that the history knows what was told, or nothing when it does. A version of a new number
// is added. The same number with another content is a correction, and with more content a completion. Without
// a number another name or parent is a new minor version, and anything else a correction.
std::optional<store::PlaceRow> keep_version(const schema::Entity& entity,
                                            const std::vector<store::PlaceRow>& known,
                                            const ToldVersion& told);

// Does the record say which version of the place it is?
bool is_numbered(const schema::Entity& entity, const schema::Record& record);
// Does `news` state an older version of the place than `known`?
bool is_older_version(const schema::Entity& entity, const schema::Record& news,
                      const schema::Record& known);

} // namespace gramsetu::engine
