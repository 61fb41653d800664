// Carrying out a plan: each record is decided again, and done when it comes to the same.
#include "daemon/engine/apply/reexamine.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/planned.hpp"
#include "daemon/engine/push/push.hpp"

#include <fmt/format.h>

namespace gramsetu::engine {

namespace {

using store::OutboxState;
using store::PlannedRow;

Result<void> leave(store::Tx& tx, const Run& run, const std::string& key, std::string why)
{
  return tx.put_remark({0, run.options.run_id, key, "", true, std::move(why)});
}

// What has moved since the plan was made, or nothing.
std::string why_moved(const Run& run, const PlannedRow& planned, const std::optional<Intended>& now)
{
  const auto& endpoint = run.flow.side.endpoint;
  if (!now)
    return planned.change.empty() ? endpoint + " lacks nothing of it any more"
                                  : "what " + endpoint + " said has been taken in by another run";
  if (now->row.revision != planned.revision)
    return fmt::format("it changed at the hub: planned at revision {}, now at {}", planned.revision,
                       now->row.revision);
  if (now->row.news != planned.news) return "newer news came from " + endpoint;
  if (now->row.shadow != planned.shadow)
    return "what the hub and " + endpoint + " agree on has changed";
  if (now->row.digest != planned.digest)
    return "it is decided differently now: the rules or the mapping have changed";
  return {};
}

Result<void> apply_row(store::Tx& tx, Run& run, PlannedRow row)
{
  if (row.state != "open") return {}; // an earlier attempt has done it
  TRY(const auto now, intend(tx, run.flow, row.key));
  const auto moved = why_moved(run, row, now);
  if (!moved.empty()) return leave(tx, run, row.key, moved);
  if (now->news && now->waits) {
    TRY(const bool used, apply_news(tx, run, *now->news));
    if (!used) return leave(tx, run, row.key, "what was last sent for it has no known outcome yet");
    TRY_VOID(tx.erase_inbox(run.flow.id, row.key));
  } else if (now->news) {
    TRY_VOID(apply_held(tx, run, *now->news));
  }
  row.state = row.verb.empty() ? "done" : "applied";
  return tx.put_planned(row);
}

// What became of a change that was to be sent.
Result<void> account_for(store::Tx& tx, const Run& run, PlannedRow row)
{
  if (row.state != "applied") return {};
  TRY(const auto outbox, tx.outbox_of(run.flow.id, row.key));
  if (!outbox) {
    row.state = "done";
    return tx.put_planned(row);
  }
  switch (outbox->state) {
  case OutboxState::pending:
    return leave(tx, run, row.key,
                 outbox->error.empty() ? "what is to be sent is not what was planned any more"
                                       : "it was not sent: " + outbox->error);
  case OutboxState::parked: return leave(tx, run, row.key, "it was refused: " + outbox->error);
  case OutboxState::in_flight:
  case OutboxState::unknown:
    return leave(tx, run, row.key, "it was sent, and no answer came: " + outbox->error);
  }
  return {};
}

using ForRow = Result<void> (*)(store::Tx&, Run&, PlannedRow);

Result<void> for_each_row(Run& run, ForRow act)
{
  std::string after;
  bool more = true;
  while (more) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    run.step(Stage::apply);
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.planned(run.options.applies, after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        after = row.key;
        TRY_VOID(act(tx, run, row));
      }
      return {};
    }));
  }
  return {};
}

Result<void> count_left(Run& run)
{
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(run.counts().left, tx.count_left(run.options.run_id));
    return {};
  });
}

} // namespace

Result<void> apply_plan(Run& run)
{
  if (run.flow.pushes) TRY_VOID(settle_unknown(run));
  TRY_VOID(for_each_row(run, apply_row));
  const auto pushed = run.flow.pushes ? push_due(run) : Result<void>{};
  if (!pushed && pushed.error().kind == ErrorKind::corrupt) return pushed;
  TRY_VOID(for_each_row(run, [](store::Tx& tx, Run& same, PlannedRow row) {
    return account_for(tx, same, std::move(row));
  }));
  TRY_VOID(count_left(run));
  return pushed;
}

} // namespace gramsetu::engine
