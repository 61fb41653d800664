// The outbox, group by group: freeze, send, record.
#include "daemon/engine/push/push.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/push/group.hpp"
#include "daemon/engine/push/look.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/store/care.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gramsetu::engine {

namespace {

using connectors::Receipt;
using connectors::Sighting;
using store::OutboxRow;
using store::OutboxState;

// One pass over the outbox.
struct Pass {
  connectors::Capabilities able;
  std::size_t most = 1; // requests at once
  bool loaded = false;  // every slice was read completely once: what is not known is not there
  std::optional<std::pair<Instant, std::string>> after; // the last row that was taken up
  std::size_t failures_in_a_row = 0;
  // The store is older than it was: what it would send may have been sent already.
  bool rewound = false;
  std::size_t unasked = 0; // left, because the store was rewound and the endpoint cannot be asked
  bool alive = false, over = false; // it answered; it does not answer any more
  std::vector<std::string> unsent;  // keys of what it did not take
  std::optional<Error> failure;     // of the last of them
};

Result<bool> all_loaded(Run& run)
{
  bool loaded = run.flow.pulls && run.counts().slices_failed == 0;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.slices(run.flow.id));
    for (const auto& row : rows)
      loaded = loaded && row.loaded;
    loaded = loaded && !rows.empty();
    return {};
  }));
  return loaded;
}

Result<bool> is_rewound(Run& run)
{
  bool rewound = false;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto fact, tx.fact(store::kRewoundFact));
    rewound = fact.has_value();
    return {};
  }));
  return rewound;
}

// An endpoint that has not answered in this run, or did not answer just now, is asked by one request at a time: no
// more outcomes than without company become unknown before it is left alone.
std::size_t width_of(const Pass& pass)
{
  return pass.alive && pass.failures_in_a_row == 0 ? pass.most : 1;
}

Result<std::vector<OutboxRow>> next_rows(Run& run, Pass& pass)
{
  std::vector<OutboxRow> rows;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    store::OutboxQuery query;
    query.flow = run.flow.id;
    query.state = OutboxState::pending;
    query.due = run.services.clock.now();
    query.after = pass.after;
    query.limit = width_of(pass) * batch_size(pass.able);
    TRY(rows, tx.outbox(query));
    return {};
  }));
  if (!rows.empty()) pass.after.emplace(rows.back().created_at, rows.back().key);
  return rows;
}

// While a plan is carried out, what it does not hold is not even looked at.
Result<void> leave_unplanned(Run& run, std::vector<OutboxRow>& rows)
{
  if (run.options.applies.empty()) return {};
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    std::vector<OutboxRow> planned;
    for (auto& row : rows) {
      TRY(const auto plan, tx.planned_of(run.options.applies, row.key));
      if (plan && plan->state == "applied") planned.push_back(std::move(row));
    }
    rows = std::move(planned);
    return {};
  });
}

// Rows that must be looked at before they are written: updates that the endpoint would not refuse when it
// has moved on, and creates of what it may have already.
Result<std::vector<OutboxRow>> to_look_at(store::Tx& tx, const Run& run, const Pass& pass,
                                          const std::vector<OutboxRow>& rows)
{
  std::vector<OutboxRow> some;
  std::vector<std::string> keys;
  for (const auto& row : rows)
    keys.push_back(row.key);
  std::sort(keys.begin(), keys.end());
  TRY(const auto marks, tx.marks(run.flow.id, keys));
  for (const auto& row : rows) {
    const auto at = std::lower_bound(keys.begin(), keys.end(), row.key) - keys.begin();
    const auto& mark = marks[static_cast<std::size_t>(at)];
    const bool there = mark && !mark->deleted;
    const bool unguarded = there && (!pass.able.if_version || mark->version.empty());
    const bool unsure = !there && !pass.loaded;
    if (unguarded || unsure || pass.rewound) some.push_back(row);
  }
  return some;
}

bool is_as_known(const std::optional<store::ShadowRow>& shadow, const Sighting& sighting,
                 const Digest& digest)
{
  const bool there = sighting.found && !sighting.record.deleted;
  if (!shadow || shadow->mark.deleted) return !there;
  return there && shadow->mark.digest == digest;
}

// True when the row is not to be sent now: what is there has moved, and goes into the inbox to be decided.
Result<bool> must_wait(store::Tx& tx, Run& run, const Pass& pass, const OutboxRow& row,
                       const Look& look)
{
  // A slice that was never read to its end may hold what we would create: wait until it is.
  if (!look.sighting) return pass.rewound || (run.flow.pulls && !pass.loaded);
  TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
  Digest digest{};
  if (look.sighting->found) {
    TRY(const auto outcome, stage_record(tx, run.flow, look.sighting->record));
    if (const auto* staged = std::get_if<Staged>(&outcome)) digest = staged->news.digest;
  }
  if (is_as_known(shadow, *look.sighting, digest)) return false;
  if (shows_the_present(run)) TRY_VOID(take_sighting(tx, run, row.key, *look.sighting));
  return true;
}

