// Every scenario is asked three questions: is the result right? is it the same after a death and a resume?
// does a second sync do nothing?
#include "tests/scenario/theatre.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace gramsetu;
using namespace gramsetu::scenario;

namespace {

// Deaths that one scenario is put through in CI; GRAMSETU_DEATHS=1000 tries every step.
constexpr std::size_t kDeaths = 12;

// What was not as the script says, a line each.
struct Performance {
  std::string untrue, picture;
  std::vector<std::size_t> steps;
};

// A disturbed performance has other runs, and takes in some things sooner; it is the end that must be the same.
bool is_expectation(const Line& line)
{
  const auto& word = line.words.front();
  const bool looks = word == "plan" && line.words.size() > 1 && line.words[1].ends_with(':');
  return word == "expect" || word == "effects:" || word == "conflicts:" || word == "quarantine:" ||
         word == "kept:" || word == "left:" || word == "verify" || word == "count" ||
         word == "unresolved:" || looks;
}

Performance perform(const Script& script, std::optional<Death> death)
{
  Performance performance;
  Theatre theatre(death);
  for (const auto& line : script.lines) {
    if (death && is_expectation(line)) continue;
    const auto done = theatre.perform(line);
    if (!done)
      performance.untrue += fmt::format("{}:{}: {}\n", script.file, line.number, done.error().what);
  }
  performance.steps = theatre.steps();
  theatre.settle();
  performance.untrue += theatre.differing();
  performance.picture = theatre.picture();
  performance.untrue += theatre.restless();
  return performance;
}

// Deaths spread evenly over all steps of all runs.
std::vector<Death> deaths_of(const std::vector<std::size_t>& steps)
{
  std::vector<Death> all, some;
  for (std::size_t run = 0; run < steps.size(); ++run)
    for (std::size_t step = 1; step <= steps[run]; ++step)
      all.push_back({run + 1, step});
  const auto* wanted = std::getenv("GRAMSETU_DEATHS");
  const std::size_t most = wanted ? std::strtoull(wanted, nullptr, 10) : kDeaths;
  if (all.size() <= most) return all;
  for (std::size_t i = 0; i < most; ++i)
    some.push_back(all[i * all.size() / most]);
  return some;
}

// Everything that is wrong with a script; nothing when its story is true.
std::string untruths_of(const Script& script)
{
  const auto calm = perform(script, std::nullopt);
  if (!calm.untrue.empty()) return calm.untrue;
  for (const auto& death : deaths_of(calm.steps)) {
    const auto disturbed = perform(script, death);
    const auto where = fmt::format("after a death at step {} of run {}", death.step, death.run);
    if (!disturbed.untrue.empty()) return where + ":\n" + disturbed.untrue;
    if (disturbed.picture != calm.picture)
      return where + " the picture is\n" + disturbed.picture + "and was\n" + calm.picture;
  }
  return {};
}

std::vector<std::string> scenario_files()
{
  std::vector<std::string> files;
  const std::filesystem::path folder = std::string(GRAMSETU_SOURCE_DIR) + "/tests/scenario";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".scenario") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

Script read(const std::string& path)
{
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto script = read_script(std::filesystem::path(path).filename().string(), text.str());
  REQUIRE_MESSAGE(script, (script ? "" : script.error().what));
  return std::move(*script);
}

} // namespace

TEST_CASE("every scenario comes out right, also after a death, and a second sync does nothing")
{
  const auto files = scenario_files();
  REQUIRE(files.size() > 15);
  const char* only = std::getenv("GRAMSETU_SCENARIO");
  for (const auto& file : files) {
    if (only && file.find(only) == std::string::npos) continue;
    const auto script = read(file);
    CAPTURE(script.file);
    CAPTURE(script.story);
    const auto untruths = untruths_of(script);
    CHECK_MESSAGE(untruths.empty(), untruths);
  }
}

TEST_CASE("a story that is not true is found out, by the line that is not")
{
  const std::string head = "story: a remark\nside csc csc\ngiven local_body=1 service_code=INC\n"
                           "csc: set SR1 remarks=one\nsync\n";
  const auto untruths = [&](const std::string& rest) {
    const auto script = read_script("a.scenario", head + rest);
    REQUIRE(script);
    return untruths_of(*script);
  };
  CHECK(untruths("expect hub SR1 remarks=one\n").empty());
  CHECK(untruths("expect hub SR1 remarks=two\n") ==
        "a.scenario:6: remarks of SR1 is 'one', not 'two'\n");
  CHECK(untruths("expect hub SR2 remarks=one\n") == "a.scenario:6: SR2 is not there\n");
  CHECK(untruths("expect run csc created=2\n") == "a.scenario:6: created is 1, not 2 ()\n");
  CHECK(untruths("conflicts: remarks of SR1\n") == "a.scenario:6: there is: none\n");
  CHECK(untruths("kept: two\n") == "a.scenario:6: 'two' is gone without a trace\n");
  CHECK(untruths("verify csc: only_here SR1\n") == "a.scenario:6: there is: none\n");
  CHECK(untruths("differ: csc\n") == "csc agrees with the hub\n");
  CHECK(untruths("csc: paint SR1\n") == "a.scenario:6: 'csc:' is not understood: paint\n");
  CHECK(untruths("dance\n") == "a.scenario:6: 'dance' is not understood\n");
  CHECK(read_script("b.scenario", "sync\n").error().what == "b.scenario:1: the story comes first");
  CHECK(read_script("c.scenario", "story: x\nhub: put \"SR\n").error().what ==
        "c.scenario:2: a quote is never closed");
}
