// A fixture as it was recorded: everything that comes out is what it says.
#include "connectors/kit/checks.hpp"

#include "connectors/kit/check_parts.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

namespace {

// The members in which two documents differ: "amount: 100 came, 200 expected".
std::string difference(const std::string& expected, const std::string& came)
{
  const auto a = schema::parse_json(expected), b = schema::parse_json(came);
  if (!a || !b || !a->is_object() || !b->is_object()) return came + " came, not " + expected;
  std::string text;
  const auto say = [&](const std::string& name, const schema::Value* one,
                       const schema::Value* two) {
    text += fmt::format("{}{}: {} came, {} expected", text.empty() ? "" : "; ", name,
                        two ? schema::to_json(*two) : "nothing",
                        one ? schema::to_json(*one) : "nothing");
  };
  for (const auto& member : a->object().members()) {
    const auto* other = b->object().find(member.name);
    if (!other || !(*other == member.value)) say(member.name, &member.value, other);
  }
  for (const auto& member : b->object().members())
    if (!a->object().find(member.name)) say(member.name, nullptr, &member.value);
  return text.empty() ? "the members stand in another order" : text;
}

std::string difference(const std::string& what, const std::vector<std::string>& expected,
                       const std::vector<std::string>& came)
{
  for (std::size_t i = 0; i < std::max(expected.size(), came.size()); ++i) {
    if (i >= expected.size()) return fmt::format("{} {} came besides: {}", what, i + 1, came[i]);
    if (i >= came.size()) return fmt::format("{} {} did not come: {}", what, i + 1, expected[i]);
    if (expected[i] != came[i])
      return fmt::format("{} {}: {}", what, i + 1, difference(expected[i], came[i]));
  }
  return {};
}

std::vector<std::string> texts_of(const std::vector<Misfit>& misfits)
{
  std::vector<std::string> texts;
  for (const auto& misfit : misfits)
    texts.push_back(misfit.code + " at " + misfit.pointer);
  return texts;
}

// Why what was read is not what must be; empty: it is.
std::string difference(const PullOutcome& expected, const PullOutcome& came)
{
  for (const auto& text : {difference("record", expected.records, came.records),
                           difference("deletion", expected.deleted, came.deleted),
                           difference("quarantined record", texts_of(expected.quarantined),
                                      texts_of(came.quarantined)),
                           difference("unknown field", expected.unknown, came.unknown)})
    if (!text.empty()) return text;
  return expected.cursor == came.cursor || expected.cursor == "*"
             ? std::string()
             : fmt::format("the cursor is '{}', not '{}'", came.cursor, expected.cursor);
}

PushStep came_of(const PushStep& step, const Receipt& receipt)
{
  PushStep came = step;
  came.outcome = name_of(receipt.outcome);
  came.new_id = receipt.remote_id == step.id ? "" : receipt.remote_id;
  came.new_version = receipt.version;
  return came;
}

ProbeStep came_of(const ProbeStep& step, const Sighting& sighting, const Stream& stream)
{
  ProbeStep came{step.key, step.id, sighting.found, "", ""};
  if (!sighting.found) return came;
  came.version = sighting.record.version;
  came.record = read_record(stream, sighting.record).json;
  return came;
}

// Everything that comes out of a fixture, as a fixture.
struct Played {
  Fixture fixture;
  std::size_t pulled = 0, effects = 0;
  std::vector<std::string> complaints, errors; // errors: of pushes that were not applied
  std::string failure;                         // of a pull that must fail
};

Result<void> play_pull(Player& player, const Fixture& fixture, Played& played)
{
  const auto reading = player.pull();
  if (reading) {
    played.fixture.pull->outcome = outcome_of(*reading);
    if (fixture.pull->outcome.cursor == "*") played.fixture.pull->outcome.cursor = "*";
    played.pulled = reading->records.size();
    return {};
  }
  played.failure = reading.error().what;
  if (!fixture.pull->fails.empty()) return {};
  const auto complaints = player.stand_in().complaints();
  if (!complaints.empty()) return within(complaints.front(), reading.error());
  return tl::unexpected<Error>(reading.error());
}

Result<Played> play(const System& system, const Fixture& fixture)
{
  const Stream& stream = *system.stream(fixture.stream);
  Played played{fixture, 0, 0, {}, {}, {}};
  TRY(auto player, Player::open({system, stream, fixture, Fault::none}));
  if (fixture.pull) TRY_VOID(play_pull(*player, fixture, played));
  if (!fixture.push.empty()) {
    const auto receipts = player->push();
    for (std::size_t i = 0; i < receipts.size(); ++i) {
      played.fixture.push[i] = came_of(fixture.push[i], receipts[i]);
      if (!receipts[i].error.what.empty()) played.errors.push_back(receipts[i].error.what);
    }
    played.effects = player->stand_in().effects();
    played.fixture.written = player->stand_in().written();
  }
  if (!fixture.probe.empty()) {
    TRY(const auto sightings, player->probe());
    for (std::size_t i = 0; i < sightings.size(); ++i)
      played.fixture.probe[i] = came_of(fixture.probe[i], sightings[i], stream);
  }
  played.complaints = player->stand_in().complaints();
  return played;
}

std::string difference(const PushStep& expected, const PushStep& came)
{
  if (expected.outcome != came.outcome)
    return fmt::format("{} is {}, not {}", expected.key, came.outcome, expected.outcome);
  if (expected.new_id != came.new_id && !expected.new_id.empty())
    return fmt::format("{} is called '{}', not '{}'", expected.key, came.new_id, expected.new_id);
  if (expected.new_version != came.new_version)
    return fmt::format("{} has version '{}', not '{}'", expected.key, came.new_version,
                       expected.new_version);
  return {};
}

std::string difference(const ProbeStep& expected, const ProbeStep& came)
{
  if (expected.found != came.found)
    return fmt::format("{} is {}there", expected.key, came.found ? "" : "not ");
  if (expected.version != came.version)
    return fmt::format("{} has version '{}', not '{}'", expected.key, came.version,
                       expected.version);
  return expected.record == came.record ? std::string() : difference(expected.record, came.record);
}

std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& came)
{
  for (const auto& [name, text] : expected) {
    const auto found = came.find(name);
    if (found == came.end()) return fmt::format("{} was not written", name);
    if (found->second != text) return fmt::format("{} holds other text: {}", name, found->second);
  }
  for (const auto& [name, text] : came)
    if (!expected.contains(name)) return fmt::format("{} was written besides", name);
  return {};
}

