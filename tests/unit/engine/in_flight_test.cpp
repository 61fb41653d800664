// Several requests of a push under way at once: how many, in which order what becomes of them counts, and where not.
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;
using connectors::Receipt;
using engine::RunState;

namespace {

// Lets pushes in and waits with each until as many are under way as are expected, so that those that could overlap
// do; then answers the last one first.
class Gate final : public connectors::Connector {
public:
  explicit Gate(connectors::Connector& inner) : inner_(inner) {}

  std::size_t expected = 1;                     // to be under way at once
  std::size_t ahead = 1;                        // calls that wait for no company
  std::chrono::milliseconds patience = 10s;     // with company that does not come
  std::size_t most = 0;                         // that were
  std::vector<std::vector<std::string>> calls;  // the keys of each, in the order of coming
  std::map<std::string, Receipt> instead;       // by key: answered so, and not sent on
  std::map<std::string, Receipt> after;         // by key: answered so, though it took effect
  std::function<void(const std::string&)> seen; // each key, before it goes on

  // `most`, while pushes are under way.
  std::size_t so_far()
  {
    const std::lock_guard lock(mutex_);
    return most;
  }

  connectors::Capabilities capabilities(const connectors::Stream& stream) const override
  {
    return inner_.capabilities(stream);
  }
  Result<connectors::Page> pull(const connectors::PullRequest& request,
                                std::stop_token stop) override
  {
    return inner_.pull(request, stop);
  }
  Result<std::vector<connectors::Sighting>> probe(const connectors::Stream& stream,
                                                  std::span<const connectors::Reference> references,
                                                  std::stop_token stop) override
  {
    return inner_.probe(stream, references, stop);
  }
  Result<std::string> reach(std::stop_token stop) override { return inner_.reach(stop); }

  std::vector<Receipt> push(const connectors::Stream& stream,
                            std::span<const connectors::Intent> intents,
                            std::stop_token stop) override
  {
    const auto number = enter(intents);
    std::vector<Receipt> receipts;
    for (const auto& intent : intents) {
      if (seen) seen(intent.key);
      if (const auto known = instead.find(intent.key); known != instead.end()) {
        receipts.push_back(known->second);
        continue;
      }
      receipts.push_back(inner_.push(stream, {&intent, 1}, stop).front());
      if (const auto lost = after.find(intent.key); lost != after.end())
        receipts.back() = lost->second;
    }
    leave(number);
    return receipts;
  }

private:
  std::size_t enter(std::span<const connectors::Intent> intents)
  {
    std::unique_lock lock(mutex_);
    auto& keys = calls.emplace_back();
    for (const auto& intent : intents)
      keys.push_back(intent.key);
    const auto number = calls.size();
    under_way_.insert(number);
    most = std::max(most, under_way_.size());
    changed_.notify_all();
    changed_.wait_for(lock, patience, [&] { return number <= ahead || most >= expected; });
    return number;
  }

  void leave(std::size_t number)
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return *under_way_.rbegin() == number; });
    under_way_.erase(number);
    changed_.notify_all();
  }

  connectors::Connector& inner_;
  std::mutex mutex_; // guards all of the above that changes while pushes are under way
  std::condition_variable changed_;
  std::set<std::size_t> under_way_;
};

class Events final : public LogSink {
public:
  void write(const LogEntry& entry) override
  {
    for (const auto& field : entry.fields)
      if (entry.event == Event::outcome_unknown && field.name == "key")
        unknown += field.value + " ";
  }
  std::string unknown;
};

Receipt receipt_of(Receipt::Outcome outcome, ErrorKind kind, const std::string& what)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = {kind, what, std::nullopt};
  return receipt;
}

// So many new records for an endpoint that takes them one by one, named in the order in which they were entered.
struct Busy {
  EngineBench bench;
  Spoke& central;
  Gate gate;
  Events events;

