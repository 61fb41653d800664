// What is purged, and what the status page counts.
#include "daemon/store/shared/read_totals.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <algorithm>

namespace gramsetu::store {

namespace {

// Runs a statement that deletes what is older than `before`, at most `limit` rows; gives their number.
Result<std::size_t> remove(Connection& db, std::string_view sql, Instant before, std::size_t limit)
{
  Query query(db, sql);
  TRY_VOID(query.bind(before, std::min<std::size_t>(limit, INT32_MAX)).run());
  return static_cast<std::size_t>(db.rows_changed());
}

// Removes changes likewise; the name of a run goes with the last change of it.
Result<std::size_t> remove_changes(Connection& db, Texts& names, Instant before, std::size_t limit)
{
  std::vector<std::int64_t> runs;
  {
    Query query(db, "DELETE FROM gs_change WHERE sequence IN (SELECT sequence FROM gs_change "
                    "WHERE at < ? ORDER BY sequence LIMIT ?) RETURNING run");
    query.bind(before, std::min<std::size_t>(limit, INT32_MAX));
    TRY(runs, query.all([](Query& row) -> Result<std::int64_t> { return row.integer(); }));
  }
  const auto count = runs.size();
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  for (const auto run : runs) {
    Query query(db, "DELETE FROM gs_name WHERE id = ?1 AND id <> 0 "
                    "AND NOT EXISTS (SELECT 1 FROM gs_change WHERE run = ?1 AND run <> 0) "
                    "AND NOT EXISTS (SELECT 1 FROM gs_change WHERE entity = ?1 AND listed = 1) "
                    "AND NOT EXISTS (SELECT 1 FROM gs_record WHERE entity = ?1) "
                    "AND NOT EXISTS (SELECT 1 FROM gs_shadow WHERE flow = ?1)");
    TRY_VOID(query.bind(run).run());
  }
  names.forget();
  return count;
}

// Removes tombstones likewise; what a record said of its history is listed from then on.
Result<std::size_t> remove_tombstones(Connection& db, Instant before, std::size_t limit)
{
  std::vector<std::int64_t> creations;
  {
    Query query(db, "DELETE FROM gs_record WHERE id IN (SELECT r.id FROM gs_record r "
                    "CROSS JOIN gs_name e ON e.id = r.entity "
                    "WHERE dead_until < ? AND dead_until IS NOT NULL AND deleted = 1 "
                    // While a side is known to hold the record, its tombstone keeps it dead.
                    "AND NOT EXISTS (SELECT 1 FROM (SELECT DISTINCT flow FROM gs_slice_name) f "
                    "CROSS JOIN gs_name w ON w.name = f.flow " // in this order: a look-up each
                    "CROSS JOIN gs_shadow s ON s.flow = w.id AND s.key = r.key WHERE s.deleted = 0 "
                    "AND substr(f.flow, 1, length(e.name) + 1) = e.name || '@') LIMIT ?) "
                    "RETURNING created");
    query.bind(before, std::min<std::size_t>(limit, INT32_MAX));
    TRY(creations, query.all([](Query& row) -> Result<std::int64_t> { return row.integer(); }));
  }
  for (const auto creation : creations) {
    Query query(db, "UPDATE gs_change SET listed = 1 WHERE sequence = ? AND listed = 0");
    TRY_VOID(query.bind(creation).run());
  }
  return creations.size();
}

// What waits because a book is closed: by the rule of conflicts, and the code of late records.
const std::string kCountExceptions =
    "SELECT flow, count(*) FROM ("
    "SELECT flow FROM gs_conflict WHERE outcome = 'open' AND instr(rule, '" +
    std::string(kBookClosed) +
    "') = 1 UNION ALL "
    "SELECT flow FROM gs_quarantine WHERE state = 'open' AND code = '" +
    std::string(kLate) + "') GROUP BY flow";

} // namespace

Result<Purged> SqliteTx::purge(const PurgeLimits& limits)
{
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
    TRY(purged.change_log, remove_changes(db_, dict_.names, *limits.change_log, limits.rows_max));
    // The last decision on a field explains what the record says, for as long as there is a record.
    TRY(purged.conflicts,
        remove(db_,
               "DELETE FROM gs_conflict WHERE id IN (SELECT id FROM gs_conflict AS c "
               "WHERE settled_at < ? AND settled_at IS NOT NULL AND outcome <> 'open' "
               "AND (NOT EXISTS (SELECT 1 FROM gs_record AS r WHERE r.entity = "
               "(SELECT w.id FROM gs_name AS w WHERE w.name = c.entity) "
               "AND r.key = c.key) OR EXISTS (SELECT 1 FROM gs_conflict AS n "
               "WHERE n.entity = c.entity AND n.key = c.key AND n.field = c.field "
               "AND n.id > c.id AND n.outcome <> 'open')) LIMIT ?)",
               *limits.change_log, limits.rows_max));
  }
  records_.forget(); // it may be one of the tombstones
  TRY_VOID(records_.list_creation());
  if (limits.tombstones) {
    TRY(purged.tombstones, remove_tombstones(db_, *limits.tombstones, limits.rows_max));
  }
  if (limits.quarantine) {
    TRY(purged.quarantine,
        remove(db_,
               "DELETE FROM gs_quarantine WHERE id IN (SELECT id FROM gs_quarantine "
               "WHERE last_at < ? AND state <> 'open' LIMIT ?)",
               *limits.quarantine, limits.rows_max));
  }
  if (limits.plans) TRY_VOID(purge_plans(*limits.plans, limits.rows_max));
  return purged;
}

Result<Totals> SqliteTx::totals()
{
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

Result<void> SqliteTx::scrub_texts()
{
  for (Texts* const texts : {&dict_.names, &dict_.origins.frames()}) {
    TRY_VOID(texts->scrub([&](Error error) -> Result<void> {
      return is_gathered(error) ? Result<void>() : tl::unexpected<Error>(std::move(error));
    }));
  }
  return {};
}

Result<void> SqliteTx::scrub()
{
  TRY_VOID(scrub_texts());
  TRY_VOID(scrub_records());
  TRY_VOID(scrub_shadows());
  TRY_VOID(scrub_boxes());
  TRY_VOID(scrub_review());
  TRY_VOID(scrub_plans());
  TRY_VOID(scrub_changes());
  return scrub_places();
}

Result<void> SqliteTx::scrub_all(std::vector<Error>& wrong, std::size_t most)
{
  using Part = Result<void> (SqliteTx::*)();
  static constexpr Part parts[] = {&SqliteTx::scrub_texts,   &SqliteTx::scrub_records,
                                   &SqliteTx::scrub_shadows, &SqliteTx::scrub_boxes,
                                   &SqliteTx::scrub_review,  &SqliteTx::scrub_plans,
                                   &SqliteTx::scrub_changes, &SqliteTx::scrub_places};
  for (const auto part : parts) {
    wrong_ = &wrong;
    wrong_most_ = wrong.size() + most;
    if (auto scrubbed = (this->*part)(); !scrubbed) wrong.push_back(scrubbed.error());
  }
  wrong_ = nullptr;
  return {};
}

bool SqliteTx::is_gathered(const Error& error)
{
  if (wrong_ == nullptr) return false;
  if (wrong_->size() < wrong_most_) wrong_->push_back(error);
  return true;
}

} // namespace gramsetu::store
