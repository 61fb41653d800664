// Books that close and open: what is told of them, and what the report on exceptions is made from.
#include "daemon/engine/settle.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

std::unique_ptr<schema::Entities> shipped()
{
  std::vector<schema::Finding> findings;
  return std::make_unique<schema::Entities>(
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings));
}

class Events final : public LogSink {
public:
  std::vector<std::string> lines;

  void write(const LogEntry& entry) override
  {
    if (entry.event != Event::book_closed && entry.event != Event::book_reopened) return;
    std::string line(info_of(entry.event).name);
    for (const auto& field : entry.fields)
      line += " " + std::string(field.name) + "=" + field.value;
    lines.push_back(line);
  }
};

const std::string kMay = "245101/2026/month/5";

struct Books {
  EngineBench bench{shipped(), "voucher"};
  Spoke *books = nullptr, *vouchers = nullptr;
  Events events;

  Books()
  {
    SpokeOptions options{"books", "central", true, false};
    options.entity = "account_book";
    options.endpoint = "central";
    books = &bench.add(options);
    vouchers = &bench.add({"central", "central", true, false});
    bench.log_to(events);
    turn("open", {{"financial_year", "2026"}, {"kind", "month"}, {"month", "5"}});
    vouchers->world.put("V1", {{"local_body", "245101"},
                               {"date", "2026-05-04"},
                               {"type", "payment"},
                               {"amount", "100.00"}});
    sync();
  }

  void turn(const std::string& status, std::map<std::string, std::string> fields = {})
  {
    fields["local_body"] = "245101";
    fields["status"] = status;
    pass();
    books->world.put(kMay, fields);
    pass();
  }

  void pass()
  {
    bench.clock.advance(std::chrono::hours(1));
    for (auto* spoke : {books, vouchers})
      spoke->world.now_ms = bench.clock.now().time_since_epoch().count();
  }

  void sync()
  {
    bench.run(*books);
    bench.run(*vouchers);
  }
};

} // namespace

TEST_CASE("a closing and a reopening are events with the book, by whose word, and in its history")
{
  Books at;
  CHECK(at.events.lines.empty()); // it was open when it was first heard of
  at.turn("closed");
  at.sync();
  REQUIRE(at.events.lines.size() == 1);
  CHECK(at.events.lines[0] ==
        "book_closed book=account_book " + kMay + " by=central record=" + kMay);
  at.sync();
  CHECK(at.events.lines.size() == 1);
  at.turn("open");
  at.sync();
  REQUIRE(at.events.lines.size() == 2);
  CHECK(at.events.lines[1] ==
        "book_reopened book=account_book " + kMay + " by=central record=" + kMay);
  std::size_t changes = 0;
  REQUIRE(at.bench.store->transact([&](store::Tx& tx) -> Result<void> {
    store::ChangeQuery query;
    query.entity = "account_book";
    TRY(const auto rows, tx.changes(query));
    for (const auto& row : rows)
      changes += row.kind == "updated" && row.origin == "central" && !row.run.empty();
    return {};
  }));
  CHECK(changes == 2);
}

TEST_CASE(
    "books that were closed long before the hub came are no events, and are closed all the same")
{
  Books at;
  at.pass();
  at.books->world.put("245101/2025/year", {{"local_body", "245101"},
                                           {"financial_year", "2025"},
                                           {"kind", "year"},
                                           {"status", "closed"}});
  EngineBench fresh{shipped(), "voucher"};
  Events events;
  fresh.log_to(events);
  SpokeOptions options{"books", "central", true, false};
  options.entity = "account_book";
  auto& books = fresh.add(options);
  books.world.rows = at.books->world.rows;
  fresh.run(books);
  CHECK(events.lines.empty());
  CHECK_FALSE(fresh.edit(
      "V7",
      {{"local_body", "245101"}, {"date", "2026-03-04"}, {"type", "receipt"}, {"amount", "1.00"}}));
}

TEST_CASE("an exception says which book, and the store finds and counts exceptions by that")
{
  Books at;
  at.turn("closed");
  at.sync();
  at.pass();
  at.vouchers->world.put("V1", {{"amount", "900.00"}});
  at.vouchers->world.put(
      "V2",
      {{"local_body", "245101"}, {"date", "2026-05-05"}, {"type", "receipt"}, {"amount", "5.00"}});
  at.sync();
  std::vector<store::ConflictRow> found;
  std::vector<store::QuarantineRow> late;
  REQUIRE(at.bench.store->transact([&](store::Tx& tx) -> Result<void> {
    store::ConflictQuery conflicts;
    conflicts.rule = store::kBookClosed;
    TRY(found, tx.conflicts(conflicts));
    store::QuarantineQuery parked;
    parked.code = store::kLate;
    TRY(late, tx.quarantine(parked));
    return {};
  }));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "the book is closed: account_book " + kMay);
  REQUIRE(late.size() == 1);
  CHECK(late[0].reason == "the book is closed: account_book " + kMay +
                              "; replay it if a person finds that it belongs there");
  std::size_t exceptions = 0;
  for (const auto& flow : at.bench.totals().flows)
    exceptions += flow.exceptions;
  CHECK(exceptions == 2);
}

TEST_CASE("what a keeper changed before it closed the book is its last state, also when it was "
          "closed twice over")
{
  EngineBench bench{shipped(), "activity"};
  SpokeOptions options{"plans", "central", true, false};
  options.entity = "plan";
  options.endpoint = "central";
  auto& plans = bench.add(options);
  auto& works = bench.add({"central", "central", true, false});
  const auto pass = [&] {
    bench.clock.advance(std::chrono::hours(1));
    plans.world.now_ms = works.world.now_ms = bench.clock.now().time_since_epoch().count();
  };
  pass();
  plans.world.put("P1", {{"local_body", "245101"}, {"status", "submitted"}});
  works.world.put(
      "A1", {{"local_body", "245101"}, {"plan_code", "P1"}, {"name", "Road"}, {"cost", "1.00"}});
  bench.run(plans);
  bench.run(works);
  pass();
  works.world.put("A1", {{"cost", "2.00"}});
  pass();
  plans.world.put("P1", {{"status", "approved"}});
  bench.run(plans);
  bench.run(works);
  CHECK(bench.get("A1", "cost") == "2.00");
  pass();
  works.world.put("A1", {{"cost", "3.00"}}); // after the approval, before the plan was superseded
  pass();
  plans.world.put("P1", {{"status", "superseded"}});
  bench.run(plans);
  bench.run(works);
  CHECK(bench.get("A1", "cost") == "2.00");
  CHECK(bench.conflicts(true).size() == 1);
}
