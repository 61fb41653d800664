// What is purged, and what the status page counts.
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_totals.hpp"

#include <algorithm>

namespace gramsetu::store::postgresql {

namespace {

// Runs a statement that deletes what is older than `before`, at most `limit` rows; gives their number.
Result<std::size_t> remove(Connection& db, std::string_view sql, Instant before, std::size_t limit)
{
  Query query(db, sql);
  return query.bind(before, std::min<std::size_t>(limit, INT32_MAX)).changed();
}

// What waits because a book is closed: by the rule of conflicts, and the code of late records.
const std::string kCountExceptions =
    "SELECT flow, count(*) FROM ("
    "SELECT flow FROM gs_conflict WHERE outcome = 'open' AND starts_with(rule, '" +
    std::string(kBookClosed) +
    "') UNION ALL "
    "SELECT flow FROM gs_quarantine WHERE state = 'open' AND code = '" +
    std::string(kLate) + "') AS of_all GROUP BY flow";

} // namespace

Result<Purged> PostgresTx::purge(const PurgeLimits& limits)
{
  TRY_VOID(flush());
  Purged purged;
  if (limits.log) {
    TRY(purged.log, remove(db_,
                           "DELETE FROM gs_log WHERE id IN (SELECT id FROM gs_log WHERE at < ? "
                           "ORDER BY id LIMIT ?)",
                           *limits.log, limits.rows_max));
    // A held run waits for a person, however long that takes.
    TRY_VOID(remove(db_,
                    "DELETE FROM gs_run WHERE id IN (SELECT id FROM gs_run WHERE started_at < ? "
                    "AND state NOT IN ('running', 'held') ORDER BY started_at LIMIT ?)",
                    *limits.log, limits.rows_max));
  }
  if (limits.change_log) {
    TRY(purged.change_log,
        remove(db_,
               "DELETE FROM gs_change WHERE (sequence, entity) IN (SELECT sequence, entity FROM "
               "gs_change "
               "WHERE at < ? ORDER BY sequence LIMIT ?)",
               *limits.change_log, limits.rows_max));
    // The last decision on a field explains what the record says, for as long as there is a record.
    TRY(purged.conflicts,
        remove(db_,
               "DELETE FROM gs_conflict WHERE id IN (SELECT id FROM gs_conflict AS c "
               "WHERE settled_at < ? AND settled_at IS NOT NULL AND outcome <> 'open' "
               "AND (NOT EXISTS (SELECT 1 FROM gs_record AS r WHERE r.entity = c.entity "
               "AND r.key = c.key) OR EXISTS (SELECT 1 FROM gs_conflict AS n "
               "WHERE n.entity = c.entity AND n.key = c.key AND n.field = c.field "
               "AND n.id > c.id AND n.outcome <> 'open')) LIMIT ?)",
               *limits.change_log, limits.rows_max));
  }
  if (limits.tombstones) {
    TRY(purged.tombstones,
        remove(db_,
               "DELETE FROM gs_record WHERE (entity, key) IN (SELECT entity, key FROM gs_record r "
               "WHERE dead_until < ? AND dead_until IS NOT NULL AND deleted "
               // While a side is known to hold the record, its tombstone keeps it dead.
               "AND NOT EXISTS (SELECT 1 FROM (SELECT DISTINCT flow FROM gs_slice_name) f "
               "JOIN gs_shadow s ON s.flow = f.flow AND s.key = r.key WHERE NOT s.deleted "
               "AND starts_with(f.flow, r.entity || '@')) LIMIT ?)",
               *limits.tombstones, limits.rows_max));
  }
  if (limits.quarantine) {
    TRY(purged.quarantine,
        remove(db_,
               "DELETE FROM gs_quarantine WHERE id IN (SELECT id FROM gs_quarantine "
               "WHERE last_at < ? AND state <> 'open' LIMIT ?)",
               *limits.quarantine, limits.rows_max));
  }
  rows_.forget();
  if (limits.plans) TRY_VOID(purge_plans(*limits.plans, limits.rows_max));
  return purged;
}

Result<Totals> PostgresTx::totals()
{
  TRY_VOID(flush());
  Totals totals;
  {
    Query query(db_, "SELECT entity FROM gs_count ORDER BY entity");
    TRY(const auto entities,
        query.all([](Query& row) -> Result<std::string> { return row.text(); }));
    for (const auto& [entity, by] : live_)
      if (!std::binary_search(entities.begin(), entities.end(), entity))
        totals.records.emplace_back(entity, 0);
    for (const auto& entity : entities)
      totals.records.emplace_back(entity, 0);
  }
  std::sort(totals.records.begin(), totals.records.end());
  for (auto& record : totals.records) {
    TRY(record.second, count_records(record.first));
  }
  TRY(const auto known, slices(""));
  for (const auto& slice : known)
    of_flow(totals.flows, slice.flow);
  TRY_VOID(count_flows<Query>(db_, kCountExceptions, totals.flows));
  return totals;
}

Result<void> PostgresTx::scrub()
{
  TRY_VOID(scrub_records());
  TRY_VOID(scrub_shadows());
  TRY_VOID(scrub_boxes());
  TRY_VOID(scrub_review());
  TRY_VOID(scrub_plans());
  TRY_VOID(scrub_changes());
  return scrub_places();
}

} // namespace gramsetu::store::postgresql
