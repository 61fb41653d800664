// Writing under faults: unknown is never failed, and no effect is had twice.
#include "connectors/kit/check_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

using Outcome = Receipt::Outcome;

bool all_are(const std::vector<Receipt>& receipts, Outcome outcome)
{
  return std::all_of(receipts.begin(), receipts.end(),
                     [&](const auto& receipt) { return receipt.outcome == outcome; });
}

std::string outcomes_of(const std::vector<Receipt>& receipts)
{
  std::string all;
  for (const auto& receipt : receipts) {
    all += (all.empty() ? "" : ", ") + std::string(name_of(receipt.outcome));
    if (!receipt.error.what.empty()) all += " (" + receipt.error.what + ")";
  }
  return all;
}

Result<std::size_t> effects_as_recorded(const Scene& scene)
{
  TRY(auto player, Player::open({scene.system, scene.stream, scene.fixture, Fault::none}));
  player->push();
  return player->stand_in().effects();
}

Result<Verdict> throttled(const Scene& scene)
{
  TRY(auto player, Player::open(scene));
  const auto receipts = player->push();
  if (!all_are(receipts, Outcome::not_sent))
    return failed("a write that was turned away is " + outcomes_of(receipts));
  if (player->stand_in().effects() != 0) return failed("it had an effect");
  return passed("not sent: the next run sends it");
}

// What is there after a write that nobody answered.
std::string not_as_written(const Scene& scene, const std::vector<Sighting>& sightings)
{
  for (std::size_t i = 0; i < sightings.size(); ++i) {
    const auto& step = scene.fixture.push[i];
    const auto& seen = sightings[i];
    const bool there = seen.found && !seen.record.deleted;
    if (there == (step.verb == Verb::remove))
      return fmt::format("{} is {}there", step.key, there ? "" : "not ");
    if (there && !step.new_version.empty() && seen.record.version != step.new_version)
      return fmt::format("{} has version {}, not {}", step.key, seen.record.version,
                         step.new_version);
  }
  return {};
}

Result<Verdict> lost_answer(const Scene& scene)
{
  TRY(auto player, Player::open(scene));
  const auto receipts = player->push();
  if (!all_are(receipts, Outcome::unknown))
    return failed("a write that nobody answered is " + outcomes_of(receipts));
  const auto able = player->capabilities();
  std::string found = "unknown, and nothing tells: a person is asked";
  if (able.probes) {
    TRY(const auto sightings, player->look_for_pushed());
    const auto why = not_as_written(scene, sightings);
    if (!why.empty()) return failed("a look does not find it: " + why);
    found = "unknown, then found by a look";
  } else if (able.idempotent) {
    const auto again = player->push();
    if (!all_are(again, Outcome::applied))
      return failed("sent again under its key it is " + outcomes_of(again));
    found = "unknown, then settled by its key";
  }
  TRY(const auto once, effects_as_recorded(scene));
  const auto effects = player->stand_in().effects();
  if (effects != once) return failed(fmt::format("{} effects, not {}", effects, once));
  return passed(fmt::format("{}; {} effect{}", found, effects, effects == 1 ? "" : "s"));
}

Result<Verdict> sent_again(const Scene& scene)
{
  TRY(auto player, Player::open(scene));
  player->push();
  const auto effects = player->stand_in().effects();
  const auto again = player->push();
  if (!all_are(again, Outcome::applied))
    return failed("sent again under its key it is " + outcomes_of(again));
  if (player->stand_in().effects() != effects) return failed("it had its effect twice");
  return passed(
      fmt::format("sent again it is known; {} effect{}", effects, effects == 1 ? "" : "s"));
}

void add_result(std::vector<Check>& checks, const Fixture& fixture, std::string what,
                const Result<Verdict>& verdict)
{
  add_check(checks, fixture, std::move(what), verdict ? *verdict : failed(verdict.error().what));
}

} // namespace

void check_push_faults(const System& system, const Fixture& fixture, std::vector<Check>& checks)
{
  const Stream& stream = *system.stream(fixture.stream);
  const auto* stand_in = find_stand_in(system.manifest->transport);
  const Scene turned_away{system, stream, fixture, Fault::throttled};
  if (stand_in->can(turned_away)) add_result(checks, fixture, "push: 429", throttled(turned_away));
  const bool all_applied = std::all_of(fixture.push.begin(), fixture.push.end(),
                                       [](const auto& step) { return step.outcome == "applied"; });
  if (!all_applied) return;
  const Scene lost{system, stream, fixture, Fault::lost_answer};
  if (stand_in->can(lost))
    add_result(checks, fixture, "push: lost answer", lost_answer(lost));
  else
    add_result(checks, fixture, "push: sent again",
               sent_again({system, stream, fixture, Fault::none}));
}

} // namespace gramsetu::connectors::kit
