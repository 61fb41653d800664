// From fixtures to calls of a connector, and from pages to records.
#include "connectors/kit/player.hpp"

#include "connectors/wrap/attaching.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::size_t kPagesMost = 1'000;

EndpointSettings settings_of(const Scene& scene)
{
  EndpointSettings settings;
  settings.name = scene.system.manifest->name;
  settings.role = scene.system.manifest->role;
  settings.manifest = scene.system.manifest;
  settings.options = scene.fixture.options;
  for (const auto& option : settings.manifest->options)
    if (!option.default_text.empty())
      settings.options.try_emplace(option.name, option.default_text);
  // Nothing here is further away than this machine.
  settings.limits.connect_timeout = std::chrono::seconds(5);
  settings.limits.first_byte_timeout = std::chrono::seconds(10);
  settings.limits.total_timeout = std::chrono::seconds(20);
  return settings;
}

} // namespace

Instant JumpClock::now() const noexcept
{
  return clock_.now() + slept();
}

Ticks JumpClock::ticks() const noexcept
{
  return clock_.ticks() + slept();
}

bool JumpClock::sleep_until(Ticks deadline, std::stop_token stop)
{
  if (stop.stop_requested()) return false;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - ticks());
  const std::lock_guard lock(mutex_);
  if (wait > wait.zero()) slept_ += wait;
  return true;
}

std::chrono::milliseconds JumpClock::slept() const
{
  const std::lock_guard lock(mutex_);
  return slept_;
}

ReadRecord read_record(const Stream& stream, const RemoteRecord& remote)
{
  ReadRecord read;
  auto mapped = stream.mapping->to_record(remote.body);
  const auto key = key_of(*stream.entity, mapped.record);
  read.id = !remote.remote_id.empty() ? remote.remote_id : key.value_or("");
  read.deleted = remote.deleted;
  if (read.deleted) return read;
  auto problems = std::move(mapped.problems);
  if (problems.empty() && !key) problems.push_back({"", "no_key", key.error().what});
  if (problems.empty()) problems = check_record(*stream.entity, mapped.record);
  for (const auto& problem : problems) {
    read.misfits.push_back({problem.pointer, problem.code});
    read.texts.push_back(problem.text);
  }
  const auto envelope = envelope_of(stream);
  for (auto& pointer : mapped.unknown)
    if (std::find(envelope.begin(), envelope.end(), pointer) == envelope.end())
      read.unknown.push_back(std::move(pointer));
  if (problems.empty()) read.json = encode_record(*stream.entity, mapped.record);
  read.record = std::move(mapped.record);
  return read;
}

Result<Reading> read_slice(Connector& connector, const PullRequest& first, std::size_t pages)
{
  Reading reading;
  PullRequest request = first;
  while (reading.pages < pages) {
    TRY(const Page page, connector.pull(request, {}));
    ++reading.pages;
    for (const auto& remote : page.records)
      reading.records.push_back(read_record(*request.stream, remote));
    reading.bad.insert(reading.bad.end(), page.bad.begin(), page.bad.end());
    reading.damaged = reading.damaged || page.damaged;
    reading.cursor = request.seen = page.cursor;
    request.page = page.next;
    reading.complete = page.last;
    if (page.last) break;
  }
  return reading;
}

PullOutcome outcome_of(const Reading& reading)
{
  PullOutcome outcome;
  std::set<std::string> unknown;
  for (const auto& record : reading.records) {
    if (record.deleted)
      outcome.deleted.push_back(record.id);
    else if (record.misfits.empty())
      outcome.records.push_back(record.json);
    else
      outcome.quarantined.push_back(record.misfits.front());
    unknown.insert(record.unknown.begin(), record.unknown.end());
  }
  for (const auto& piece : reading.bad)
    outcome.quarantined.push_back({piece.pointer, piece.code});
  outcome.unknown.assign(unknown.begin(), unknown.end());
  outcome.cursor = reading.cursor;
  return outcome;
}

