// Money that two people settle: what the first one decided is kept until a second one decides the same.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::runtime {

// A decision as it was first said. Of a value only a digest is kept: the second person says it anew.
struct Proposal {
  std::string by, note, choice;
  Instant at{};
  std::string digest;
};

// `field`: of the flow's entity, "*" for the record's being there; empty: a write of it, all fields together.
bool needs_two(const engine::Flow& flow, std::string_view field);

struct Saying {
  std::string about;         // "conflict/12", "quarantine/3"
  std::string choice, value; // "theirs"; what else belongs to the decision
  std::string by, note;
};
// True when somebody else has said the same before: carry it out, and `forget` it. Otherwise this is what is kept, in
// the place of another decision. `precondition` when this person has said the same already.
Result<bool> is_second(store::Tx& tx, const Saying& saying, Instant now);

Result<std::optional<Proposal>> proposal_about(store::Tx& tx, std::string_view about);
Result<void> forget_proposal(store::Tx& tx, std::string_view about);

} // namespace gramsetu::runtime
