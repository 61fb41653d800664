// What people look at: conflicts and quarantine.
#include "daemon/store/shared/read_review.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store {

namespace {

const std::string kSelectConflict =
    "SELECT id, flow, entity, key, field, base, hub, remote, outcome, rule, winner, run, "
    "opened_at, "
    "settled_at, settled_by, note, hub_origin, remote_origin, hub_at, remote_at, sum FROM "
    "gs_conflict";

const std::string kSelectQuarantine =
    "SELECT id, flow, entity, key, direction, slice, code, reason, pointer, payload, digest, "
    "waits_for, run, first_at, last_at, attempts, state, settled_by, note FROM gs_quarantine";

std::int64_t millis_of(const std::optional<Instant>& at)
{
  return at ? at->time_since_epoch().count() : -1;
}

void narrow(Select& select, const ConflictQuery& asked)
{
  select.where_given("flow = ?", asked.flow);
  select.where_given("entity = ?", asked.entity).where_given("key = ?", asked.key);
  if (asked.open) select.where(*asked.open ? "outcome = 'open'" : "outcome <> 'open'");
  select.where_given("field = ?", asked.field).where_given("instr(rule, ?) = 1", asked.rule);
  select.where_given("EXISTS (SELECT 1 FROM gs_record AS r WHERE r.entity = (SELECT n.id FROM "
                     "gs_name AS n WHERE n.name = gs_conflict.entity) "
                     "AND r.key = gs_conflict.key AND r.place = ?)",
                     asked.place);
  if (asked.since) select.where("opened_at >= ?", millis_of(asked.since));
}

Result<void> changed_one(const Connection& db, std::string_view what, std::int64_t id)
{
  if (db.rows_changed() == 1) return {};
  return fail(ErrorKind::invalid, fmt::format("store: there is no {} {}", what, id));
}

} // namespace

Result<std::int64_t> SqliteTx::add_conflict(const ConflictRow& row)
{
  Query query(db_, "INSERT INTO gs_conflict (flow, entity, key, field, base, hub, remote, outcome, "
                   "rule, winner, run, opened_at, settled_at, settled_by, note, hub_origin, "
                   "remote_origin, hub_at, remote_at, sum) "
                   "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(row.flow, row.entity, row.key, row.field, row.base, row.hub, row.remote, row.outcome,
             row.rule, row.winner, row.run, row.opened_at, row.settled_at, row.settled_by, row.note,
             row.hub_origin, row.remote_origin, row.hub_at, row.remote_at, sum_of(row));
  TRY_VOID(query.run());
  return db_.last_id();
}

Result<std::optional<ConflictRow>> SqliteTx::conflict(std::int64_t id)
{
  static const std::string sql = kSelectConflict + " WHERE id = ?";
  Query query(db_, sql);
  return query.bind(id).first(read_conflict<Query>);
}

Result<std::vector<ConflictRow>> SqliteTx::conflicts(const ConflictQuery& asked)
{
  Select select(kSelectConflict);
  narrow(select, asked);
  if (asked.up_to_id > 0) select.where("id <= ?", asked.up_to_id);
  if (!asked.newest_first) {
    select.where("id > ?", asked.after_id).then("ORDER BY id", asked.limit);
  } else {
    if (asked.after_id > 0) select.where("id < ?", asked.after_id);
    select.then("ORDER BY id DESC", asked.limit);
  }
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_conflict<Query>);
}

