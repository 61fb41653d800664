// Configuration files for hubs on loopback, and commands on them.
#include "tests/system/hub.hpp"

#include "tests/support/store_engine.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

namespace gramsetu::test {

using schema::Value;

namespace {

// {0}: the folder.
constexpr const char* kConfig =
    R"(hub: {{ name: jalpaiguri, area: {{ state: {1}, district: {2} }} }}
store: {8}
endpoints:
  lgd: {{ connector: lgd, url: "{3}" }}
  central:
    connector: egramswaraj
    url: "{4}"
    auth: {{ oauth2: {{ token_url: "{5}", client_id: jalpaiguri,
                      client_secret: "${{file:{0}/central.secret}}" }} }}
  state:
    connector: state
    url: "{6}"
    auth: {{ basic: {{ user: hub, password: "${{file:{0}/state.secret}}" }} }}
  csc:
    connector: csc
    url: "{7}"
    auth: {{ api_key: {{ header: X-API-Key, value: "${{file:{0}/csc.secret}}" }} }}
api: {{ unix: {0}/api.sock }}
)";

// Nothing where there is no such file.
std::filesystem::file_time_type made_at(const std::string& path)
{
  std::error_code missing;
  const auto at = std::filesystem::last_write_time(path, missing);
  return missing ? std::filesystem::file_time_type() : at;
}

} // namespace

void Hub::configure(const District& district, const std::string& rest)
{
  namespace fs = std::filesystem;
  const auto& ports = district.ports();
  const std::pair<const char*, const char*> secrets[] = {
      {"central", "/central/client_secret"}, {"state", "/state/password"}, {"csc", "/csc/key"}};
  for (const auto& [name, pointer] : secrets) {
    const auto file = folder_.write(std::string(name) + ".secret", text_at(ports, pointer) + "\n");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }
  store::StoreOptions store{path("hub.db"), {}, 8 << 20};
  choose_engine(store);
  write_config(fmt::format(kConfig, folder_.path(), number_at(ports, "/area/state"),
                           number_at(ports, "/area/district"), text_at(ports, "/lgd/url"),
                           text_at(ports, "/central/url"), text_at(ports, "/central/token_url"),
                           text_at(ports, "/state/url"), text_at(ports, "/csc/url"),
                           store_block(store, folder_.path())) +
               rest);
}

Start Hub::command(Words words) const
{
  words.insert(words.begin(), GRAMSETU_BINARY_DIR "/gramsetu");
  words.insert(words.end(), {"-c", path("gramsetu.yaml")});
  return {std::move(words)};
}

Ran Hub::run(Words words, const std::string& input)
{
  auto start = command(std::move(words));
  const auto name = path(fmt::format("command-{}", ++started_));
  if (!input.empty()) start.input = folder_.write(fmt::format("command-{}.in", started_), input);
  Process process(start, name);
  const auto ended = process.wait();
  return {ended ? ended->code : -1, process.out(), process.err()};
}

Value Hub::ask(Words words, int code)
{
  words.push_back("--json");
  const auto said = line_of(words);
  const auto ran = run(std::move(words));
  REQUIRE_MESSAGE(ran.code == code, said, " ended with ", ran.code, "\n", ran.err, ran.out);
  return ran.json();
}

std::unique_ptr<Process> Hub::start(Words words, std::map<std::string, std::string> environment)
{
  auto start = command(std::move(words));
  start.environment = std::move(environment);
  return std::make_unique<Process>(start, path(fmt::format("command-{}", ++started_)));
}

std::unique_ptr<Process> Hub::start_on_terminal(Words words, unsigned short columns)
{
  auto start = command(std::move(words));
  start.terminal = true;
  start.columns = columns;
  return std::make_unique<Process>(start, path(fmt::format("command-{}", ++started_)));
}

std::unique_ptr<Process> Hub::serve(std::map<std::string, std::string> environment)
{
  // What a killed one left is not yet an answer: a command would take the store, and the daemon find it taken.
  const auto before = made_at(path("api.sock"));
  auto daemon = start({"run"}, std::move(environment));
  const auto answers = [&] { return run({"status", "--json"}).code == 0; };
  REQUIRE_MESSAGE(until([&] {
                    return !daemon->running() || (made_at(path("api.sock")) != before && answers());
                  }),
                  "the daemon does not answer: ", daemon->err());
  REQUIRE_MESSAGE(daemon->running(), "the daemon ended: ", daemon->err());
  return daemon;
}

std::string line_of(const Hub::Words& words)
{
  return fmt::format("gramsetu {}", fmt::join(words, " "));
}

Value run_of(const Value& answer, const std::string& flow)
{
  for (const auto& run : list_at(answer, "/runs"))
    if (text_at(run, "/flow") == flow) return run;
  FAIL("there is no run of " << flow << " in " << schema::to_json(answer));
  return {};
}

} // namespace gramsetu::test
