// What happened: the change log, runs and the sync log; and facts.
#include "daemon/store/shared/read_history.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <algorithm>

namespace gramsetu::store {

namespace {

// Every column of `read_change`, and what of the row is a number.
const std::string kSelectChange = "SELECT sequence, '', key, kind, fields, origin, actor, '', "
                                  "rule, at, note, sum, entity, run FROM gs_change";
const std::string kSelectRun =
    "SELECT id, flow, state, reason, started_at, ended_at, counts, plan, "
    "certificate, differences, approved_by, asked_by, hold FROM gs_run";
const std::string kSelectLog = "SELECT id, at, level, event, run, flow, text, fields FROM gs_log";

Result<ChangeRow> read_numbered_change(Query& query, Texts& names)
{
  return read_change_with(query, [&](ChangeRow& row) -> Result<void> {
    TRY(row.entity, names.text(query.integer()));
    TRY(row.run, names.text(query.integer()));
    return {};
  });
}

// The condition for a level and the graver ones; nothing for all of them.
std::string_view at_least(std::string_view level)
{
  if (level == "info") return "level IN ('info', 'warning', 'error')";
  if (level == "warning") return "level IN ('warning', 'error')";
  if (level == "error") return "level = 'error'";
  return "";
}

// The least text that no text with that prefix reaches; empty when there is none.
std::string end_of_prefix(std::string prefix)
{
  while (!prefix.empty() && prefix.back() == '\xff')
    prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

} // namespace

Result<std::int64_t> SqliteTx::add_change(const ChangeRow& row)
{
  TRY_VOID(records_.list_creation());
  TRY(const auto entity, dict_.names.number(row.entity));
  TRY(const auto run, dict_.names.number(row.run));
  const bool creation = row.kind == "created";
  Query query(
      db_, "INSERT INTO gs_change (entity, key, kind, fields, origin, actor, run, rule, at, note, "
           "sum, listed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(entity, row.key, row.kind, row.fields, row.origin, row.actor, run, row.rule, row.at,
             row.note, sum_of(row), !creation);
  TRY_VOID(query.run());
  const auto sequence = db_.last_id();
  if (creation) records_.was_created({sequence, entity, row.key});
  return sequence;
}

Result<void> SqliteTx::put_change(const ChangeRow& row)
{
  Query query(db_, "UPDATE gs_change SET fields = ?, note = ?, sum = ? WHERE sequence = ?");
  return query.bind(row.fields, row.note, sum_of(row), row.sequence).run();
}

Result<std::vector<ChangeRow>> SqliteTx::changes(const ChangeQuery& asked)
{
  TRY_VOID(records_.list_creation());
  Select select(kSelectChange);
  if (!asked.entity.empty()) {
    TRY(const std::int64_t entity, dict_.names.find(asked.entity));
    select.where("entity = ?", entity);
  }
  select.where_given("key = ?", asked.key);
  // Most records' only change is not in the index.
  if (!asked.entity.empty() && !asked.key.empty())
    select.where("sequence IN (SELECT sequence FROM gs_change WHERE entity = ?1 AND key = ?2 AND "
                 "listed = 1 UNION ALL SELECT created FROM gs_record WHERE entity = ?1 AND "
                 "key = ?2)");
  if (!asked.run.empty()) {
    TRY(const std::int64_t run, dict_.names.find(asked.run));
    select.where("run = ?", run).where("run <> 0");
  }
  if (!asked.newest_first) {
    select.where("sequence > ?", asked.after).then("ORDER BY sequence", asked.limit);
  } else {
    if (asked.after > 0) select.where("sequence < ?", asked.after);
    select.then("ORDER BY sequence DESC", asked.limit);
  }
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all([&](Query& row) { return read_numbered_change(row, dict_.names); });
}

Result<void> SqliteTx::scrub_changes()
{
  Query rows(db_, kSelectChange);
  return scrub_rows(rows, [&](Query& row) { return read_numbered_change(row, dict_.names); });
}

Result<void> SqliteTx::put_run(const RunRow& row)
{
  Query query(db_,
              "INSERT INTO gs_run (id, flow, state, reason, started_at, ended_at, counts, plan, "
              "certificate, differences, approved_by, asked_by, hold) "
              "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) "
              "ON CONFLICT (id) DO UPDATE SET flow = excluded.flow, state = excluded.state, "
              "reason = excluded.reason, started_at = excluded.started_at, "
              "ended_at = excluded.ended_at, counts = excluded.counts, plan = excluded.plan, "
              "certificate = excluded.certificate, differences = excluded.differences, "
              "approved_by = excluded.approved_by, asked_by = excluded.asked_by, "
              "hold = excluded.hold");
  query.bind(row.id, row.flow, row.state, row.reason, row.started_at, row.ended_at, row.counts,
             row.plan, row.certificate, row.differences, row.approved_by, row.asked_by, row.hold);
  return query.run();
}

Result<std::optional<RunRow>> SqliteTx::run(std::string_view id)
{
  static const std::string sql = kSelectRun + " WHERE id = ?";
  Query query(db_, sql);
  return query.bind(id).first(read_run<Query>);
}

Result<std::vector<RunRow>> SqliteTx::runs(const RunQuery& asked)
{
  Select select(kSelectRun);
  select.where_given("flow = ?", asked.flow);
  if (asked.state) select.where("state = ?", *asked.state);
  select.then("ORDER BY started_at DESC, id DESC", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_run<Query>);
}

Result<void> SqliteTx::add_log(const LogRow& row)
{
  Query query(db_, "INSERT INTO gs_log (at, level, event, run, flow, text, fields) "
                   "VALUES (?,?,?,?,?,?,?)");
  return query.bind(row.at, row.level, row.event, row.run, row.flow, row.text, row.fields).run();
}

Result<std::vector<LogRow>> SqliteTx::log(const LogQuery& asked)
{
  Select select(kSelectLog);
  if (!asked.flow.empty()) select.where("flow = ?", asked.flow).where("flow <> ''");
  if (!asked.run.empty()) select.where("run = ?", asked.run).where("run <> ''");
  if (const auto levels = at_least(asked.level); !levels.empty()) select.where(levels);
  select.where("id > ?", asked.after);
  select.then(asked.newest ? "ORDER BY id DESC" : "ORDER BY id", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  auto rows = query.all(read_log<Query>);
  if (rows && asked.newest) std::reverse(rows->begin(), rows->end());
  return rows;
}

Result<std::optional<std::string>> SqliteTx::fact(std::string_view name)
{
  Query query(db_, "SELECT value FROM gs_fact WHERE name = ?");
  return query.bind(name).first([](Query& row) -> Result<std::string> { return row.text(); });
}

Result<std::vector<std::pair<std::string, std::string>>> SqliteTx::facts(std::string_view prefix)
{
  Select select("SELECT name, value FROM gs_fact");
  select.where("name >= ?", prefix);
  select.where_given("name < ?", end_of_prefix(std::string(prefix)));
  select.then("ORDER BY name", SIZE_MAX);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all([](Query& row) -> Result<std::pair<std::string, std::string>> {
    auto name = row.text();
    return std::pair(std::move(name), row.text());
  });
}

Result<void> SqliteTx::put_fact(std::string_view name, std::string_view value)
{
  Query query(db_, "INSERT INTO gs_fact (name, value) VALUES (?, ?) "
                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
                   "WHERE value <> excluded.value");
  return query.bind(name, value).run();
}

Result<void> SqliteTx::erase_fact(std::string_view name)
{
  Query query(db_, "DELETE FROM gs_fact WHERE name = ?");
  return query.bind(name).run();
}

Result<Heads> SqliteTx::heads()
{
  Heads heads;
  Query query(db_, "SELECT name, seq FROM sqlite_sequence");
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return heads;
    const auto table = query.text();
    const auto number = query.integer();
    if (table == "gs_change") heads.change = number;
    if (table == "gs_conflict") heads.conflict = number;
    if (table == "gs_quarantine") heads.quarantine = number;
    if (table == "gs_log") heads.log = number;
  }
}

Result<void> SqliteTx::pass_heads(const Heads& heads)
{
  const std::pair<std::string_view, std::int64_t> all[] = {{"gs_change", heads.change},
                                                           {"gs_conflict", heads.conflict},
                                                           {"gs_quarantine", heads.quarantine},
                                                           {"gs_log", heads.log}};
  for (const auto& [table, number] : all) {
    // The table of counters has no key: a row is there once something was inserted.
    Query move(db_, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?");
    TRY_VOID(move.bind(number, table).run());
    if (db_.rows_changed() > 0) continue;
    Query add(db_, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)");
    TRY_VOID(add.bind(table, number).run());
  }
  return {};
}

} // namespace gramsetu::store
