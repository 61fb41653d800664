// The simulated endpoints behind a contract test: clerks, mishaps and the ledger.
#include "tests/contract/sim_world.hpp"
#include "tests/contract/schemes.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/http.hpp"
#include "schema/json.hpp"
#include "tests/endpoints/plain_client.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

namespace gramsetu::contract {

namespace {

using connectors::EndpointSettings;
using connectors::Intent;
using connectors::Stream;
using connectors::Verb;
using schema::Value;
using sim::Fault;

// Read once: every subcase starts anew.
std::shared_ptr<const connectors::Manifest> manifest_of(const std::string& text)
{
  static std::map<std::string, std::shared_ptr<const connectors::Manifest>> known;
  auto& manifest = known[text];
  if (manifest) return manifest;
  std::vector<schema::Finding> findings;
  const bool inlined = text.find('\n') != std::string::npos;
  const auto document = inlined
                            ? schema::parse_document(text, "inline.yaml", findings)
                            : schema::read_document(std::string(GRAMSETU_SOURCE_DIR) +
                                                        "/connectors/manifests/" + text + ".yaml",
                                                    findings);
  manifest = connectors::read_manifest(document, shipped_entities(), findings);
  connectors::http::transport_type().check_manifest(*manifest, findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  return manifest;
}

sim::SimulatorOptions small_district()
{
  sim::SimulatorOptions options;
  options.district.gram_panchayats = 6;
  options.district.vouchers = 11;
  options.district.service_requests = 28; // a quarter of them at the state, too
  return options;
}

class SimWorld final : public World {
public:
  explicit SimWorld(const SimStream& what) : what_(what), manifest_(manifest_of(what.manifest))
  {
    if (what_.wire.empty()) what_.wire = what_.stream;
    if (what_.path.empty()) what_.path = what_.wire;
    auto started = sim::Simulator::start(small_district());
    REQUIRE(started);
    simulator_ = std::move(*started);
    for (const auto& stream : manifest_->streams)
      if (stream.name == what_.stream) stream_ = &stream;
    REQUIRE(stream_ != nullptr);
    if (what_.endpoint == "generic") load_generic();
    if (what_.endpoint == "central" && what_.wire == "service_requests") load_requests();
    const auto node = stream_->pull.find("pages");
    has_pages_ = node != nullptr;
    tells_total_ = node != nullptr && node->find("total") != nullptr;
    const auto seen = walk(*open(), *this);
    REQUIRE_MESSAGE(seen, (seen ? "" : seen.error().what));
    REQUIRE_FALSE(seen->records.empty());
    const auto mapped = stream_->mapping->to_record(seen->records.front().body);
    REQUIRE(mapped.problems.empty());
    pattern_ = mapped.record;
  }

  std::unique_ptr<connectors::Connector> open() override
  {
    EndpointSettings settings;
    settings.name = what_.endpoint;
    settings.url = simulator_->url(what_.endpoint);
    settings.manifest = manifest_;
    settings.limits.connect_timeout = std::chrono::milliseconds(2'000);
    settings.limits.first_byte_timeout = std::chrono::milliseconds(15'000);
    for (const auto& option : manifest_->options)
      if (option.name == "page_size") settings.options["page_size"] = "3";
    log_in(settings);
    auto opened =
        connectors::http::transport_type().open(settings, {clock_, Log(clock_, sink_), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  const Stream& stream() const override { return *stream_; }

  connectors::Slice slice() const override
  {
    connectors::Slice slice{"all", {}};
    if (what_.endpoint != "lgd") return slice;
    slice.part = {{"state", "19"}, {"district", "309"}};
    if (what_.stream == "villages") slice.part["subdistrict"] = subdistrict();
    return slice;
  }

  void touch() override
  {
    // Records were made long ago by the simulator's clock, so a touch is the newest change.
    const auto touched = endpoint().touch(what_.wire, 1, 4);
    REQUIRE(touched);
    REQUIRE(*touched == 1);
  }

  void empty() override
  {
    const auto all = endpoint().records(what_.wire);
    REQUIRE(all);
    if (what_.endpoint == "lgd" || what_.endpoint == "generic") {
      const auto body = schema::parse_json(
          fmt::format(R"({{"stream":"{}","records":[],"replace":true}})", what_.wire));
      REQUIRE(endpoint().load(what_.wire, *body));
      return;
    }
    for (const auto& record : *all)
      REQUIRE(endpoint().remove(what_.wire, stream_id(record)));
  }

  bool strike(Mishap mishap, int skip) override
  {
    auto fault = fault_of(mishap);
    if (!fault) return false;
    fault->path = what_.path;
    fault->skip = skip;
    endpoint().faults().add(*fault);
    return true;
  }

  bool strike_slow(std::chrono::milliseconds wait) override
  {
    Fault fault;
    fault.kind = Fault::Kind::latency;
    fault.wait = wait;
    endpoint().faults().add(fault);
    return true;
  }

  void calm() override
  {
    endpoint().faults().clear();
    // A port that refused comes back by itself; ten seconds is far beyond what it needs.
    for (int i = 0; i < 1000; ++i) {
      if (sim::ask(simulator_->port(what_.endpoint), "GET", "/_sim/faults").connected) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL("the simulated endpoint does not come back");
  }

  bool has_pages() const override { return has_pages_; }
  bool tells_total() const override { return tells_total_; }
  std::size_t effects() override { return endpoint().ledger().effects().size(); }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    const auto all = endpoint().ledger().effects();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& effect) {
      return effect.idempotency_key == idempotency_key;
    }));
  }

  Intent fresh(int number) override
  {
    auto record = pattern_;
    for (const auto part : stream_->entity->key)
      if (stream_->entity->fields[part].type == schema::FieldType::text) {
        record.fields[part] = Value(fmt::format("NEW{}", number));
        break;
      }
    Intent intent;
    intent.verb = Verb::create;
    intent.key = *key_of(*stream_->entity, record);
    intent.idempotency_key = fmt::format("idem-{}", number);
    intent.body = stream_->mapping->to_remote(record, stream_->mapping->pushed());
    return intent;
  }

  Value changed(const Value& body, int number) override
  {
    auto record = stream_->mapping->to_record(body).record;
    record.fields[changing_field()] = Value(fmt::format("changed {}", number));
    return stream_->mapping->to_remote(record, stream_->mapping->pushed());
  }

  std::string unknown_key() override
  {
    auto intent = fresh(777'777);
    return intent.key;
  }

private:
  sim::Endpoint& endpoint() { return *simulator_->endpoint(what_.endpoint); }

  void log_in(EndpointSettings& settings) const
  {
    using Kind = connectors::Auth::Kind;
    auto& auth = settings.auth;
    if (what_.endpoint == "central") {
      auth.kind = Kind::oauth2;
      auth.token_url = simulator_->url("central") + "/oauth2/token";
      auth.client_id = "jalpaiguri";
      auth.client_secret = connectors::Secret("central-secret");
    } else if (what_.endpoint == "state") {
      auth.kind = Kind::basic;
      auth.user = "hub";
      auth.password = connectors::Secret("state-secret");
    } else if (what_.endpoint == "csc") {
      auth.kind = Kind::api_key;
      auth.header = "X-API-Key";
      auth.value = connectors::Secret("csc-key");
    }
  }

  void load_generic()
  {
    schema::List records;
    for (int i = 0; i < 8; ++i) {
      schema::Object record;
      record.append("code", std::to_string(245'101 + i));
      record.append("name", fmt::format("Panchayat {}", i));
      record.append("state", "19");
      record.append("district", "309");
      records.emplace_back(std::move(record));
    }
    schema::Object body;
    body.append("records", std::move(records));
    REQUIRE(endpoint().load(what_.wire, Value(std::move(body))));
  }

  // The generated district has none at the central endpoint.
  void load_requests()
  {
    auto& rest = dynamic_cast<sim::RestEndpoint&>(endpoint());
    constexpr std::int64_t kLongAgo = 1'770'000'000'000;
    for (int i = 0; i < 5; ++i) {
      const auto record = schema::parse_json(
          fmt::format(R"({{"applRefNo":"A{}","serviceCd":"INC","status":"SUBMITTED",)"
                      R"("lgd":{{"stateCode":19,"districtCode":309,"gpCode":245101}}}})",
                      i));
      REQUIRE(record);
      rest.seed(what_.wire, record->object(), kLongAgo + i * 60'000);
    }
  }

  std::string stream_id(const Value& record) const
  {
    return connectors::extract(*stream_, record).remote_id;
  }

  std::string subdistrict() const
  {
    const auto all = simulator_->endpoint("lgd")->records("subdistricts");
    REQUIRE(all);
    return sim::text_at(all->front(), "code");
  }

  // A text that both sides map, that is no part of the key, and that no rule of the endpoint looks at.
  std::size_t changing_field() const
  {
    const auto& entity = *stream_->entity;
    const auto& mapping = *stream_->mapping;
    for (std::size_t i = 0; i < entity.fields.size(); ++i) {
      const auto& field = entity.fields[i];
      const bool in_key = std::find(entity.key.begin(), entity.key.end(), i) != entity.key.end();
      if (field.type == schema::FieldType::text && !in_key && mapping.pushed()[i] &&
          mapping.pulled()[i] && !field.required)
        return i;
    }
    FAIL("the stream has no text that could be changed");
    return 0;
  }

  SimStream what_;
  std::shared_ptr<const connectors::Manifest> manifest_;
  std::unique_ptr<sim::Simulator> simulator_;
  const Stream* stream_ = nullptr;
  schema::Record pattern_;
  bool has_pages_ = false, tells_total_ = false;
  SystemClock clock_;
  NullSink sink_;
};

} // namespace

std::optional<Fault> fault_of(Mishap mishap)
{
  using Kind = Fault::Kind;
  Fault fault;
  const auto kind = [&](Kind which) {
    fault.kind = which;
    return fault;
  };
  const auto status = [&](int code, const std::string& retry_after = "") {
    fault.status = code;
    fault.retry_after = retry_after;
    return fault;
  };
  switch (mishap) {
  case Mishap::latency: fault.wait = std::chrono::milliseconds(30); return kind(Kind::latency);
  case Mishap::throttled: return status(429, "7");
  case Mishap::down: return status(503);
  case Mishap::broken: return status(500);
  case Mishap::forbidden: return status(403);
  case Mishap::truncated: return kind(Kind::truncate);
  case Mishap::chunk_cut: return kind(Kind::chunk_cut);
  case Mishap::two_lengths: return kind(Kind::two_lengths);
  case Mishap::closed: return kind(Kind::close);
  case Mishap::answer_lost: return kind(Kind::commit_then_drop);
  case Mishap::repeated_page: return kind(Kind::repeat_page);
  case Mishap::half_page: return kind(Kind::half_page);
  case Mishap::empty_page: return kind(Kind::empty);
  case Mishap::html: return kind(Kind::html);
  case Mishap::malformed: return kind(Kind::malformed);
  case Mishap::redirect: return kind(Kind::redirect);
  case Mishap::not_found: fault.body = "<html><h1>404</h1></html>"; return status(404);
  case Mishap::revoked: return kind(Kind::revoke);
  case Mishap::refused: fault.wait = std::chrono::milliseconds(60); return kind(Kind::refuse);
  }
  return std::nullopt;
}

MakeWorld sim_world(const SimStream& what)
{
  return [what] { return std::make_unique<SimWorld>(what); };
}

void check_manifest_contract(const std::string& endpoint, const std::string& manifest,
                             const std::set<std::string>& without)
{
  const auto read = manifest_of(manifest);
  std::set<std::string> ways; // of paging
  for (const auto& stream : read->streams) {
    if (without.contains(stream.name)) continue;
    const auto* pages = stream.pull.find("pages");
    const auto* by = pages ? pages->find("by") : nullptr;
    const bool first = ways.insert(by ? by->scalar : "none").second;
    SUBCASE(stream.name.c_str())
    {
      const auto make = sim_world({endpoint, manifest, stream.name, "", ""});
      check_reading(make);
      check_writing(make);
      // What goes wrong on the way is the same for all streams that are asked for in one way.
      if (first) {
        check_mishaps(make);
        check_manners(make);
      }
    }
  }
}

} // namespace gramsetu::contract
