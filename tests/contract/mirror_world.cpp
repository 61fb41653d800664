// From fixtures to a mirror behind a real server, and what is done behind the connector's back.
#include "tests/contract/mirror_world.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/http.hpp"
#include "connectors/kit/fixture.hpp"
#include "connectors/kit/system.hpp"
#include "schema/json.hpp"
#include "schema/xml.hpp"
#include "tests/contract/made_records.hpp"
#include "tests/contract/mirror.hpp"
#include "tests/contract/schemes.hpp"
#include "tests/contract/sim_world.hpp"
#include "tests/endpoints/http_server.hpp"
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace gramsetu::contract {

namespace {

using connectors::EndpointSettings;
using connectors::Intent;
using connectors::kit::Exchange;
using connectors::kit::Fixture;
using connectors::kit::System;
using schema::Value;
namespace http = connectors::http;

constexpr std::size_t kRecords = 8;
constexpr std::uint16_t kAnyPort = 0;

// Read once: every subcase starts anew.
const System& system_of(const std::string& name)
{
  static std::map<std::string, System> known;
  auto& system = known[name];
  if (system.manifest) return system;
  std::vector<schema::Finding> findings;
  const auto file = std::string(GRAMSETU_SOURCE_DIR) + "/connectors/manifests/" + name + ".yaml";
  system = connectors::kit::read_system(file, shipped_entities(), findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  return system;
}

const std::vector<Fixture>& fixtures_of(const System& system)
{
  static std::map<std::string, std::vector<Fixture>> known;
  const auto& name = system.manifest->name;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  std::vector<schema::Finding> findings;
  auto& all = known[name];
  for (const auto& file : connectors::kit::find_fixtures(system.file, name))
    all.push_back(connectors::kit::read_fixture(file, *system.manifest, findings));
  return all;
}

// What is sent and read besides, in the fixture's words.
http::Values values_of(const System& system, const Fixture& fixture)
{
  http::Values values = {{"hub", "hub"}};
  for (const auto& option : system.manifest->options)
    values["options." + option.name] = option.default_text;
  for (const auto& [name, value] : fixture.options)
    values["options." + name] = value;
  if (values.contains("options.page_size")) values["options.page_size"] = "3";
  for (const auto& [name, value] : fixture.slice)
    values["slice." + name] = value;
  return values;
}

bool is_good(const MirrorParts& parts, Value record)
{
  const auto& pull = *parts.plan.pull;
  for (const auto& [pointer, value] : pull.add)
    if (const Value* there = schema::at_pointer(record, pointer); !there || there->is_empty())
      schema::set_at_pointer(record, pointer, Value(value.fill(parts.values).value_or("")));
  const auto mapped = parts.stream->mapping->to_record(record);
  return mapped.problems.empty() && check_record(*parts.stream->entity, mapped.record).empty() &&
         key_of(*parts.stream->entity, mapped.record).has_value();
}

// Takes an answer apart: its first good record, and what is around the records.
bool take_apart(const Exchange& exchange, MirrorParts& parts)
{
  const auto& pull = *parts.plan.pull;
  schema::List rows;
  if (pull.format && pull.format->format == connectors::formats::Format::xml) {
    auto rest =
        schema::parse_xml(exchange.answer, {pull.records, {}}, [&](Value row) -> Result<void> {
          rows.push_back(std::move(row));
          return {};
        });
    if (!rest) return false;
    parts.around = *rest;
    parts.single = true;
  } else {
    auto body = schema::parse_json(exchange.answer);
    const Value* found = body ? schema::at_pointer(*body, pull.records) : nullptr;
    if (!found) return false;
    parts.single = found->is_object();
    rows = found->is_list() ? found->list() : schema::List{*found};
    if (!pull.records.empty()) schema::set_at_pointer(*body, pull.records, Value(schema::List()));
    parts.around = std::move(*body);
  }
  for (const auto& row : rows)
    if (row.is_object() && !connectors::extract(*parts.stream, row).deleted &&
        is_good(parts, row)) {
      parts.pattern = row;
      return true;
    }
  return false;
}

struct Shown {
  MirrorParts parts;
  const Fixture* fixture = nullptr; // null: none shows a good record
};

Shown shown(const System& system, const std::string& stream)
{
  Shown made;
  auto& parts = made.parts;
  std::vector<schema::Finding> findings;
  const auto plan = http::read_plan(*system.manifest, findings);
  parts.manifest = system.manifest;
  parts.stream = system.stream(stream);
  REQUIRE(parts.stream != nullptr);
  parts.plan = plan.streams.find(stream)->second;
  if (plan.reach) parts.doors.push_back(*plan.reach);
  for (const auto& [name, other] : plan.streams)
    if (name != stream && other.pull) parts.doors.push_back(other.pull->request);
  for (const auto& fixture : fixtures_of(system)) {
    if (fixture.stream != stream || !fixture.pull) continue;
    parts.values = values_of(system, fixture);
    for (const auto& exchange : fixture.exchanges)
      if (exchange.status == 200 && take_apart(exchange, parts)) {
        made.fixture = &fixture;
        return made;
      }
  }
  return made;
}

class MirrorWorld final : public World {
public:
  MirrorWorld(const System& system, const std::string& stream)
  {
    auto made = shown(system, stream);
    REQUIRE(made.fixture != nullptr);
    fixture_ = made.fixture;
    stream_ = made.parts.stream;
    pages_ = made.parts.plan.pull->pages;
    windows_ = made.parts.plan.pull->delta.has_value();
    const auto& probe = made.parts.plan.push.probe;
    looks_by_key_ = !probe || probe->by_key;
    settings_.manifest = system.manifest;
    mirror_ = std::make_unique<Mirror>(std::move(made.parts));
    mirror_->seed(kRecords);
    auto started = sim::HttpServer::start(
        kAnyPort, [this](const sim::Request& request) { return mirror_->handle(request); });
    REQUIRE(started);
    server_ = std::move(*started);
    mirror_->on_refuse([this](std::chrono::milliseconds time) { server_->refuse_for(time); });
    configure();
  }

  ~MirrorWorld() override { server_.reset(); }

  std::unique_ptr<connectors::Connector> open() override
  {
    auto opened = http::transport_type().open(settings_, {clock_, Log(clock_, sink_), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  const connectors::Stream& stream() const override { return *stream_; }

  connectors::Slice slice() const override
  {
    connectors::Slice slice{"all", fixture_->slice};
    return slice;
  }

  void touch() override { mirror_->touch(); }
  void empty() override { mirror_->empty(); }

  bool strike(Mishap mishap, int skip) override
  {
    auto fault = fault_of(mishap);
    if (!fault) return false;
    fault->skip = skip;
    mirror_->faults().add(*fault);
    return true;
  }

  bool strike_slow(std::chrono::milliseconds wait) override
  {
    sim::Fault fault;
    fault.kind = sim::Fault::Kind::latency;
    fault.wait = wait;
    mirror_->faults().add(fault);
    return true;
  }

  void calm() override
  {
    mirror_->faults().clear();
    for (int i = 0; i < 1000; ++i) {
      if (sim::ask(server_->port(), "GET", "/_sim/faults").connected) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("the mirror does not come back");
  }

  bool has_pages() const override { return pages_.by != http::PagesPlan::By::none || windows_; }
  bool has_windows() const override { return windows_; }
  bool tells_total() const override { return !pages_.total.empty() && !windows_; }
  bool looks_by_key() const override { return looks_by_key_; }
  std::size_t effects() override { return mirror_->ledger().effects().size(); }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    const auto all = mirror_->ledger().effects();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& effect) {
      return effect.idempotency_key == idempotency_key;
    }));
  }

  Intent fresh(int number) override
  {
    auto record = mirror_->pattern();
    for (const auto part : stream_->entity->key)
      if (stream_->entity->fields[part].type == schema::FieldType::text &&
          stream_->mapping->pushed()[part]) {
        record.fields[part] = Value(fmt::format("NEW{}", number));
        break;
      }
    Intent intent;
    intent.key = key_of(*stream_->entity, record).value_or("");
    intent.idempotency_key = fmt::format("idem-{}", number);
    intent.body = stream_->mapping->to_remote(record, stream_->mapping->pushed());
    return intent;
  }

  Value changed(const Value& body, int number) override
  {
    return changed_body(*stream_, body, number);
  }

  std::string unknown_key() override
  {
    const auto key = fresh(777'777).key;
    return key.empty() || key.find("777777") == std::string::npos ? "777777" : key;
  }

private:
  void configure()
  {
    const auto url = fmt::format("http://127.0.0.1:{}", server_->port());
    mirror_->at(url);
    settings_.name = "mirror";
    settings_.url = url;
    settings_.options = fixture_->options;
    settings_.limits.connect_timeout = std::chrono::milliseconds(2'000);
    settings_.limits.first_byte_timeout = std::chrono::milliseconds(15'000);
    for (const auto& option : settings_.manifest->options)
      if (option.name == "page_size") settings_.options["page_size"] = "3";
    auto sealed = connectors::kit::make_sealed(settings_, folder_.path());
    REQUIRE_MESSAGE(sealed, (sealed ? "" : sealed.error().what));
    mirror_->seal(std::move(*sealed));
  }

  const Fixture* fixture_ = nullptr;
  const connectors::Stream* stream_ = nullptr;
  http::PagesPlan pages_;
  bool windows_ = false, looks_by_key_ = true;
  test::TempDir folder_;
  EndpointSettings settings_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<sim::HttpServer> server_;
  SystemClock clock_;
  NullSink sink_;
};

} // namespace

MakeWorld mirror_world(const std::string& manifest, const std::string& stream)
{
  const auto& system = system_of(manifest);
  if (!shown(system, stream).fixture) return nullptr;
  return [&system, stream] { return std::make_unique<MirrorWorld>(system, stream); };
}

} // namespace gramsetu::contract