Result<std::vector<Intent>> intents_of(const Scene& scene)
{
  std::vector<Intent> intents;
  const auto& stream = scene.stream;
  for (const auto& step : scene.fixture.push) {
    Intent intent;
    intent.idempotency_key = fmt::format("fixture-{}", intents.size() + 1);
    intent.verb = step.verb;
    intent.key = step.key;
    intent.remote_id = step.id;
    intent.expected_version = step.version;
    if (step.verb != Verb::remove) {
      TRY(const auto record, decode_record(*stream.entity, step.record));
      if (intent.key.empty()) intent.key = key_of(*stream.entity, record).value_or("");
      intent.body = stream.mapping->to_remote(record, stream.mapping->pushed());
    }
    intents.push_back(std::move(intent));
  }
  return intents;
}

Result<std::unique_ptr<Player>> Player::open(const Scene& scene)
{
  const auto& transport = scene.system.manifest->transport;
  const auto* stand_in = find_stand_in(transport);
  const auto* type =
      find_transport(stand_in && !stand_in->spoken.empty() ? stand_in->spoken : transport);
  if (!stand_in || !type)
    return fail(ErrorKind::unsupported,
                fmt::format("fixtures of the transport '{}' cannot be played yet", transport));
  std::unique_ptr<Player> player(new Player(scene));
  TRY(player->stand_in_, stand_in->open(player->scene_));
  player->settings_ = settings_of(scene);
  TRY_VOID(player->stand_in_->serve(player->settings_));
  const Services services{player->clock_, Log(player->clock_, player->sink_), scene.fixture.hub};
  TRY(player->bare_, type->open(player->settings_, services));
  TRY(auto inner, type->open(player->settings_, services));
  player->wrapped_ =
      connectors::wrapped(wrap::attaching(std::move(inner), nullptr), player->settings_, services);
  return player;
}

PullRequest Player::request() const
{
  PullRequest request;
  request.stream = &scene_.stream;
  for (const auto& [name, value] : scene_.fixture.slice)
    request.slice.id += (request.slice.id.empty() ? "" : ",") + name + "=" + value;
  if (request.slice.id.empty()) request.slice.id = "all";
  request.slice.part = scene_.fixture.slice;
  if (scene_.fixture.pull) request.since = scene_.fixture.pull->since;
  return request;
}

Result<Page> Player::first_page()
{
  stand_in_->begin(Step::pull);
  return bare_->pull(request(), {});
}

Result<Reading> Player::pull()
{
  stand_in_->begin(Step::pull);
  const auto pages = scene_.fixture.pull ? scene_.fixture.pull->pages : 0;
  return read_slice(*wrapped_, request(), pages > 0 ? pages : kPagesMost);
}

std::vector<Receipt> Player::push()
{
  stand_in_->begin(Step::push);
  const auto intents = intents_of(scene_);
  if (intents) return wrapped_->push(scene_.stream, *intents, {});
  Receipt wrong;
  wrong.outcome = Receipt::Outcome::not_sent;
  wrong.error = intents.error();
  return std::vector<Receipt>(scene_.fixture.push.size(), wrong);
}

Result<std::vector<Sighting>> Player::look(const std::vector<Reference>& references)
{
  stand_in_->begin(Step::probe);
  return wrapped_->probe(scene_.stream, references, {});
}

Result<std::vector<Sighting>> Player::probe()
{
  std::vector<Reference> references;
  for (const auto& step : scene_.fixture.probe)
    references.push_back({step.key, step.id});
  return look(references);
}

Result<std::vector<Sighting>> Player::look_for_pushed()
{
  TRY(const auto intents, intents_of(scene_));
  std::vector<Reference> references;
  for (const auto& intent : intents)
    references.push_back({intent.key, intent.remote_id});
  return look(references);
}

} // namespace gramsetu::connectors::kit
