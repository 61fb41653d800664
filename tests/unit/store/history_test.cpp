// The change log, runs, the sync log, facts, purging and totals.
#include "tests/unit/store/fixture.hpp"

using namespace gramsetu;
using namespace gramsetu::store;
using namespace std::chrono_literals;
using gramsetu::test::kNow;
using gramsetu::test::StoreFixture;

namespace {

ChangeRow change(std::string key, std::string run = "", Instant when = kNow)
{
  ChangeRow row;
  row.entity = "voucher";
  row.key = std::move(key);
  row.kind = "updated";
  row.fields = R"({"amount":[100,200]})";
  row.origin = "central";
  row.actor = "asha";
  row.run = std::move(run);
  row.rule = "newest";
  row.at = when;
  return row;
}

RunRow run_row(std::string id, Instant started, std::string state = "done")
{
  RunRow row;
  row.id = std::move(id);
  row.flow = "voucher@central";
  row.state = std::move(state);
  row.started_at = started;
  row.counts = R"({"pulled":1})";
  return row;
}

LogRow line(std::string level, std::string run = "run-1", Instant when = kNow)
{
  LogRow row;
  row.at = when;
  row.level = std::move(level);
  row.event = "run_started";
  row.run = std::move(run);
  row.flow = "voucher@central";
  row.text = "a run has started";
  row.fields = "{}";
  return row;
}

template <typename Rows>
std::string numbers(const Rows& rows)
{
  std::string text;
  for (const auto& row : rows) {
    if constexpr (requires { row.sequence; })
      text += std::to_string(row.sequence);
    else if constexpr (std::is_same_v<std::decay_t<decltype(row.id)>, std::string>)
      text += row.id + " ";
    else
      text += std::to_string(row.id);
  }
  return text;
}

} // namespace

TEST_CASE("changes have growing numbers that are never given twice, and come back whole")
{
  StoreFixture fixture;
  CHECK(fixture.in([](Tx& tx) { return tx.add_change(change("a")); }) == 1);
  CHECK(fixture.in([](Tx& tx) { return tx.add_change(change("b", "", kNow - 9h)); }) == 2);
  fixture.in([](Tx& tx) {
    PurgeLimits limits;
    limits.change_log = kNow - 1h;
    return tx.purge(limits);
  });
  fixture.reopen();
  CHECK(fixture.in([](Tx& tx) { return tx.add_change(change("c", "run-1")); }) == 3);
  const auto rows = fixture.in([](Tx& tx) { return tx.changes({}); });
  REQUIRE(numbers(rows) == "13");
  CHECK(rows[0].kind == "updated");
  CHECK(rows[0].fields == R"({"amount":[100,200]})");
  CHECK(rows[0].origin == "central");
  CHECK(rows[0].actor == "asha");
  CHECK(rows[0].rule == "newest");
  CHECK(rows[0].at == kNow);
  CHECK(rows[1].run == "run-1");
}

TEST_CASE("changes are read forwards after a number, backwards before one, by record or run")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto& [key, run] : {std::pair("a", "r1"), {"b", "r1"}, {"a", "r2"}, {"a", ""}})
      TRY_VOID(tx.add_change(change(key, run)));
    return {};
  });
  const auto read = [&](auto ask) {
    ChangeQuery query;
    ask(query);
    return numbers(fixture.in([&](Tx& tx) { return tx.changes(query); }));
  };
  CHECK(read([](ChangeQuery&) {}) == "1234");
  CHECK(read([](ChangeQuery& query) { query.after = 1, query.limit = 2; }) == "23");
  CHECK(read([](ChangeQuery& query) { query.entity = "voucher", query.key = "a"; }) == "134");
  CHECK(read([](ChangeQuery& query) { query.run = "r1"; }) == "12");
  CHECK(read([](ChangeQuery& query) { query.newest_first = true, query.limit = 2; }) == "43");
  CHECK(read([](ChangeQuery& query) { query.newest_first = true, query.after = 3; }) == "21");
}

