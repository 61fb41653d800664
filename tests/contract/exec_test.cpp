// The exec transport: a tap that is only read, and a target that is only written.
#include "connectors/exec/exec.hpp"
#include "schema/json.hpp"
#include "tests/contract/connector_contract.hpp"
#include "tests/contract/schemes.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <sstream>

using namespace gramsetu;
using namespace gramsetu::contract;

namespace {

// More records than two pages hold.
constexpr int kRecords = 2'100;

constexpr const char* kTap = R"(
connector: register
transport: exec
role: local
options: { script: { type: text } }
tap:
  command: [ python3, -IS, "{options.script}" ]
  config: { folder: "{path}" }
streams:
  schemes:
    entity: scheme
    pull: { stream: schemes, keys: [ scheme_code ] }
    cursor: state
    fields: { scheme_code: scheme_code, name: name }
)";

constexpr const char* kTarget = R"(
connector: warehouse
transport: exec
role: local
options: { script: { type: text } }
target:
  command: [ python3, -IS, "{options.script}" ]
  config: { folder: "{path}" }
streams:
  schemes:
    entity: scheme
    push:
      keys: [ scheme_code ]
      schema: { scheme_code: string, name: string }
      upserts: true
      idempotency: _key
      deletes: { field: _sdc_deleted_at }
      batch: 4
    fields: { scheme_code: scheme_code, name: name }
)";

class Programs : public World {
public:
  Programs(const char* manifest, const std::string& script) : script_(script)
  {
    std::vector<schema::Finding> findings;
    const auto document = schema::parse_document(manifest, "manifest.yaml", findings);
    manifest_ = connectors::read_manifest(document, shipped_entities(), findings);
    connectors::exec::transport_type().check_manifest(*manifest_, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
    touch();
  }

  std::unique_ptr<connectors::Connector> open() override
  {
    connectors::EndpointSettings settings;
    settings.name = "program";
    settings.path = folder_.path();
    settings.manifest = manifest_;
    settings.options["script"] = std::string(GRAMSETU_SOURCE_DIR) + "/tests/singer/" + script_;
    auto opened =
        connectors::exec::transport_type().open(settings, {clock_, Log(clock_, sink_), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  const connectors::Stream& stream() const override { return manifest_->streams.front(); }

  void touch() override
  {
    std::string text;
    for (int i = 0; i < kRecords; ++i)
      text += line_of(i, i == 3 ? 1'000'000 + ++touches_ : i + 1);
    folder_.write("records.jsonl", text);
  }

  void empty() override { folder_.write("records.jsonl", ""); }

  bool strike_slow(std::chrono::milliseconds late) override
  {
    folder_.write("mishap", fmt::format("latency {}", late.count() / 1'000));
    return true;
  }

  void calm() override { std::filesystem::remove(folder_.file("mishap")); }

  bool tells_total() const override { return true; }

  std::size_t effects() override
  {
    const auto ledger = folder_.read("applied.jsonl");
    return static_cast<std::size_t>(std::count(ledger.begin(), ledger.end(), '\n'));
  }

  std::size_t effects_of(const std::string& idempotency_key) override
  {
    std::istringstream ledger(folder_.read("applied.jsonl"));
    std::size_t count = 0;
    for (std::string line; std::getline(ledger, line);)
      count += line == schema::to_json(schema::Value(idempotency_key));
    return count;
  }

  connectors::Intent fresh(int number) override { return fresh_scheme(number); }

  schema::Value changed(const schema::Value& body, int number) override
  {
    return renamed(body, number);
  }

  std::string unknown_key() override { return "nowhere"; }

protected:
  void set(const std::string& mishap) { folder_.write("mishap", mishap); }

private:
  static std::string line_of(int number, int changed)
  {
    return fmt::format(R"({{"scheme_code":"S{}","name":"Scheme {}","changed":{}}})"
                       "\n",
                       number, changed, changed);
  }

  const std::string script_;
  int touches_ = 0;
  test::TempDir folder_;
  std::shared_ptr<const connectors::Manifest> manifest_;
  SystemClock clock_;
  NullSink sink_;
};

class Tap final : public Programs {
public:
  Tap() : Programs(kTap, "tap.py") {}

  bool strike(Mishap mishap, int skip) override
  {
    if (skip > 0) return false; // there is one run for all pages
    switch (mishap) {
    case Mishap::latency: set("latency 0.1"); return true;
    case Mishap::down: set("down"); return true;
    case Mishap::broken: set("killed"); return true;
    case Mishap::closed: set("closed"); return true;
    case Mishap::malformed: set("malformed"); return true;
    default: return false;
    }
  }
};

// The same, where sending again what was sent has no effect.
class Target final : public Programs {
public:
  Target() : Programs(kTarget, "target.py") {}
  bool reads() const override { return false; }

  bool strike(Mishap mishap, int skip) override
  {
    if (skip > 0) return false;
    switch (mishap) {
    case Mishap::latency: set("latency 0.1"); return true;
    case Mishap::down: set("down"); return true;
    case Mishap::broken: set("broken"); return true;
    case Mishap::closed: set("closed"); return true;
    case Mishap::answer_lost: set("answer_lost"); return true;
    case Mishap::truncated: set("silent"); return true;
    default: return false;
    }
  }
};

} // namespace

TEST_CASE("a tap keeps the connector contract, and is not written")
{
  check_connector_contract([] { return std::make_unique<Tap>(); });
}

TEST_CASE("a target keeps what the contract says of writing, and is not read")
{
  const auto make = [] { return std::make_unique<Target>(); };
  SUBCASE("writing")
  {
    check_writing(make);
  }
  SUBCASE("mishaps")
  {
    check_mishaps(make);
  }
  SUBCASE("manners")
  {
    check_manners(make);
  }
  SUBCASE("reading")
  {
    const auto world = make();
    const auto connector = world->open();
    const auto walked = walk(*connector, *world);
    REQUIRE_FALSE(walked);
    CHECK(walked.error().kind == ErrorKind::unsupported);
    CHECK(connector->reach({}));
  }
}
