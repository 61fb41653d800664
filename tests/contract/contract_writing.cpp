// Writing: receipts, idempotency keys, versions, and looking at single records.
#include "tests/contract/connector_contract.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

namespace gramsetu::contract {

namespace {

using connectors::Capabilities;
using connectors::Connector;
using connectors::Intent;
using connectors::Receipt;
using connectors::Reference;
using connectors::Verb;
using Outcome = connectors::Receipt::Outcome;

Receipt push_one(Connector& connector, const World& world, const Intent& intent)
{
  const std::vector intents = {intent};
  const auto receipts = connector.push(world.stream(), intents, {});
  REQUIRE(receipts.size() == 1);
  return receipts.front();
}

// Where the endpoint calls its records something, the receipt said what.
void check_same_id(const World& world, const connectors::Sighting& seen, const Receipt& receipt)
{
  if (!world.stream().id_pointer.empty()) CHECK(seen.record.remote_id == receipt.remote_id);
}

// A create that went through; or a record that stood there, where none can be made.
struct Created {
  Intent intent;
  Receipt receipt;
  std::size_t effects = 1; // that it took
};

Created create(Connector& connector, World& world, int number)
{
  Created created{world.fresh(number), {}};
  created.receipt = push_one(connector, world, created.intent);
  REQUIRE_MESSAGE(created.receipt.outcome == Outcome::applied, created.receipt.error.what);
  if (!world.stream().id_pointer.empty()) CHECK_FALSE(created.receipt.remote_id.empty());
  return created;
}

Created begin(Connector& connector, World& world, int number)
{
  if (connector.capabilities(world.stream()).creates) return create(connector, world, number);
  Created there{standing(world, number), {}, 0};
  there.receipt.outcome = Outcome::applied;
  there.receipt.remote_id = there.intent.remote_id;
  there.receipt.version = there.intent.expected_version;
  return there;
}

Intent follow_up(World& world, const Created& created, Verb verb, int number)
{
  Intent intent = created.intent;
  intent.verb = verb;
  intent.idempotency_key += std::string("-") + std::string(name_of(verb)) + std::to_string(number);
  intent.remote_id = created.receipt.remote_id;
  intent.expected_version = created.receipt.version;
  intent.body = verb == Verb::remove ? schema::Value() : world.changed(created.intent.body, number);
  return intent;
}

void check_verbs(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  const auto refused = [&](const Intent& intent) {
    const auto receipt = push_one(*connector, *world, intent);
    CHECK(receipt.outcome != Outcome::applied);
    CHECK(receipt.outcome != Outcome::unknown);
  };
  if (!able.creates) refused(world->fresh(1));
  CHECK(world->effects() == 0);
  if (!writes(able)) return;
  auto created = begin(*connector, *world, 1);
  auto effects = created.effects;
  CHECK(world->effects() == effects);
  for (const Verb verb : {Verb::update, Verb::remove}) {
    CAPTURE(name_of(verb));
    const auto intent = follow_up(*world, created, verb, 1);
    if (!claims(able, verb)) {
      refused(intent);
    } else {
      const auto receipt = push_one(*connector, *world, intent);
      CHECK_MESSAGE(receipt.outcome == Outcome::applied, receipt.error.what);
      ++effects;
      if (verb == Verb::update && able.if_version) {
        CHECK_FALSE(receipt.version.empty());
        CHECK(receipt.version != created.receipt.version);
      }
      created.receipt.version = receipt.version;
    }
    CHECK(world->effects() == effects);
  }
}

// What was in a rejected batch comes again in the smaller one that its receipt names, until nothing is open.
void push_parts(Connector& connector, const World& world, const std::vector<Intent>& intents,
                std::vector<Receipt>& receipts)
{
  for (std::size_t rounds = 0; rounds <= intents.size(); ++rounds) {
    std::map<std::string, std::vector<std::size_t>> parts;
    for (std::size_t i = 0; i < intents.size(); ++i)
      if (receipts[i].outcome == Outcome::unknown && !receipts[i].batch.empty())
        parts[receipts[i].batch].push_back(i);
    for (const auto& [batch, places] : parts) {
      std::vector<Intent> part;
      for (const auto place : places)
        part.push_back(intents[place]);
      const auto became = connector.push(world.stream(), part, {});
      REQUIRE(became.size() == part.size());
      for (std::size_t i = 0; i < places.size(); ++i)
        receipts[places[i]] = became[i];
    }
    if (parts.empty()) return;
  }
}

// Good ones among bad ones: each receipt stands where its intent stood.
void check_order(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  CHECK(connector->push(world->stream(), {}, {}).empty());
  if (!able.creates) return;
  const auto known = create(*connector, *world, 1);
  auto taken = world->fresh(1); // is there already, under another idempotency key
  taken.idempotency_key += "-again";
  std::vector<Intent> intents;
  for (int i = 2; i < 9; ++i)
    intents.push_back(i == 4 ? taken : world->fresh(i));
  if (able.updates) intents.push_back(follow_up(*world, known, Verb::update, 1));
  auto receipts = connector->push(world->stream(), intents, {});
  REQUIRE(receipts.size() == intents.size());
  push_parts(*connector, *world, intents, receipts);
  for (std::size_t i = 0; i < intents.size(); ++i) {
    CAPTURE(i);
    // Without versions it may take it for a change, or for one too many.
    const bool refused = i == 2 && (able.if_version || receipts[i].outcome != Outcome::applied);
    const bool told = receipts[i].outcome == Outcome::moved ||
                      (!able.if_version && receipts[i].outcome == Outcome::refused);
    CHECK_MESSAGE((refused ? told : receipts[i].outcome == Outcome::applied),
                  receipts[i].error.what);
    if (able.idempotent) CHECK(world->effects_of(intents[i].idempotency_key) == (refused ? 0 : 1));
  }
  if (!able.probes || !world->looks_by_key()) return;
  std::vector<Reference> references;
  for (const auto& intent : intents)
    references.push_back({intent.key, ""});
  for (std::size_t i = 0; i < intents.size(); ++i)
    if (i != 2) references[i].remote_id = receipts[i].remote_id;
  const auto sightings = connector->probe(world->stream(), references, {});
  REQUIRE(sightings);
  for (std::size_t i = 0; i < intents.size(); ++i) {
    CAPTURE(i);
    REQUIRE((*sightings)[i].found);
    if (i != 2) check_same_id(*world, (*sightings)[i], receipts[i]);
  }
}

void check_repeated(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  if (!writes(able) || !able.idempotent) return;
  auto created = begin(*connector, *world, 1);
  auto effects = created.effects;
  for (const auto& handle : {world->open(), world->open()}) {
    if (!able.creates) break;
    const auto again = push_one(*handle, *world, created.intent);
    CHECK_MESSAGE(again.outcome == Outcome::applied, again.error.what);
    CHECK(again.remote_id == created.receipt.remote_id);
  }
  CHECK(world->effects() == effects);
  for (const Verb verb : {Verb::update, Verb::remove}) {
    if (!claims(able, verb)) continue;
    const auto intent = follow_up(*world, created, verb, 1);
    const auto receipt = push_one(*connector, *world, intent);
    CHECK_MESSAGE(receipt.outcome == Outcome::applied, receipt.error.what);
    CHECK(push_one(*world->open(), *world, intent).outcome == Outcome::applied);
    created.receipt.version = receipt.version;
    CHECK(world->effects() == ++effects);
  }
}

// A batch whose answer is lost, and which comes again as it was from a hub that was started anew.
void check_lost_batch(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  if (able.idempotent) CHECK(able.retention > std::chrono::milliseconds(0));
  CHECK(able.batch_max > 0);
  if (!able.creates || !able.idempotent) return;
  std::vector<Intent> intents;
  std::vector<const Intent*> all;
  for (int i = 1; i <= 6; ++i)
    intents.push_back(world->fresh(i));
  for (const auto& intent : intents)
    all.push_back(&intent);
  const auto batch = connectors::batch_key(all);
  for (auto& intent : intents)
    intent.batch = batch;
  const bool struck = world->strike(Mishap::answer_lost);
  const auto first = connector->push(world->stream(), intents, {});
  REQUIRE(first.size() == intents.size());
  CHECK(std::any_of(first.begin(), first.end(), [&](const Receipt& receipt) {
    return !struck || receipt.outcome == Outcome::unknown;
  }));
  world->calm();
  const auto again = world->open()->push(world->stream(), intents, {});
  for (std::size_t i = 0; i < intents.size(); ++i) {
    CAPTURE(i);
    CHECK_MESSAGE(again[i].outcome == Outcome::applied, again[i].error.what);
    CHECK(world->effects_of(intents[i].idempotency_key) == 1);
  }
  if (able.keys_by_batch) return;
  // What is left of it comes again the same way, alone.
  const std::vector last = {intents.back()};
  CHECK(world->open()->push(world->stream(), last, {}).front().outcome == Outcome::applied);
  CHECK(world->effects() == intents.size());
}

void check_versions(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  if (!able.updates || !able.if_version) return;
  const auto created = begin(*connector, *world, 1);
  const auto first = follow_up(*world, created, Verb::update, 1);
  const auto updated = push_one(*connector, *world, first);
  REQUIRE(updated.outcome == Outcome::applied);
  CHECK(updated.version != created.receipt.version);
  // Both still name the version that was there before.
  for (const Verb verb : {Verb::update, Verb::remove}) {
    if (!claims(able, verb)) continue;
    const auto late = push_one(*connector, *world, follow_up(*world, created, verb, 2));
    CHECK_MESSAGE(late.outcome == Outcome::moved, late.error.what);
  }
  auto twice = created.intent;
  twice.idempotency_key += "-again";
  if (able.creates) CHECK(push_one(*connector, *world, twice).outcome == Outcome::moved);
  CHECK(world->effects() == created.effects + 1);
}

void check_probe(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  if (!able.probes) {
    const std::vector<Reference> one = {{"x", "x"}};
    const auto refused = connector->probe(world->stream(), one, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unsupported);
    return;
  }
  const auto one = begin(*connector, *world, 1);
  const auto two = begin(*connector, *world, 2);
  const auto missing = world->unknown_key();
  std::vector<Reference> references = {{two.intent.key, two.receipt.remote_id},
                                       {missing, ""},
                                       {one.intent.key, ""}, // by key alone
                                       {missing, missing},
                                       {one.intent.key, one.receipt.remote_id}};
  if (!world->looks_by_key()) {
    const std::vector<Reference> unnamed = {references[2]};
    CHECK_FALSE(connector->probe(world->stream(), unnamed, {})); // it is not said to be missing
    std::erase_if(references, [](const Reference& each) { return each.remote_id.empty(); });
  }
  const auto seen = connector->probe(world->stream(), references, {});
  REQUIRE_MESSAGE(seen, (seen ? "" : seen.error().what));
  REQUIRE(seen->size() == references.size());
  for (std::size_t i = 0; i < references.size(); ++i) {
    CAPTURE(i);
    CHECK((*seen)[i].found == (references[i].key != missing));
    if (references[i].key == two.intent.key) check_same_id(*world, (*seen)[i], two.receipt);
    if (references[i].key == one.intent.key) check_same_id(*world, (*seen)[i], one.receipt);
  }
  if (able.if_version) CHECK(seen->back().record.version == one.receipt.version);
  CHECK(world->effects() == one.effects + two.effects);
  if (!able.removes) return;
  // What was removed is not there any more, or is a tombstone.
  auto gone = follow_up(*world, one, Verb::remove, 1);
  REQUIRE(push_one(*connector, *world, gone).outcome == Outcome::applied);
  const auto after = connector->probe(world->stream(), references, {});
  REQUIRE(after);
  CHECK((!after->back().found || after->back().record.deleted));
}

// What is read back means what was written.
void check_round_trip(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto able = connector->capabilities(world->stream());
  if (!able.creates || !able.probes) return;
  const auto created = create(*connector, *world, 1);
  const std::vector<Reference> one = {{created.intent.key, created.receipt.remote_id}};
  const auto seen = connector->probe(world->stream(), one, {});
  REQUIRE(seen);
  const auto& mapping = *world->stream().mapping;
  const auto sent = mapping.to_record(created.intent.body);
  const auto held = mapping.to_record(seen->front().record.body);
  CHECK(held.problems.empty());
  for (std::size_t i = 0; i < sent.record.fields.size(); ++i) {
    if (!mapping.pushed()[i] || sent.record.fields[i].is_empty()) continue;
    CAPTURE(world->stream().entity->fields[i].name);
    CHECK(sent.record.fields[i] == held.record.fields[i]);
  }
}

} // namespace

void check_writing(const MakeWorld& make)
{
  SUBCASE("what a stream claims it does, and what it does not claim it refuses")
  {
    check_verbs(make);
  }
  SUBCASE("a receipt for each intent, in order, good ones among bad ones")
  {
    check_order(make);
  }
  SUBCASE("an idempotency key that comes again has no second effect")
  {
    check_repeated(make);
  }
  SUBCASE("a batch whose answer is lost is had once when it comes again as it was")
  {
    check_lost_batch(make);
  }
  SUBCASE("a write over a version that is gone is moved and has no effect")
  {
    check_versions(make);
  }
  SUBCASE("a probe answers for each key in order, and nothing for what is not there")
  {
    check_probe(make);
  }
  SUBCASE("what is read back is what was written")
  {
    check_round_trip(make);
  }
}

} // namespace gramsetu::contract