std::string push_difference(const Fixture& expected, const Played& played)
{
  for (std::size_t i = 0; i < expected.push.size(); ++i) {
    auto why = difference(expected.push[i], played.fixture.push[i]);
    if (!why.empty() && !played.errors.empty()) why += ": " + played.errors.front();
    if (!why.empty()) return why;
  }
  return difference(expected.written, played.fixture.written);
}

std::string probe_difference(const Fixture& expected, const Played& played)
{
  for (std::size_t i = 0; i < expected.probe.size(); ++i) {
    auto why = difference(expected.probe[i], played.fixture.probe[i]);
    if (!why.empty()) return why;
  }
  return {};
}

// Why a pull that must fail did not, or not so; empty: it did.
std::string failure_difference(const std::string& expected, const Played& played)
{
  if (played.failure.empty()) return "it does not fail: " + expected;
  if (played.failure.find(expected) != std::string::npos) return {};
  return fmt::format("it fails otherwise, not with '{}': {}", expected, played.failure);
}

Verdict verdict(std::string wrong, std::string right)
{
  return wrong.empty() ? passed(std::move(right)) : failed(std::move(wrong));
}

void add_as_recorded(const Fixture& fixture, const Played& played, std::vector<Check>& checks)
{
  if (fixture.pull && !fixture.pull->fails.empty())
    add_check(
        checks, fixture, "pull: fails",
        verdict(failure_difference(fixture.pull->fails, played), "failed: " + played.failure));
  else if (fixture.pull)
    add_check(checks, fixture, "pull: as recorded",
              verdict(difference(fixture.pull->outcome, played.fixture.pull->outcome),
                      fmt::format("{} records", played.pulled)));
  if (!fixture.push.empty())
    add_check(
        checks, fixture, "push: as recorded",
        verdict(push_difference(fixture, played), fmt::format("{} sent", fixture.push.size())));
  if (!fixture.probe.empty())
    add_check(checks, fixture, "probe: as recorded",
              verdict(probe_difference(fixture, played),
                      fmt::format("{} looked at", fixture.probe.size())));
  if (!played.complaints.empty())
    add_check(checks, fixture, "requests", failed(played.complaints.front()));
}

} // namespace

std::vector<Check> check_fixture(const System& system, const Fixture& fixture)
{
  std::vector<Check> checks;
  if (!find_stand_in(system.manifest->transport)) {
    add_check(checks, fixture, "play",
              skipped(fmt::format("fixtures of the transport '{}' cannot be played yet",
                                  system.manifest->transport)));
    return checks;
  }
  const auto played = play(system, fixture);
  if (!played) {
    add_check(checks, fixture, "play", failed(played.error().what));
    return checks;
  }
  add_as_recorded(fixture, *played, checks);
  if (fixture.pull) check_pull_faults(system, fixture, checks);
  if (!fixture.push.empty()) check_push_faults(system, fixture, checks);
  return checks;
}

Result<Fixture> accepted(const System& system, const Fixture& fixture)
{
  TRY(auto played, play(system, fixture));
  if (!played.complaints.empty()) return fail(ErrorKind::invalid, played.complaints.front());
  if (fixture.pull) {
    auto& fails = played.fixture.pull->fails;
    if (played.failure.find(fails) == std::string::npos) fails = played.failure;
  }
  return std::move(played.fixture);
}

} // namespace gramsetu::connectors::kit