TEST_CASE("runs come back whole, are replaced, and are listed newest first")
{
  StoreFixture fixture;
  auto row = run_row("r1", kNow - 2h, "held");
  row.reason = "41 deletions";
  row.plan = "{}";
  row.certificate = "[]";
  row.approved_by = "asha";
  fixture.in([&](Tx& tx) { return tx.put_run(run_row("r1", kNow - 3h, "running")); });
  fixture.in([&](Tx& tx) { return tx.put_run(row); });
  fixture.in([&](Tx& tx) { return tx.put_run(run_row("r2", kNow - 1h)); });
  auto other = run_row("r3", kNow);
  other.flow = "plan@central";
  other.ended_at = kNow + 1min;
  fixture.in([&](Tx& tx) { return tx.put_run(other); });
  fixture.reopen();
  const auto found = fixture.in([](Tx& tx) { return tx.run("r1"); }).value();
  CHECK(found.state == "held");
  CHECK(found.reason == "41 deletions");
  CHECK(found.started_at == kNow - 2h);
  CHECK_FALSE(found.ended_at.has_value());
  CHECK(found.counts == R"({"pulled":1})");
  CHECK(found.plan == "{}");
  CHECK(found.certificate == "[]");
  CHECK(found.approved_by == "asha");
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.run("r9"); }).has_value());
  const auto list = [&](auto ask) {
    RunQuery query;
    ask(query);
    return numbers(fixture.in([&](Tx& tx) { return tx.runs(query); }));
  };
  CHECK(list([](RunQuery&) {}) == "r3 r2 r1 ");
  CHECK(list([](RunQuery& query) { query.limit = 1; }) == "r3 ");
  CHECK(list([](RunQuery& query) { query.flow = "voucher@central"; }) == "r2 r1 ");
  CHECK(list([](RunQuery& query) { query.state = "held"; }) == "r1 ");
}

TEST_CASE("the log is read oldest first, by run, flow and gravity, or its newest end")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    for (const auto* level : {"debug", "info", "warning", "error"})
      TRY_VOID(tx.add_log(line(level)));
    return tx.add_log(line("info", "run-2"));
  });
  const auto read = [&](auto ask) {
    LogQuery query;
    ask(query);
    return numbers(fixture.in([&](Tx& tx) { return tx.log(query); }));
  };
  CHECK(read([](LogQuery&) {}) == "12345");
  CHECK(read([](LogQuery& query) { query.level = "debug"; }) == "12345");
  CHECK(read([](LogQuery& query) { query.level = "info"; }) == "2345");
  CHECK(read([](LogQuery& query) { query.level = "warning"; }) == "34");
  CHECK(read([](LogQuery& query) { query.level = "error"; }) == "4");
  CHECK(read([](LogQuery& query) { query.run = "run-2"; }) == "5");
  CHECK(read([](LogQuery& query) { query.flow = "none"; }) == "");
  CHECK(read([](LogQuery& query) { query.after = 3; }) == "45");
  CHECK(read([](LogQuery& query) { query.newest = true, query.limit = 2; }) == "45");
  CHECK(read([](LogQuery& query) { query.newest = true, query.after = 4; }) == "5");
}

TEST_CASE("facts are put, replaced, listed by prefix in order, and erased")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    TRY_VOID(tx.put_fact("flow/b", "1"));
    TRY_VOID(tx.put_fact("flow/a", "2"));
    TRY_VOID(tx.put_fact("flow0", "3"));
    TRY_VOID(tx.put_fact("flow/a\xff", "4"));
    return tx.put_fact("flow/a", "5");
  });
  fixture.reopen();
  CHECK(fixture.in([](Tx& tx) { return tx.fact("flow/a"); }) == "5");
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(fixture.in([](Tx& tx) { return tx.facts("flow/"); }) ==
        Pairs{{"flow/a", "5"}, {"flow/a\xff", "4"}, {"flow/b", "1"}});
  CHECK(fixture.in([](Tx& tx) { return tx.facts("flow/a\xff"); }).size() == 1);
  CHECK(fixture.in([](Tx& tx) { return tx.facts(""); }).size() == 4);
  fixture.in([](Tx& tx) { return tx.erase_fact("flow/a"); });
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.fact("flow/a"); }).has_value());
}

