// connectors test: plays the fixtures of manifests, as recorded and with faults.
#include "connectors/kit/checks.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/installed.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

namespace gramsetu::commands {

namespace kit = connectors::kit;

namespace {

std::string_view name_of(kit::Check::State state)
{
  switch (state) {
  case kit::Check::State::passed: return "pass";
  case kit::Check::State::failed: return "FAIL";
  case kit::Check::State::skipped: return "skip";
  }
  return "";
}

// What was tested, for the answer in JSON and for the last line.
struct Tally {
  schema::List checks, without; // without: connectors that have no fixtures
  std::size_t passed = 0, failed = 0, skipped = 0;

  void add(const std::string& connector, const kit::Check& check, bool json)
  {
    passed += check.state == kit::Check::State::passed;
    failed += check.state == kit::Check::State::failed;
    skipped += check.state == kit::Check::State::skipped;
    schema::Object row;
    row.append("connector", connector);
    row.append("fixture", check.fixture);
    row.append("check", check.what);
    row.append("state", check.state == kit::Check::State::failed ? "fail" : name_of(check.state));
    row.append("text", check.text);
    checks.emplace_back(std::move(row));
    if (!json)
      std::printf("%s  %s/%s  %s%s%s\n", std::string(name_of(check.state)).c_str(),
                  escaped(connector).c_str(), escaped(check.fixture).c_str(),
                  escaped(check.what).c_str(), check.text.empty() ? "" : ": ",
                  escaped(check.text).c_str());
  }
};

bool accept(const kit::System& system, kit::Fixture& fixture)
{
  auto made = kit::accepted(system, fixture);
  if (!made) {
    complain(fixture.name + ": " + made.error().what);
    return false;
  }
  fixture = std::move(*made);
  std::ofstream file(fixture.file, std::ios::trunc);
  file << kit::write_fixture(fixture);
  return static_cast<bool>(file.flush());
}

// False when something of it could not be read.
bool test_one(const kit::System& system, const ConnectorOptions& options, bool json, Tally& tally)
{
  const auto& name = system.manifest->name;
  const auto files = kit::find_fixtures(system.file, name, options.fixtures);
  if (files.empty()) {
    tally.without.emplace_back(name);
    return true;
  }
  bool good = true;
  for (const auto& file : files) {
    std::vector<schema::Finding> findings;
    auto fixture = kit::read_fixture(file, *system.manifest, findings);
    if (!findings.empty()) print_findings(findings, false);
    good = good && findings.empty();
    if (!findings.empty()) continue;
    if (options.accept && !accept(system, fixture)) return false;
    for (const auto& check : kit::check_fixture(system, fixture))
      tally.add(name, check, json);
  }
  return good;
}

void print_tally(const Tally& tally)
{
  for (const auto& name : tally.without)
    std::printf("none  %s has no fixtures\n", escaped(name.text()).c_str());
  std::printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
}

} // namespace

int connectors_test(const Common& common, const ConnectorOptions& options)
{
  if (!options.all && options.name.empty())
    return refuse(common, kUsage, "which connector? name one, or --all");
  const auto all = installed(common);
  Tally tally;
  bool good = true;
  if (options.all) {
    for (const auto& [name, file] : all.files) {
      const auto system = read_connector(all, file);
      good = system && test_one(*system, options, common.json, tally) && good;
    }
  } else {
    const auto system = find_connector(common, all, options.name);
    good = system && test_one(*system, options, common.json, tally);
  }
  if (common.json) {
    schema::Object answer;
    answer.append("checks", std::move(tally.checks));
    answer.append("without_fixtures", std::move(tally.without));
    answer.append("passed", static_cast<std::int64_t>(tally.passed));
    answer.append("failed", static_cast<std::int64_t>(tally.failed));
    answer.append("skipped", static_cast<std::int64_t>(tally.skipped));
    print_json(schema::Value(std::move(answer)));
  } else if (good || !tally.checks.empty()) {
    print_tally(tally);
  }
  if (!good) return kUsage;
  if (tally.failed > 0) return kFailed;
  // A name that has nothing to play was not tested, and must not look as if it were.
  return !options.all && tally.checks.empty() ? kFailed : kDone;
}

} // namespace gramsetu::commands
