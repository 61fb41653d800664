// What runs would write, and what they say about single records.
#include "daemon/store/shared/read_history.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

namespace gramsetu::store {

namespace {

const std::string kSelectPlanned = "SELECT run, key, change, verb, revision, news, shadow, push, "
                                   "digest, state, sum FROM gs_planned";
const std::string kSelectRemark = "SELECT id, run, key, field, left, why FROM gs_remark";

} // namespace

Result<void> SqliteTx::put_planned(const PlannedRow& row)
{
  Query query(db_, "INSERT OR REPLACE INTO gs_planned (run, key, change, verb, revision, news, "
                   "shadow, push, digest, state, sum) VALUES (?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(row.run, row.key, row.change, row.verb, row.revision, row.news, row.shadow, row.push,
             row.digest, row.state, sum_of(row));
  return query.run();
}

Result<std::optional<PlannedRow>> SqliteTx::planned_of(std::string_view run, std::string_view key)
{
  static const std::string sql = kSelectPlanned + " WHERE run = ? AND key = ?";
  Query query(db_, sql);
  return query.bind(run, key).first(read_planned<Query>);
}

Result<std::vector<PlannedRow>> SqliteTx::planned(std::string_view run, std::string_view after_key,
                                                  std::size_t limit)
{
  Select select(kSelectPlanned);
  select.where("run = ?", run).where_given("key > ?", after_key).then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_planned<Query>);
}

Result<void> SqliteTx::put_remark(const RemarkRow& row)
{
  Query query(db_, "INSERT INTO gs_remark (run, key, field, left, why) VALUES (?,?,?,?,?) "
                   "ON CONFLICT (run, key, field) DO UPDATE SET left = excluded.left, "
                   "why = excluded.why");
  return query.bind(row.run, row.key, row.field, row.left, row.why).run();
}

Result<std::vector<RemarkRow>> SqliteTx::remarks(std::string_view run, std::int64_t after_id,
                                                 std::size_t limit)
{
  Select select(kSelectRemark);
  select.where("run = ?", run).where("id > ?", after_id).then("ORDER BY id", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_remark<Query>);
}

Result<std::size_t> SqliteTx::count_left(std::string_view run)
{
  Query query(db_, "SELECT count(*) FROM gs_remark WHERE run = ? AND left = 1");
  TRY(const auto count,
      query.bind(run).first([](Query& row) -> Result<std::int64_t> { return row.integer(); }));
  return static_cast<std::size_t>(count.value_or(0));
}

// Plans older than that; what they and other runs said goes with the run.
Result<void> SqliteTx::purge_plans(Instant before, std::size_t rows_max)
{
  Query planned(db_, "DELETE FROM gs_planned WHERE (run, key) IN (SELECT run, key FROM gs_planned "
                     "WHERE run NOT IN (SELECT id FROM gs_run WHERE started_at >= ?) LIMIT ?)");
  TRY_VOID(planned.bind(before, rows_max).run());
  Query remarks(db_, "DELETE FROM gs_remark WHERE id IN (SELECT id FROM gs_remark "
                     "WHERE run NOT IN (SELECT id FROM gs_run) LIMIT ?)");
  return remarks.bind(rows_max).run();
}

Result<void> SqliteTx::scrub_plans()
{
  Query rows(db_, kSelectPlanned);
  return scrub_rows(rows, read_planned<Query>);
}

} // namespace gramsetu::store
