// What the world does to a connector, and the two laws that hold through all of it: a walk that says it is
// whole is whole, and a receipt says what happened.
#include "tests/contract/connector_contract.hpp"

#include "connectors/wrap/retrying.hpp"
#include "schema/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <set>
#include <thread>

namespace gramsetu::contract {

namespace {

using connectors::Connector;
using connectors::Intent;
using connectors::Receipt;
using connectors::Reference;
using connectors::Verb;
using Outcome = connectors::Receipt::Outcome;

// Attempts after which a world that misbehaved once must have got over it.
constexpr int kAttempts = 4;

// These cannot be told from the truth by the endpoint's answers alone, unless it counts its records; and an
// endpoint that counts none from the first page on cannot be doubted either. The rails are for that.
bool is_invisible(const World& world, Mishap mishap, int skip)
{
  if (mishap == Mishap::empty_page && skip == 0) return true;
  return !world.tells_total() && (mishap == Mishap::half_page || mishap == Mishap::empty_page);
}

// A record that comes twice is no harm; one that does not come is.
std::set<std::string> distinct(const std::vector<std::string>& ids)
{
  return {ids.begin(), ids.end()};
}

void check_error(const World& world, Mishap mishap, const Error& error)
{
  CHECK_FALSE(error.what.empty());
  if (!world.is_remote()) return;
  switch (mishap) {
  case Mishap::throttled:
    CHECK(error.kind == ErrorKind::throttled);
    CHECK(error.retry_after == std::chrono::seconds(7));
    break;
  case Mishap::forbidden: CHECK(error.kind == ErrorKind::unauthorized); break;
  case Mishap::redirect: CHECK(error.kind != ErrorKind::corrupt); break;
  default: CHECK_MESSAGE(connectors::wrap::is_passing(error.kind), error.what);
  }
}

void check_walks(const MakeWorld& make)
{
  const auto world = make();
  if (!world->reads()) return;
  const auto truth = walk(*world->open(), *world);
  REQUIRE(truth);
  for (const Mishap mishap : all_mishaps()) {
    for (const int skip : {0, 1}) {
      CAPTURE(name_of(mishap));
      CAPTURE(skip);
      if (!world->strike(mishap, skip)) continue;
      const auto connector = world->open();
      const auto walked = walk(*connector, *world);
      if (!walked)
        check_error(*world, mishap, walked.error());
      else if (!walked->damaged && !is_invisible(*world, mishap, skip) && !world->has_set_aside())
        CHECK(distinct(walked->ids) == distinct(truth->ids));
      if (mishap == Mishap::latency || mishap == Mishap::revoked) CHECK(walked);
      world->calm();
      // The same handle reads everything once the world has come to its senses.
      const auto again = walk(*connector, *world);
      REQUIRE_MESSAGE(again, (again ? "" : again.error().what));
      CHECK_FALSE(again->damaged);
      CHECK(distinct(again->ids) == distinct(truth->ids));
    }
  }
}

// One effect under one mishap: whatever the first receipt says is true, and in the end the effect was had
// exactly once.
Receipt push_through(World& world, const Intent& intent, Mishap mishap)
{
  const auto connector = world.open();
  const bool struck = world.strike(mishap);
  const std::vector intents = {intent};
  auto receipts = connector->push(world.stream(), intents, {});
  REQUIRE(receipts.size() == 1);
  const auto first = receipts.front().outcome;
  const auto effects = world.effects_of(intent.idempotency_key);
  CAPTURE(receipts.front().error.what);
  if (first == Outcome::applied) CHECK(effects == 1);
  if (first == Outcome::not_sent) CHECK(effects == 0);
  CHECK(first != Outcome::refused);
  CHECK(first != Outcome::moved);
  if (mishap == Mishap::answer_lost && struck) CHECK(first == Outcome::unknown);
  if (mishap == Mishap::refused && struck) CHECK(effects == 0);
  if (mishap == Mishap::throttled && struck) {
    CHECK(first == Outcome::not_sent);
    check_error(world, mishap, receipts.front().error);
  }
  world.calm();
  for (int i = 0; i < kAttempts && receipts.front().outcome != Outcome::applied; ++i)
    receipts = world.open()->push(world.stream(), intents, {});
  CHECK_MESSAGE(receipts.front().outcome == Outcome::applied, receipts.front().error.what);
  CHECK(world.effects_of(intent.idempotency_key) == 1);
  return receipts.front();
}

void check_pushes(const MakeWorld& make)
{
  const auto world = make();
  const auto able = world->open()->capabilities(world->stream());
  if (!writes(able) || !able.idempotent) return;
  int number = 100;
  for (const Mishap mishap : all_mishaps()) {
    CAPTURE(name_of(mishap));
    ++number;
    auto intent = able.creates ? world->fresh(number) : standing(*world, number);
    for (const Verb verb : {Verb::create, Verb::update, Verb::remove}) {
      if (!claims(able, verb)) continue;
      CAPTURE(name_of(verb));
      intent.verb = verb;
      intent.idempotency_key = fmt::format("{}-{}-{}", intent.key, name_of(verb), number);
      if (verb == Verb::update) intent.body = world->changed(intent.body, number);
      if (verb == Verb::remove) intent.body = schema::Value();
      const auto receipt = push_through(*world, intent, mishap);
      intent.remote_id = receipt.remote_id;
      intent.expected_version = receipt.version;
    }
  }
}

// A probe that could not look says so: "not found" is only for what is not there.
void check_probes(const MakeWorld& make)
{
  const auto world = make();
  const auto able = world->open()->capabilities(world->stream());
  if (!able.probes) return;
  auto intent = able.creates ? world->fresh(1) : standing(*world, 1);
  if (able.creates) {
    const std::vector intents = {intent};
    const auto receipts = world->open()->push(world->stream(), intents, {});
    REQUIRE(receipts.front().outcome == Outcome::applied);
    intent.remote_id = receipts.front().remote_id;
  }
  std::vector<Reference> references = {{intent.key, intent.remote_id}};
  if (world->looks_by_key()) references.push_back({intent.key, ""});
  for (const Mishap mishap : all_mishaps()) {
    if (mishap == Mishap::half_page || mishap == Mishap::empty_page) continue; // of lists
    for (const int skip : {0, 1}) {
      CAPTURE(name_of(mishap));
      CAPTURE(skip);
      if (!world->strike(mishap, skip)) continue;
      const auto connector = world->open();
      const auto seen = connector->probe(world->stream(), references, {});
      if (!seen) {
        check_error(*world, mishap, seen.error());
      } else {
        REQUIRE(seen->size() == references.size());
        for (const auto& sighting : *seen)
          CHECK(sighting.found);
      }
      world->calm();
    }
  }
}

void check_stop_before(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  std::stop_source stopped;
  stopped.request_stop();
  const auto walked = walk(*connector, *world, "", stopped.get_token());
  REQUIRE_FALSE(walked);
  CHECK(walked.error().kind == ErrorKind::cancelled);
  const std::vector intents = {world->fresh(1), world->fresh(2), world->fresh(3)};
  const auto receipts = connector->push(world->stream(), intents, stopped.get_token());
  REQUIRE(receipts.size() == 3);
  const bool writes = connector->capabilities(world->stream()).creates;
  for (const auto& receipt : receipts) {
    CHECK(receipt.outcome == (writes ? Outcome::not_sent : receipt.outcome));
    CHECK(receipt.outcome != Outcome::applied);
    if (writes) CHECK(receipt.error.kind == ErrorKind::cancelled);
  }
  CHECK(world->effects() == 0);
  const std::vector<Reference> one = {{intents[0].key, ""}};
  const auto seen = connector->probe(world->stream(), one, stopped.get_token());
  REQUIRE_FALSE(seen);
  CHECK((seen.error().kind == ErrorKind::cancelled || seen.error().kind == ErrorKind::unsupported));
}

// The answer is ten seconds away; the stop comes at once, and the call is back long before.
void check_stop_during(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto late = std::chrono::seconds(10);
  if (!world->strike_slow(late)) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto took = [&] { return std::chrono::steady_clock::now() - begin; };
  std::stop_source stopping;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stopping.request_stop();
  });
  SUBCASE("pull")
  {
    const auto walked = walk(*connector, *world, "", stopping.get_token());
    REQUIRE_FALSE(walked);
    if (world->reads()) CHECK(walked.error().kind == ErrorKind::cancelled);
  }
  SUBCASE("push")
  {
    const std::vector intents = {world->fresh(1)};
    const auto receipts = connector->push(world->stream(), intents, stopping.get_token());
    REQUIRE(receipts.size() == 1);
    if (connector->capabilities(world->stream()).creates)
      CHECK((receipts[0].outcome == Outcome::unknown || receipts[0].outcome == Outcome::not_sent));
  }
  CHECK(took() < late / 2);
}

