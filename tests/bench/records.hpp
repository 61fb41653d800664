// The bench's records: made from their numbers alone, so that every run has the same.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::bench {

inline constexpr std::size_t kPageRecords = 1000;
inline constexpr std::size_t kPlaces = 300;

// What somebody entered in the place of what was made.
struct Entered {
  std::string address, office; // empty: as it was made
};

// What of a record moves; the rest of it follows from its number.
struct Moving {
  std::uint32_t version = 1;
  std::uint32_t modified = 0; // seconds after the first record was modified
  const Entered* entered = nullptr;
};

std::string key_of(std::size_t number);
std::optional<std::size_t> number_of(std::string_view key); // nothing when it is no key of ours

// The record as its endpoint writes it: 18 members, one of them an object, some 480 bytes.
void append_record(std::string& out, std::size_t number, const Moving& moving);
// The list of panchayats, whole.
std::string places_json();
// What `Moving::modified` counts for a time.
std::uint32_t modified_at(Instant at);

// Who changes a record in a round of changes: one in a hundred by either side, a tenth of these by both.
enum class By { nobody, endpoint, hub, both };
By changed_by(std::size_t number, unsigned round);
// The address that a side enters in a round.
std::string address_of(std::size_t number, unsigned round, std::string_view side);

} // namespace gramsetu::bench
