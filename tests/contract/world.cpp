// Walking a slice as the engine does.
#include "tests/contract/world.hpp"

#include <doctest/doctest.h>

#include <array>

namespace gramsetu::contract {

namespace {

constexpr std::array<std::pair<Mishap, std::string_view>, 19> kNames = {
    {{Mishap::latency, "latency"},
     {Mishap::throttled, "throttled"},
     {Mishap::down, "down"},
     {Mishap::broken, "broken"},
     {Mishap::forbidden, "forbidden"},
     {Mishap::truncated, "truncated"},
     {Mishap::chunk_cut, "chunk cut"},
     {Mishap::two_lengths, "two lengths"},
     {Mishap::closed, "closed"},
     {Mishap::answer_lost, "answer lost"},
     {Mishap::repeated_page, "repeated page"},
     {Mishap::half_page, "half a page"},
     {Mishap::empty_page, "empty page"},
     {Mishap::html, "html"},
     {Mishap::malformed, "malformed"},
     {Mishap::redirect, "redirect"},
     {Mishap::not_found, "not found"},
     {Mishap::revoked, "token revoked"},
     {Mishap::refused, "refused"}}};

// More pages than any world here has: a connector that never ends must not hang the suite.
constexpr std::size_t kPages = 1000;

// What tells records apart: the endpoint's identity, or the hub's key where it has none.
std::string id_of(const World& world, const connectors::RemoteRecord& record)
{
  if (!record.remote_id.empty()) return record.remote_id;
  const auto& stream = world.stream();
  const auto key = key_of(*stream.entity, stream.mapping->to_record(record.body).record);
  return key.value_or("no key");
}

} // namespace

std::string_view name_of(Mishap mishap)
{
  for (const auto& [value, name] : kNames)
    if (value == mishap) return name;
  return "?";
}

const std::vector<Mishap>& all_mishaps()
{
  static const std::vector<Mishap> all = [] {
    std::vector<Mishap> list;
    for (const auto& [value, name] : kNames)
      list.push_back(value);
    return list;
  }();
  return all;
}

bool claims(const connectors::Capabilities& able, connectors::Verb verb)
{
  switch (verb) {
  case connectors::Verb::create: return able.creates;
  case connectors::Verb::update: return able.updates;
  case connectors::Verb::remove: return able.removes;
  }
  return false;
}

bool writes(const connectors::Capabilities& able)
{
  return able.creates || able.updates || able.removes;
}

connectors::Intent standing(World& world, int number)
{
  const auto walked = walk(*world.open(), world);
  REQUIRE_MESSAGE(walked, (walked ? "" : walked.error().what));
  REQUIRE_FALSE(walked->records.empty());
  const auto& mapping = *world.stream().mapping;
  const auto& record = walked->records[static_cast<std::size_t>(number) % walked->records.size()];
  const auto mapped = mapping.to_record(record.body).record;
  connectors::Intent intent;
  intent.verb = connectors::Verb::update;
  intent.key = key_of(*world.stream().entity, mapped).value_or("");
  intent.remote_id = record.remote_id.empty() ? intent.key : record.remote_id;
  intent.expected_version = record.version;
  intent.idempotency_key = "idem-" + std::to_string(number);
  intent.body = mapping.to_remote(mapped, mapping.pushed());
  return intent;
}

Result<Walk> walk(connectors::Connector& connector, const World& world, const std::string& since,
                  std::stop_token stop)
{
  Walk walked;
  connectors::PullRequest request;
  request.stream = &world.stream();
  request.slice = world.slice();
  request.since = since;
  while (walked.pages.size() < kPages) {
    TRY(connectors::Page page, connector.pull(request, stop));
    walked.at.push_back(request.page);
    walked.damaged = walked.damaged || page.damaged || !page.bad.empty();
    walked.cursor = page.cursor;
    for (const auto& record : page.records) {
      walked.ids.push_back(id_of(world, record));
      walked.records.push_back(record);
    }
    request.page = page.next;
    request.seen = page.cursor;
    walked.pages.push_back(std::move(page));
    if (walked.pages.back().last) return walked;
  }
  return fail(ErrorKind::invalid, "the walk has no end");
}

} // namespace gramsetu::contract
