// What the table of events comes to: pages, the journal's catalogue, and that the code and the table agree.
#include "base/log.hpp"
#include "base/log_catalogue.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

using namespace gramsetu;
namespace fs = std::filesystem;

namespace {

std::string in_source(const std::string& name)
{
  return std::string(GRAMSETU_SOURCE_DIR) + "/" + name;
}

std::string text_of(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Equal, or with UPDATE=1 made equal.
void check_generated(const std::string& name, const std::string& text)
{
  if (std::getenv("UPDATE")) std::ofstream(in_source(name)) << text;
  INFO(name << " is not what the table says: run ./dev docs");
  CHECK((text_of(in_source(name)) == text));
}

// The names that the product's code gives to Log::event and to sinks.
std::set<std::string> logged()
{
  std::set<std::string> names;
  const std::regex event(R"(\b[Ee]vent::([a-z_]+))");
  for (const auto* room : {"base", "schema", "config", "connectors", "daemon"}) {
    for (const auto& entry : fs::recursive_directory_iterator(in_source(room))) {
      const auto path = entry.path().string();
      const bool code = path.ends_with(".cpp") || path.ends_with(".hpp");
      if (!code || path.ends_with("base/log.cpp")) continue;
      const auto text = text_of(path);
      for (std::sregex_iterator at(text.begin(), text.end(), event), end; at != end; ++at)
        names.insert((*at)[1]);
    }
  }
  return names;
}

} // namespace

TEST_CASE("generated: the page of events and the journal's catalogue are what the table says")
{
  check_generated("config/events.md", events_page());
  check_generated("systemd/gramsetu.catalog", journal_catalogue());
}

TEST_CASE("every event that is logged is in the table, and every row of the table is logged")
{
  const auto names = logged();
  std::set<std::string> rows;
  for (const auto& info : log_events())
    rows.emplace(info.name);
  CHECK(names == rows);
}

TEST_CASE("every message id has an entry in the catalogue, with what happened and what to do")
{
  const auto catalogue = journal_catalogue();
  for (const auto& info : log_events()) {
    CAPTURE(info.name);
    const auto at = catalogue.find("-- " + std::string(info.message_id) + "\nSubject: ");
    REQUIRE(at != catalogue.npos);
    const auto entry = catalogue.substr(at, catalogue.find("\n-- ", at + 1) - at);
    CHECK(entry.find(info.meaning) != entry.npos);
    CHECK(entry.find(info.remedy.empty() ? "Nothing is to be done." : "What to do: ") !=
          entry.npos);
  }
}

TEST_CASE("journalctl takes the catalogue")
{
  if (std::system("command -v journalctl >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: there is no journalctl");
    return;
  }
  const test::TempDir root;
  root.write("usr/lib/systemd/catalog/gramsetu.catalog", journal_catalogue());
  const auto run = [&](const std::string& words) {
    return std::system(
        ("journalctl --root=" + root.path() + " " + words + " >" + root.file("out") + " 2>&1")
            .c_str());
  };
  CHECK(run("--update-catalog") == 0);
  CHECK(run("--list-catalog") == 0);
  const auto listed = root.read("out");
  for (const auto& info : log_events())
    CHECK_MESSAGE(listed.find(info.message_id) != listed.npos, info.name);
}
