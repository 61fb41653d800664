// What people decide: open conflicts and quarantined records.
#pragma once

#include "base/result.hpp"
#include "daemon/engine/cycle.hpp"
#include "daemon/engine/flow.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::engine {

struct Resolution {
  std::int64_t conflict = 0;
  std::string choice; // "ours" (the hub's value), "theirs" (the endpoint's), "value"
  std::optional<schema::Value> value; // canonical, with choice "value"
  std::string by, note;               // a person's name and reason; `by` must not be empty
};

// Settles one open conflict: the value goes into the record and to every side that lacks it; the losing
// value stays in the conflict. `not_found`, or `precondition` when it is settled already (says by whom).
Result<void> resolve_conflict(const FlowsOf& flows, const Resolution& resolution,
                              const Services& services);

// Many at once.
struct ResolveMany {
  store::ConflictQuery which; // of these the open ones, in the order of their numbers
  Resolution how;             // its `conflict` does not matter
  // Why one of them must not be settled among many; empty when it may.
  std::function<std::string(const store::ConflictRow&)> spare = {};
};
struct Resolved {
  std::size_t settled = 0;
  std::vector<std::pair<std::int64_t, std::string>> failed; // which, and why
  std::int64_t after_id = 0; // the last that was looked at: where to go on
  bool more = false;
};
using FlowsByEntity = std::function<FlowsOf(const std::string& entity)>;

// One bounded transaction's worth. What cannot be settled so stays open and is named; the others are not
// held up by it.
Result<Resolved> resolve_conflicts(const FlowsByEntity& flows_of, const ResolveMany& asked,
                                   const Services& services);

// Tries a quarantined record again: a pulled one is staged anew and applied by the next run of its
// flow, a pushed one is put back into the outbox. The row closes when it went through. One that lacks nothing
// but its parent stays open and says for whom it waits; otherwise the error says what is still wrong. `precondition`
// where nobody knows whether the endpoint has it already: that is for `resolve_outcome`, here and in `discard`.
Result<void> replay(const Flow& flow, std::int64_t quarantine_id, const std::string& by,
                    const Services& services);

// Closes a quarantined record without using it; the payload stays until its retention ends. What waits for
// it would wait for good: `precondition` says how many, unless they may.
struct Discard {
  std::int64_t quarantine = 0;
  std::string by, note;
  bool leave_waiting = false;
};
Result<void> discard(const Discard& asked, const Services& services);

// What a person found out about a write that nobody answered for.
struct Outcome {
  std::int64_t quarantine = 0;
  bool took_effect = false;
  std::string remote_id; // as the endpoint calls it, when it took effect and the hub does not know
  std::string by, note;  // a person's name and reason; neither may be empty
};

// It took effect: the shadow follows, as if the endpoint had answered. It had none: it is sent anew, under a
// new key, by the next run. `precondition` when it is settled already, by whomever.
Result<void> resolve_outcome(const Flow& flow, const Outcome& outcome, const Services& services);

} // namespace gramsetu::engine