  explicit Busy(int records, std::size_t in_flight = 4,
                std::unique_ptr<schema::Entities> entities = note_entity())
      : bench(std::move(entities), "note"), central(bench.add({})), gate(*central.connector)
  {
    central.world.batch_max = 1;
    central.flow.connector = &gate;
    central.flow.in_flight = in_flight;
    gate.expected = in_flight;
    bench.log_to(events);
    bench.run(central); // the endpoint is known to be empty
    for (int i = 0; i < records; ++i) {
      REQUIRE(bench.edit(key(i), {{"title", "t"}}));
      bench.clock.advance(1s);
    }
  }

  static std::string key(int number) { return fmt::format("n{:02}", number); }

  std::vector<store::OutboxRow> outbox()
  {
    std::vector<store::OutboxRow> rows;
    const auto read = bench.store->transact([&](store::Tx& tx) -> Result<void> {
      store::OutboxQuery query;
      query.flow = central.flow.id;
      query.limit = 100;
      TRY(rows, tx.outbox(query));
      return {};
    });
    REQUIRE(read);
    return rows;
  }

  std::size_t in_state(store::OutboxState state)
  {
    const auto rows = outbox();
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const auto& row) { return row.state == state; }));
  }
};

} // namespace

TEST_CASE("as many requests are under way as the flow may have, and never more")
{
  for (const std::size_t in_flight : {1, 2, 4, 7}) {
    CAPTURE(in_flight);
    Busy busy(20, in_flight);
    const auto report = busy.bench.run(busy.central);
    CHECK(report.state == RunState::done);
    CHECK(report.counts.pushed == 20);
    CHECK(busy.gate.most == in_flight);
    CHECK(busy.central.world.ledger.size() == 20);
    CHECK(busy.outbox().empty());
  }
}

TEST_CASE("all that is under way is on record before any of it leaves, and nothing else is")
{
  Busy busy(12);
  std::mutex mutex;
  std::set<std::size_t> on_record;
  busy.gate.seen = [&](const std::string&) {
    const std::lock_guard lock(mutex);
    if (busy.gate.so_far() == 4) on_record.insert(busy.in_state(store::OutboxState::in_flight));
  };
  busy.bench.run(busy.central);
  // One goes ahead; then four, four, and the three that are left.
  CHECK(on_record == std::set<std::size_t>{3, 4});
  CHECK(busy.gate.calls.size() == 12);
}

TEST_CASE("what became of them is written down in the order of the outbox, whoever answered first")
{
  Busy busy(9);
  for (int i = 1; i < 9; ++i)
    busy.gate.after[Busy::key(i)] =
        receipt_of(Receipt::Outcome::unknown, ErrorKind::invalid, "no answer");
  const auto report = busy.bench.run(busy.central);
  CHECK(report.counts.unknown == 8);
  CHECK(busy.events.unknown == "n01 n02 n03 n04 n05 n06 n07 n08 ");
}

TEST_CASE("one that is refused in the middle is parked, and its company goes through")
{
  Busy busy(9);
  busy.gate.instead["n03"] = receipt_of(Receipt::Outcome::refused, ErrorKind::invalid, "no");
  const auto report = busy.bench.run(busy.central);
  CHECK(report.counts.pushed == 8);
  CHECK(report.counts.refused == 1);
  const auto parked = busy.bench.quarantine();
  REQUIRE(parked.size() == 1);
  CHECK(parked.front().key == "n03");
  CHECK(busy.central.world.ledger.size() == 8);
}

TEST_CASE(
    "one that is not answered is unknown, its company is settled, and every effect is had once")
{
  Busy busy(9);
  busy.gate.after["n02"] = receipt_of(Receipt::Outcome::unknown, ErrorKind::transient, "no answer");
  const auto first = busy.bench.run(busy.central);
  CHECK(first.counts.pushed == 8);
  CHECK(first.counts.unknown == 1);
  const auto left = busy.outbox();
  REQUIRE(left.size() == 1);
  CHECK(left.front().key == "n02");
  CHECK(left.front().state == store::OutboxState::unknown);
  busy.gate.after.clear();
  CHECK(busy.bench.run(busy.central).state == RunState::done);
  CHECK(busy.central.world.ledger.size() == 9);
  CHECK(busy.outbox().empty());
}

