// A plan: what a run would do, kept as digests, and carried out later where nothing has moved since.
#pragma once

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/store/plans.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

// What would become of one record, as things stand.
struct Intended {
  store::PlannedRow row; // without its run and state
  std::optional<store::InboxRow>
      news;                 // what it is decided from; none: there is only something to send
  bool waits = false;       // the news is in the inbox
  Decision decision;        // of the news
  std::optional<Need> need; // what is sent then
};

// Decides one key without writing anything; nothing when there is nothing to do. The same state of the
// store gives the same digest.
Result<std::optional<Intended>> intend(store::Tx& tx, const Flow& flow, const std::string& key);

// Keeps the plan of everything that waits for this run, at the hub and for the endpoint, under the run's
// id, and counts in `plans` what would be sent.
Result<void> write_plan(Run& run, std::vector<PlanSummary>& plans);

// Carries out the plan of run `options.applies`, batch by batch: each record is decided again, and done only
// when that comes to the same from the same. What is left is remarked upon with its reason. Saying it
// twice does nothing twice.
Result<void> apply_plan(Run& run);

// May this be sent, while a plan is carried out?
Result<bool> is_planned(store::Tx& tx, const Run& run, const std::string& key, const Need& need);

// The digest of a plan as a whole: of its rows' digests, one after the other in key order.
Digest chained(const Digest& before, std::string_view next);
Result<Digest> digest_of_plan(store::Store& store, const std::string& run);

} // namespace gramsetu::engine
