// Held runs: what people said to them, and what became of them.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/engine/report.hpp"
#include "daemon/store/store.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::runtime {

// A person let a held run go. It covers what that run showed.
struct Approver {
  std::string by, note;
  std::string run; // that was shown
  Instant at{}, until{};
};

// What `RunRow::hold` says of a held run. While its flow stays held, each run takes the place of the one before,
// with its approvals.
struct Hold {
  Instant since{}; // the first of them was held
  std::vector<std::string> rails;
  std::size_t records = 0;                  // that it would change in all
  std::size_t more = 0;                     // held slices that its plan does not show
  std::size_t needs = 1;                    // people who must approve it
  std::map<std::string, std::size_t> found; // by slice that came back smaller: what it lists
  std::vector<Approver> approvals;          // one a person, the newest
  std::string followed_by;                  // the run that took its place
};
schema::Object hold_json(const Hold& hold);
Hold read_hold(const std::string& json);

// How many people must approve a run that would change so many records.
std::size_t approvers_needed(const engine::Held& held, const schema::Rails& rails);
// "A. Roy, B. Sen"; of those who have approved.
std::string names_of(const Hold& hold);

// The run of the flow that is held and waits for people, or for its cause to pass.
Result<std::optional<store::RunRow>> held_run(store::Tx& tx, std::string_view flow);

// What enough people have approved of the flow's held run; nobody, while they are too few.
Result<engine::Approval> approval_of(store::Tx& tx, std::string_view flow);

struct Consent {
  store::RunRow held;      // the run that it stands with now
  bool again = false;      // the person had approved it already
  std::size_t missing = 0; // people who must approve it still
};
// A person approves what `run` showed. `precondition` says why there is nothing to approve.
Result<Consent> consent(store::Tx& tx, std::string_view run, const Approver& approver);

// `run` has ended, and is about to be stored: it takes the place of the flow's held run. `released`: people had
// let that one go, and so it was done. A run that is held itself goes on with what they said.
Result<void> take_place(store::Tx& tx, store::RunRow& run, bool released);

} // namespace gramsetu::runtime