TEST_CASE("a login that fails ends the run: what was under way is settled, the rest is as it was")
{
  Busy busy(12);
  busy.gate.instead["n02"] =
      receipt_of(Receipt::Outcome::not_sent, ErrorKind::unauthorized, "answered 401");
  const auto report = busy.bench.run(busy.central);
  CHECK(report.state == RunState::failed);
  CHECK(report.counts.pushed == 4); // the one ahead, and three of the four
  CHECK(busy.gate.calls.size() == 5);
  CHECK(busy.in_state(store::OutboxState::pending) == 8);
  CHECK(busy.outbox().size() == 8);
  for (const auto& row : busy.outbox())
    CHECK(row.attempts == 0);
}

TEST_CASE("an endpoint that goes away is asked by one at a time, and left alone as soon as without "
          "company")
{
  Busy busy(20);
  for (int i = 5; i < 20; ++i)
    busy.gate.instead[Busy::key(i)] =
        receipt_of(Receipt::Outcome::not_sent, ErrorKind::transient, "connection refused");
  busy.gate.instead["n08"] = receipt_of(Receipt::Outcome::refused, ErrorKind::invalid, "no");
  busy.bench.run(busy.central);
  // One ahead, four that go through, four of which the last shows life, and four more before it is over.
  REQUIRE(busy.gate.calls.size() == 13);
  CHECK(busy.in_state(store::OutboxState::pending) == 14);

  // The next run begins with one, and ends after three: nobody answers.
  const auto before = busy.gate.calls.size();
  busy.bench.clock.advance(24h);
  CHECK(busy.bench.run(busy.central).state == RunState::failed);
  CHECK(busy.gate.calls.size() - before == 3);
}

TEST_CASE("batches are under way at once like single records, each whole")
{
  Busy busy(11, 2);
  busy.central.world.batch_max = 3;
  const auto report = busy.bench.run(busy.central);
  CHECK(report.counts.pushed == 11);
  CHECK(busy.gate.most == 2);
  std::vector<std::size_t> sizes;
  for (const auto& keys : busy.gate.calls)
    sizes.push_back(keys.size());
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes == std::vector<std::size_t>{2, 3, 3, 3});
}

TEST_CASE("one at a time where nothing may come between a look and its write")
{
  Busy busy(6);
  busy.central.world.conditional = false;
  busy.gate.patience = 50ms;
  busy.bench.run(busy.central);
  CHECK(busy.gate.most == 1);
  CHECK(busy.central.world.ledger.size() == 6);
}

TEST_CASE("one at a time where records of an entity refer to each other: parents come first")
{
  std::vector<schema::Finding> findings;
  auto entities = std::make_unique<schema::Entities>();
  entities->add(schema::parse_document("entity: note\ntitle: Note\nkey: [note]\n"
                                       "parents: { above: note }\n"
                                       "authority: [central, local]\nrule: manual\nfields:\n"
                                       "  note: { type: text, privacy: open, help: Identity }\n"
                                       "  above: { type: text, privacy: open, help: Parent }\n"
                                       "  title: { type: text, privacy: open, help: Title }\n",
                                       "note.yaml", findings),
                findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  Busy busy(6, 4, std::move(entities));
  busy.gate.patience = 50ms;
  busy.bench.run(busy.central);
  CHECK(busy.gate.most == 1);
  std::vector<std::string> order;
  for (const auto& effect : busy.central.world.ledger)
    order.push_back(effect.key);
  CHECK(std::is_sorted(order.begin(), order.end()));
}
