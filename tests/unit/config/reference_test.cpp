// The files that are made from the tables, and the example.
#include "config/options.hpp"
#include "config/reference.hpp"
#include "config/values.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace gramsetu;

namespace {

std::string in_source(const std::string& name)
{
  return std::string(GRAMSETU_SOURCE_DIR) + "/config/" + name;
}

std::string read_file(const std::string& path)
{
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Equal, or with UPDATE=1 made equal.
void check_generated(const std::string& name, const std::string& text)
{
  if (std::getenv("UPDATE")) std::ofstream(in_source(name)) << text;
  INFO("config/" << name << " is not what the tables say: run ./dev docs");
  CHECK((read_file(in_source(name)) == text));
}

void check_mentions(const config::Table& table, const std::string& text)
{
  for (const auto& option : table.options) {
    CAPTURE(option.name);
    CHECK(text.find(std::string(option.name) + ":") != text.npos);
    if (option.members) check_mentions(*option.members, text);
  }
}

void check_described(const config::Table& table)
{
  for (const auto& option : table.options) {
    CAPTURE(option.name);
    CHECK_FALSE(option.help.empty());
    CHECK_FALSE(option.help.ends_with('.'));
    CHECK_FALSE((option.required && !option.default_text.empty()));
    if (option.members) check_described(*option.members);
  }
}

} // namespace

TEST_CASE("generated: the reference page and the schemas are what the tables say")
{
  check_generated("reference.md", config::reference_page());
  check_generated("gramsetu.schema.json", config::schema_json());
  check_generated("manifest.schema.json", config::manifest_schema());
}

TEST_CASE("every option is described")
{
  check_described(config::operator_file());
}

TEST_CASE("the example is right, and shows every option")
{
  const std::string file = in_source("gramsetu.example.yaml");
  const auto loaded = config::load(file, config::installed_paths(file), false);
  for (const auto& finding : loaded->findings)
    FAIL_CHECK(to_text(finding));
  CHECK(loaded->config.flows.size() > 4);
  // `none` is the one that is a word rather than a key.
  check_mentions(config::operator_file(), read_file(file) + "none:");
}

TEST_CASE("an installation's folders come before those beside the file")
{
  const test::TempDir dir;
  dir.write("etc/connectors/mine.yaml", "");
  ::setenv("GRAMSETU_SHARE", "/opt/share", 1);
  const auto paths = config::installed_paths(dir.file("etc/gramsetu.yaml"));
  ::unsetenv("GRAMSETU_SHARE");
  CHECK(paths.entities == std::vector<std::string>{"/opt/share/entities"});
  CHECK(paths.manifests ==
        std::vector<std::string>{"/opt/share/connectors", dir.file("etc/connectors")});
}

TEST_CASE("windows, addresses and URLs are read whole or not at all")
{
  CHECK(config::read_window("20:00-06:00")->from == std::chrono::hours(20));
  CHECK(config::read_window("00:00-24:00")->to == std::chrono::hours(24));
  for (const auto* text : {"20:00", "20:00-20:00", "24:00-06:00", "2:00-06:00", "20:60-06:00", ""})
    CHECK_FALSE(config::read_window(text));
  CHECK(config::read_listen("127.0.0.1:0")->port == 0);
  CHECK(config::read_listen("[::1]:8470")->host == "::1");
  for (const auto* text :
       {"127.0.0.1", ":8470", "127.0.0.1:", "127.0.0.1:65536", "[::1:80", "a b:1"})
    CHECK_FALSE(config::read_listen(text));
  CHECK(config::read_url("HTTPS://A.example:8443/x")->host == "a.example");
  for (const auto* text : {"a.example", "https://", "https://a b", "https://a/x?y", "https://a/#x",
                           "https://u@a", "file:///etc/passwd", "https://a:x/", "https://a\n"})
    CHECK_FALSE(config::read_url(text));
  CHECK(config::is_loopback("127.1.2.3"));
  CHECK_FALSE(config::is_loopback("127.0.0.1.example.in"));
  CHECK_FALSE(config::is_loopback("0.0.0.0"));
}
