// What happened: the change log, runs and the sync log; and facts.
#include "daemon/store/postgresql/scrub.hpp"
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_history.hpp"

#include <algorithm>
#include <tuple>

namespace gramsetu::store::postgresql {

namespace {

const std::string kSelectChange = "SELECT sequence, entity, key, kind, fields, origin, actor, run, "
                                  "rule, at, note, sum FROM gs_change";
const std::string kSelectRun =
    "SELECT id, flow, state, reason, started_at, ended_at, counts, plan, "
    "certificate, differences, approved_by, asked_by, hold FROM gs_run";
const std::string kSelectLog = "SELECT id, at, level, event, run, flow, text, fields FROM gs_log";

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

Result<std::int64_t> PostgresTx::add_change(const ChangeRow& row)
{
  ChangeRow numbered = row;
  numbered.sequence = ++heads_.change;
  TRY_VOID(rows_.add(std::move(numbered)));
  return heads_.change;
}

Result<void> PostgresTx::put_change(const ChangeRow& row)
{
  TRY_VOID(flush());
  Query query(db_, "UPDATE gs_change SET fields = ?, note = ?, sum = ? WHERE sequence = ? "
                   "AND entity = ?");
  return query.bind(row.fields, row.note, sum_of(row), row.sequence, row.entity).run();
}

Result<std::vector<ChangeRow>> PostgresTx::changes(const ChangeQuery& asked)
{
  TRY_VOID(flush());
  Select select(kSelectChange);
  select.where_given("entity = ?", asked.entity).where_given("key = ?", asked.key);
  if (!asked.run.empty()) select.where("run = ?", asked.run).where("run <> ''");
  if (!asked.newest_first) {
    select.where("sequence > ?", asked.after).then("ORDER BY sequence", asked.limit);
  } else {
    if (asked.after > 0) select.where("sequence < ?", asked.after);
    select.then("ORDER BY sequence DESC", asked.limit);
  }
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_change<Query>);
}

Result<void> PostgresTx::scrub_changes()
{
  return scrub_rows(db_, kSelectChange, read_change<Query>);
}

Result<void> PostgresTx::put_run(const RunRow& row)
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

Result<std::optional<RunRow>> PostgresTx::run(std::string_view id)
{
  static const std::string sql = kSelectRun + " WHERE id = ?";
  Query query(db_, sql);
  return query.bind(id).first(read_run<Query>);
}

Result<std::vector<RunRow>> PostgresTx::runs(const RunQuery& asked)
{
  Select select(kSelectRun);
  select.where_given("flow = ?", asked.flow);
  if (asked.state) select.where("state = ?", *asked.state);
  select.then("ORDER BY started_at DESC, id DESC", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_run<Query>);
}

Result<void> PostgresTx::add_log(const LogRow& row)
{
  Query query(db_, "INSERT INTO gs_log (id, at, level, event, run, flow, text, fields) "
                   "VALUES (?,?,?,?,?,?,?,?)");
  query.bind(++heads_.log, row.at, row.level, row.event, row.run, row.flow, row.text, row.fields);
  return query.run();
}

Result<std::vector<LogRow>> PostgresTx::log(const LogQuery& asked)
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

Result<std::optional<std::string>> PostgresTx::fact(std::string_view name)
{
  if (const auto known = facts_.find(name); known != facts_.end()) return known->second;
  Query query(db_, "SELECT value FROM gs_fact WHERE name = ?");
  TRY(auto value,
      query.bind(name).first([](Query& row) -> Result<std::string> { return row.text(); }));
  return facts_[std::string(name)] = std::move(value);
}

Result<std::vector<std::pair<std::string, std::string>>> PostgresTx::facts(std::string_view prefix)
{
  Select select("SELECT name, value FROM gs_fact");
  select.where("name >= ?", prefix);
  select.where_given("name < ?", end_of_prefix(std::string(prefix)));
  select.where("starts_with(name, ?)", prefix).then("ORDER BY name", SIZE_MAX);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all([](Query& row) -> Result<std::pair<std::string, std::string>> {
    auto name = row.text();
    return std::pair(std::move(name), row.text());
  });
}

Result<void> PostgresTx::put_fact(std::string_view name, std::string_view value)
{
  auto& known = facts_[std::string(name)];
  if (known == value) return {};
  known = value;
  Query query(db_, "INSERT INTO gs_fact AS f (name, value) VALUES (?, ?) "
                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
                   "WHERE f.value <> excluded.value");
  return query.bind(name, value).run();
}

Result<void> PostgresTx::erase_fact(std::string_view name)
{
  facts_[std::string(name)].reset();
  Query query(db_, "DELETE FROM gs_fact WHERE name = ?");
  return query.bind(name).run();
}

Result<Heads> PostgresTx::heads()
{
  return heads_;
}

Result<void> PostgresTx::pass_heads(const Heads& heads)
{
  heads_.change = std::max(heads_.change, heads.change);
  heads_.conflict = std::max(heads_.conflict, heads.conflict);
  heads_.quarantine = std::max(heads_.quarantine, heads.quarantine);
  heads_.log = std::max(heads_.log, heads.log);
  return {};
}

Result<void> PostgresTx::store_heads()
{
  const std::tuple<std::string_view, std::int64_t, std::int64_t> all[] = {
      {"change", heads_.change, heads_before_.change},
      {"conflict", heads_.conflict, heads_before_.conflict},
      {"quarantine", heads_.quarantine, heads_before_.quarantine},
      {"log", heads_.log, heads_before_.log}};
  for (const auto& [name, number, before] : all) {
    if (number == before) continue;
    Query query(db_, "INSERT INTO gs_head (name, number) VALUES (?, ?) "
                     "ON CONFLICT (name) DO UPDATE SET number = excluded.number");
    TRY_VOID(query.bind(name, number).run());
  }
  return {};
}

Result<Heads> stored_heads(Connection& connection)
{
  Heads heads;
  Query query(connection, "SELECT name, number FROM gs_head");
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return heads;
    const auto name = query.text();
    const auto number = query.integer();
    if (name == "change") heads.change = number;
    if (name == "conflict") heads.conflict = number;
    if (name == "quarantine") heads.quarantine = number;
    if (name == "log") heads.log = number;
  }
}

} // namespace gramsetu::store::postgresql