void check_threads(const MakeWorld& make)
{
  const auto world = make();
  if (!world->is_thread_safe() || !world->reads()) return;
  const auto connector = world->open();
  const auto truth = walk(*connector, *world);
  REQUIRE(truth);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        const auto walked = walk(*connector, *world);
        if (walked && walked->ids == truth->ids && !walked->damaged) ++good;
      });
  }
  CHECK(good == 4);
}

// Keys as bad as data has them. What becomes of them is the endpoint's to say; it is said in a receipt.
void check_odd_keys(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  for (const std::string& key :
       {std::string(), std::string("a/b?c=d&e#f"), std::string("नमस्ते"), std::string("x\r\ny: z"),
        std::string("nul\0nul", 7), std::string("..%2f..%00"), std::string(5000, 'k')}) {
    auto intent = world->fresh(1);
    intent.key = intent.remote_id = key;
    intent.idempotency_key = "odd-" + std::to_string(key.size());
    for (const Verb verb : {Verb::update, Verb::remove}) {
      intent.verb = verb;
      const std::vector intents = {intent};
      std::vector<Receipt> receipts;
      CHECK_NOTHROW(receipts = connector->push(world->stream(), intents, {}));
      CHECK(receipts.size() == 1);
    }
    const std::vector<Reference> one = {{key, key}};
    CHECK_NOTHROW(static_cast<void>(connector->probe(world->stream(), one, {})));
  }
  const auto walked = walk(*world->open(), *world);
  CHECK((walked || !world->reads()));
}

} // namespace

void check_mishaps(const MakeWorld& make)
{
  SUBCASE("a walk that says it is whole is whole, whatever struck it")
  {
    check_walks(make);
  }
  SUBCASE("a receipt says what happened, and every effect is had once")
  {
    check_pushes(make);
  }
  SUBCASE("a probe that could not look says so")
  {
    check_probes(make);
  }
}

void check_manners(const MakeWorld& make)
{
  SUBCASE("nothing is done after a stop")
  {
    check_stop_before(make);
  }
  SUBCASE("a stop ends a call that waits")
  {
    check_stop_during(make);
  }
  SUBCASE("several threads may use one handle")
  {
    check_threads(make);
  }
  SUBCASE("odd keys are answered, not thrown")
  {
    check_odd_keys(make);
  }
}

} // namespace gramsetu::contract
