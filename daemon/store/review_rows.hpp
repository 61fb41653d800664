// The rows of the queues for people: conflicts and quarantine.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::store {

struct ConflictRow {
  std::int64_t id = 0;
  std::string flow, entity, key, field;
  std::string base, hub, remote; // JSON values
  std::string outcome;           // "open", "hub", "remote", "merged"
  std::string rule;              // what decided, or why a person must
  std::string winner;            // JSON value; empty while open
  std::string run;
  Instant opened_at{};
  std::optional<Instant> settled_at;
  std::string settled_by, note;             // a person's name and reason
  std::string hub_origin, remote_origin;    // endpoint names: whose values they were
  std::optional<Instant> hub_at, remote_at; // when these changed them, as they say
};

// How the rule of an exception begins, and the codes of records that came too late.
inline constexpr std::string_view kBookClosed = "the book is closed", kLate = "book_closed",
                                  kTooOld = "too_old";

struct ConflictQuery {
  std::string flow, entity, key; // any when empty
  std::optional<bool> open;
  std::int64_t after_id = 0; // exclusive; with `newest_first`: before it, unless it is 0
  std::size_t limit = 1000;
  std::string field{};            // any when empty
  std::string place{};            // of the record, as it is now
  std::string rule{};             // what `rule` begins with
  std::optional<Instant> since{}; // opened then or later
  std::int64_t up_to_id = 0;      // inclusive; 0: no bound
  bool newest_first = false;
};

// Open conflicts with one cause.
struct ConflictGroup {
  std::string flow, entity, field, rule;
  std::size_t count = 0, runs = 0; // conflicts, and runs that opened them
  Instant first_at{}, last_at{};
  std::int64_t sample = 0; // one of them
};

struct QuarantineRow {
  std::int64_t id = 0;
  std::string flow, entity, key; // key is empty when it could not be read
  std::string direction;         // "pull", "push"
  std::string slice;
  std::string code, reason, pointer;
  std::string payload;   // whole, as it came
  std::string waits_for; // "local_body/245101" when it only waits for that record
  std::string run;
  Instant first_at{}, last_at{};
  int attempts = 1;
  std::string state; // "open", "replayed", "discarded", "took_effect", "no_effect"
  std::string settled_by, note;
};

struct QuarantineQuery {
  std::string flow;               // any when empty
  std::string waits_for;          // exactly; any when empty
  std::optional<std::string> key; // exactly
  std::string entity;             // any when empty
  std::optional<bool> waits;      // for a parent, or not
  std::optional<std::string> state;
  std::int64_t after_id = 0;
  std::size_t limit = 1000;
  std::string code{}; // exactly; any when empty
};

// A record that waits for another, without what it holds.
struct WaitingRow {
  std::int64_t id = 0;
  std::string flow, entity, key;
};

} // namespace gramsetu::store