// Read, compare, write: for endpoints that cannot refuse a write over a version that they no longer have.
Result<void> look_first(Run& run, Pass& pass, std::vector<OutboxRow>& rows)
{
  std::vector<OutboxRow> looked;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(looked, to_look_at(tx, run, pass, rows));
    return {};
  }));
  if (looked.empty()) return {};
  TRY(const auto looks, look_at(run, looked));
  std::set<std::string> moved;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < looked.size(); ++i) {
      TRY(const bool waits, must_wait(tx, run, pass, looked[i], looks[i]));
      if (waits) moved.insert(looked[i].key);
      if (waits && !looks[i].sighting && pass.rewound) ++pass.unasked;
    }
    return {};
  }));
  std::erase_if(rows, [&](const auto& row) { return moved.contains(row.key); });
  return {};
}

// Whether the endpoint lives is seen from what it answers. What was sent and is not answered is no failure of the
// run: it is counted as unknown.
Result<void> note_receipts(Pass& pass, const Sending& sent)
{
  const auto& receipts = sent.receipts;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto& error = receipts[i].error;
    if (receipts[i].outcome != Receipt::Outcome::not_sent) continue;
    if (error.kind == ErrorKind::unauthorized || error.kind == ErrorKind::cancelled)
      return tl::unexpected(error);
    if (error.kind != ErrorKind::throttled) pass.unsent.push_back(sent.rows[i].key);
    pass.failure = error;
  }
  const bool silent = std::all_of(receipts.begin(), receipts.end(), is_failure);
  pass.alive = pass.alive || !silent;
  pass.failures_in_a_row = silent ? pass.failures_in_a_row + receipts.size() : 0;
  return {};
}

// The pass ends when nothing gets through: the rest of the queue can wait.
Result<void> note_group(Pass& pass, const Group& group)
{
  for (const auto& sent : group)
    TRY_VOID(note_receipts(pass, sent));
  if (pass.failures_in_a_row < kPushFailuresInARow) return {};
  pass.over = true;
  const auto& last = group.back().receipts.back();
  if (last.outcome != Receipt::Outcome::not_sent) return {};
  return tl::unexpected(last.error);
}

// What an endpoint that takes others does not take costs an attempt; what none gets through costs none, however
// long the endpoint is away.
Result<void> count_attempts(Run& run, const Pass& pass)
{
  if (!pass.alive || pass.unsent.empty()) return {};
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& key : pass.unsent) {
      TRY(const auto row, tx.outbox_of(run.flow.id, key));
      if (row && row->state == OutboxState::pending) TRY_VOID(count_attempt(tx, run, *row));
    }
    return {};
  });
}

Result<void> send(Run& run, Pass& pass, const std::vector<OutboxRow>& rows)
{
  TRY(Group group, freeze_group(run, rows, pass.able));
  if (group.empty()) return {};
  send_group(run, group);
  TRY_VOID(record_group(run, group));
  for (const auto& sent : group)
    TRY_VOID(read_back(run, sent.rows, sent.receipts));
  return note_group(pass, group);
}

Result<void> push_all(Run& run, Pass& pass)
{
  while (!pass.over) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    TRY(auto rows, next_rows(run, pass));
    if (rows.empty()) return {};
    TRY_VOID(leave_unplanned(run, rows));
    if (rows.empty()) continue;
    Progress progress;
    progress.stage = Stage::push;
    progress.records = run.counts().pushed;
    run.tell(progress);
    TRY_VOID(look_first(run, pass, rows));
    if (!rows.empty()) TRY_VOID(send(run, pass, rows));
  }
  return {};
}

} // namespace

Result<void> offer_existing(Run& run)
{
  const auto able = run.flow.connector->capabilities(*run.flow.stream);
  TRY(const bool loaded, all_loaded(run));
  if (run.flow.pulls && !loaded && !able.probes) return {};
  return enqueue_existing(run.flow, run.services.store, run.services.clock.now());
}

Result<void> push_due(Run& run)
{
  Pass pass;
  pass.able = run.flow.connector->capabilities(*run.flow.stream);
  TRY(pass.loaded, all_loaded(run));
  TRY(pass.rewound, is_rewound(run));
  if (!pass.rewound) pass.most = most_at_once(run.flow, pass.able);
  if (run.options.applies.empty()) TRY_VOID(offer_existing(run));
  const auto pushed = push_all(run, pass);
  if (pass.unasked > 0 && run.report.reason.empty()) {
    run.report.reason =
        fmt::format("{} changes are not sent: the store was rewound, and the endpoint "
                    "cannot be asked whether it has them; see gramsetu rewind show",
                    pass.unasked);
  }
  TRY_VOID(count_attempts(run, pass));
  if (!pushed || pass.alive || pass.unsent.empty()) return pushed;
  return tl::unexpected(*pass.failure); // a short queue, and nothing of it got through
}

} // namespace gramsetu::engine