TEST_CASE("a purge removes what is old, a bounded number of rows, and nothing that waits")
{
  StoreFixture fixture;
  const auto old = kNow - 48h;
  fixture.in([&](Tx& tx) -> Result<void> {
    for (int i = 0; i < 3; ++i) {
      TRY_VOID(tx.add_log(line("info", "r", old)));
      TRY_VOID(tx.add_change(change("a", "", old)));
      ConflictRow conflict;
      conflict.flow = "f";
      conflict.outcome = i == 0 ? "open" : "hub";
      conflict.opened_at = old;
      if (i > 0) conflict.settled_at = i == 1 ? old : kNow;
      TRY_VOID(tx.add_conflict(conflict));
      QuarantineRow bad;
      bad.flow = "f";
      bad.payload = std::to_string(i);
      bad.first_at = bad.last_at = i == 2 ? kNow : old;
      bad.state = i == 0 ? "open" : "discarded";
      TRY_VOID(tx.add_quarantine(bad));
      RecordRow record;
      record.entity = "voucher";
      record.key = std::to_string(i);
      record.body = record.origin = "{}";
      record.deleted = i > 0;
      if (i > 0) record.dead_until = i == 1 ? old : kNow + 48h;
      TRY_VOID(tx.put_record(record));
    }
    TRY_VOID(tx.add_log(line("info", "r", kNow)));
    TRY_VOID(tx.put_run(run_row("held", old, "held")));
    TRY_VOID(tx.put_run(run_row("done", old)));
    return tx.put_run(run_row("new", kNow));
  });
  PurgeLimits limits;
  CHECK(fixture.in([&](Tx& tx) { return tx.purge(limits); }).log == 0);
  limits.log = limits.change_log = limits.quarantine = kNow - 24h;
  limits.tombstones = kNow;
  limits.rows_max = 2;
  const auto first = fixture.in([&](Tx& tx) { return tx.purge(limits); });
  CHECK(first.log == 2);
  CHECK(first.change_log == 2);
  CHECK(first.tombstones == 1);
  CHECK(first.quarantine == 1);
  CHECK(first.conflicts == 1);
  const auto second = fixture.in([&](Tx& tx) { return tx.purge(limits); });
  CHECK(second.log == 1);
  CHECK(second.change_log == 1);
  CHECK(second.tombstones + second.quarantine + second.conflicts == 0);
  CHECK(fixture.in([](Tx& tx) { return tx.log({}); }).size() == 1);
  CHECK(fixture.in([](Tx& tx) { return tx.runs({}); }).size() == 2);
  CHECK(fixture.in([](Tx& tx) { return tx.conflicts({}); }).size() == 2);
  CHECK(fixture.in([](Tx& tx) { return tx.quarantine({}); }).size() == 2);
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.record("voucher", "1"); }).has_value());
  CHECK(fixture.in([](Tx& tx) { return tx.record("voucher", "2"); }).has_value());
  CHECK(fixture.in([](Tx& tx) { return tx.count_records("voucher"); }) == 1);
}

TEST_CASE("totals count live records by entity and open work by flow")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    RecordRow record;
    record.entity = "voucher";
    record.body = record.origin = "{}";
    for (const auto* key : {"a", "b", "c"}) {
      record.key = key;
      record.deleted = record.key == "c";
      TRY_VOID(tx.put_record(record));
    }
    SliceRow slice;
    slice.flow = "plan@central";
    TRY_VOID(tx.put_slice(slice));
    OutboxRow out;
    out.flow = "voucher@central";
    int age = 0;
    for (const auto state : {OutboxState::pending, OutboxState::in_flight, OutboxState::unknown,
                             OutboxState::parked}) {
      out.key = std::to_string(++age);
      out.state = state;
      out.created_at = kNow - std::chrono::hours(age);
      TRY_VOID(tx.put_outbox(out));
    }
    InboxRow in;
    in.flow = "voucher@central";
    TRY_VOID(tx.put_inbox(in));
    ConflictRow conflict;
    conflict.flow = "voucher@csc";
    conflict.outcome = "open";
    TRY_VOID(tx.add_conflict(conflict));
    QuarantineRow bad;
    bad.flow = "voucher@csc";
    TRY_VOID(tx.add_quarantine(bad));
    TRY(const auto inside, tx.totals());
    CHECK(inside.records.at(0).second == 2); // sees its own writes
    return {};
  });
  const auto totals = fixture.in([](Tx& tx) { return tx.totals(); });
  REQUIRE(totals.records.size() == 1);
  CHECK(totals.records[0] == std::pair<std::string, std::size_t>("voucher", 2));
  REQUIRE(totals.flows.size() == 3);
  CHECK(totals.flows[0].flow == "plan@central");
  CHECK(totals.flows[1].flow == "voucher@central");
  CHECK(totals.flows[1].pending == 2);
  CHECK(totals.flows[1].unknown == 1);
  CHECK(totals.flows[1].parked == 1);
  CHECK(totals.flows[1].inbox == 1);
  CHECK(totals.flows[1].oldest_pending == kNow - 3h);
  CHECK(totals.flows[2].conflicts == 1);
  CHECK(totals.flows[2].quarantined == 1);
}
