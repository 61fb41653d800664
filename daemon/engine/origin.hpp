// Who set each field of a record, when, by which rule and in which run: what `why` answers from.
#pragma once

#include "base/clock.hpp"
#include "schema/merge.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::engine {

// The rule of what a person decided.
inline constexpr const char* kDecided = "decided by a person";

struct Origin {
  schema::Side side;
  Instant at{};                      // when the hub took it
  std::optional<Instant> changed_at; // when that side says it changed
  std::string run, rule;
  std::chrono::milliseconds doubt{0}; // how far that side's clock might have been off then
  std::string actor, note;            // a person, and the reason that was given
  bool operator==(const Origin&) const = default;
};

// One origin for the record as it was created, one for each field that changed since, and one of its
// deletion, which leaves the others as they were.
struct Origins {
  Origin whole;
  std::map<std::string, Origin, std::less<>> fields;
  std::optional<Origin> gone;

  // Of the record's being there, or not.
  const Origin& existence() const { return gone ? *gone : whole; }

  const Origin& of(std::string_view field) const;
};

// The text of `RecordRow::origin`, and back. A text that cannot be read gives an origin of side "local".
std::string write_origins(const Origins& origins);
Origins read_origins(std::string_view text);

} // namespace gramsetu::engine