Result<std::vector<ConflictGroup>> SqliteTx::conflict_groups(const ConflictQuery& asked)
{
  Select select("SELECT flow, entity, field, rule, count(*), count(DISTINCT run), min(opened_at), "
                "max(opened_at), min(id) FROM gs_conflict");
  narrow(select, asked);
  select.then("GROUP BY flow, entity, field, rule ORDER BY count(*) DESC, min(id)", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all([](Query& row) -> Result<ConflictGroup> {
    ConflictGroup group;
    group.flow = row.text();
    group.entity = row.text();
    group.field = row.text();
    group.rule = row.text();
    group.count = static_cast<std::size_t>(row.integer());
    group.runs = static_cast<std::size_t>(row.integer());
    group.first_at = row.instant();
    group.last_at = row.instant();
    group.sample = row.integer();
    return group;
  });
}

Result<void> SqliteTx::put_conflict(const ConflictRow& row)
{
  Query query(db_,
              "UPDATE gs_conflict SET flow = ?, entity = ?, key = ?, field = ?, base = ?, "
              "hub = ?, remote = ?, outcome = ?, rule = ?, winner = ?, run = ?, opened_at = ?, "
              "settled_at = ?, settled_by = ?, note = ?, hub_origin = ?, remote_origin = ?, "
              "hub_at = ?, remote_at = ?, sum = ? WHERE id = ?");
  query.bind(row.flow, row.entity, row.key, row.field, row.base, row.hub, row.remote, row.outcome,
             row.rule, row.winner, row.run, row.opened_at, row.settled_at, row.settled_by, row.note,
             row.hub_origin, row.remote_origin, row.hub_at, row.remote_at, sum_of(row), row.id);
  TRY_VOID(query.run());
  return changed_one(db_, "conflict", row.id);
}

Result<std::int64_t> SqliteTx::add_quarantine(const QuarantineRow& row)
{
  const Digest digest = sha256(row.payload);
  const std::string state = row.state.empty() ? "open" : row.state;
  const Instant last_at = std::max(row.first_at, row.last_at);
  if (state == "open") {
    Query same(
        db_, "SELECT id, waits_for FROM gs_quarantine WHERE flow = ? AND key = ? AND direction = ? "
             "AND digest = ? AND state = 'open' AND entity = ? LIMIT 1");
    TRY(const bool found, same.bind(row.flow, row.key, row.direction, digest, row.entity).next());
    if (found) {
      const std::int64_t id = same.integer();
      // Listings repeat what waits in every run: that costs a look-up, and no write.
      if (!row.waits_for.empty() && same.view() == row.waits_for) return id;
      // What was found last is what holds now: the parent that it waited for may have come since.
      Query again(db_, "UPDATE gs_quarantine SET attempts = attempts + 1, last_at = ?, slice = ?, "
                       "code = ?, reason = ?, pointer = ?, waits_for = ?, run = ? WHERE id = ?");
      again.bind(last_at, row.slice, row.code, row.reason, row.pointer, row.waits_for, row.run, id);
      TRY_VOID(again.run());
      return id;
    }
  }
  Query query(db_, "INSERT INTO gs_quarantine (flow, entity, key, direction, slice, code, reason, "
                   "pointer, payload, digest, waits_for, run, first_at, last_at, attempts, state, "
                   "settled_by, note) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(row.flow, row.entity, row.key, row.direction, row.slice, row.code, row.reason,
             row.pointer, Blob{row.payload}, digest, row.waits_for, row.run, row.first_at, last_at,
             row.attempts, state, row.settled_by, row.note);
  TRY_VOID(query.run());
  return db_.last_id();
}

Result<std::optional<QuarantineRow>> SqliteTx::quarantined(std::int64_t id)
{
  static const std::string sql = kSelectQuarantine + " WHERE id = ?";
  Query query(db_, sql);
  return query.bind(id).first(read_quarantine<Query>);
}

Result<std::vector<QuarantineRow>> SqliteTx::quarantine(const QuarantineQuery& asked)
{
  Select select(kSelectQuarantine);
  select.where_given("flow = ?", asked.flow);
  // Each said twice, so that the partial indexes can serve.
  if (!asked.waits_for.empty())
    select.where("waits_for = ?", asked.waits_for).where("waits_for <> ''");
  if (asked.key) select.where("key = ?", *asked.key);
  if (asked.key && !asked.key->empty()) select.where("key <> ''");
  select.where_given("entity = ?", asked.entity);
  if (asked.waits) select.where(*asked.waits ? "waits_for <> ''" : "waits_for = ''");
  if (asked.state) select.where("state = ?", *asked.state);
  select.where_given("code = ?", asked.code);
  if (asked.state == "open") select.where("state = 'open'");
  select.where("id > ?", asked.after_id).then("ORDER BY id", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_quarantine<Query>);
}

Result<void> SqliteTx::put_quarantine(const QuarantineRow& row)
{
  const Digest digest = sha256(row.payload);
  Query query(db_,
              "UPDATE gs_quarantine SET flow = ?, entity = ?, key = ?, direction = ?, slice = ?, "
              "code = ?, reason = ?, pointer = ?, payload = ?, digest = ?, waits_for = ?, "
              "run = ?, first_at = ?, last_at = ?, attempts = ?, state = ?, settled_by = ?, "
              "note = ? WHERE id = ?");
  query.bind(row.flow, row.entity, row.key, row.direction, row.slice, row.code, row.reason,
             row.pointer, Blob{row.payload}, digest, row.waits_for, row.run, row.first_at,
             row.last_at, row.attempts, row.state, row.settled_by, row.note, row.id);
  TRY_VOID(query.run());
  return changed_one(db_, "quarantined record", row.id);
}

Result<std::vector<WaitingRow>> SqliteTx::waiting_for(std::string_view parent, std::size_t limit)
{
  Query query(db_, "SELECT id, flow, entity, key FROM gs_quarantine WHERE waits_for = ? "
                   "AND waits_for <> '' AND state = 'open' ORDER BY id LIMIT ?");
  query.bind(parent, limit);
  return query.all([](Query& row) -> Result<WaitingRow> {
    WaitingRow waiting;
    waiting.id = row.integer();
    waiting.flow = row.text();
    waiting.entity = row.text();
    waiting.key = row.text();
    return waiting;
  });
}

Result<void> SqliteTx::scrub_review()
{
  Query conflicts(db_, kSelectConflict);
  TRY_VOID(scrub_rows(conflicts, read_conflict<Query>));
  Query quarantine(db_, kSelectQuarantine);
  return scrub_rows(quarantine, read_quarantine<Query>);
}

} // namespace gramsetu::store
