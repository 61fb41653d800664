// The canary: secrets and personal values that are unlike anything else, and a look at everything that comes out.
#include "tests/endpoints/plain_client.hpp"
#include "tests/support/script_server.hpp"
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

// Of the hub: what it shows to endpoints and asks of its own clients.
const std::map<std::string, std::string> kSecrets = {
    {"client secret", "Kanari/Client+Secret=7f3a91"}, {"access token", "KanariAccessToken5d20c8"},
    {"password", "Kanari:Pass word&e41b07"},          {"api key", "Kanari-Api-Key?c95f62"},
    {"own token", "KanariOwnToken-30ab7e"},
};
// Of persons. What no class of privacy covers is not in here.
const std::map<std::string, std::string> kPersonal = {
    {"applicantName", "Kanari Naam a81e"},
    {"mobile", "98300-kanari-77"},
    {"email", "kanari@dak.example"},
    {"address", "Kanari Para 4c09, ward 7"},
    {"vleId", "KANARIVLE0042"},
    {"paymentRef", "KANARIPAY8812"},
    {"certificateNo", "KANARICERT5531"},
    {"remarks", "kanari says 6b2d of a neighbour"},
    {"long name", "Kanari Lamba Naam f00d"},
    {"form", "kanari-form-9e11"},
    {"theirs", "kanari theirs 17cc of ration"},
    {"ours", "kanari ours 22dd of pension"},
};

std::string in_base64(const std::string& text)
{
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    const auto count = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? kLetters[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string escaped_as(const char* form, const std::string& text, bool all)
{
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-._~", c);
    out += plain && !all ? std::string(1, c)
                         : fmt::format(fmt::runtime(form), static_cast<unsigned char>(c));
  }
  return out;
}

// How a value may come out: as it is, and as something on its way might have written it.
std::vector<std::string> forms_of(const std::string& value)
{
  return {value,
          in_base64(value),
          escaped_as("{:02x}", value, true),
          escaped_as("{:02X}", value, true),
          escaped_as("%{:02X}", value, false),
          escaped_as("%{:02x}", value, false)};
}

std::string text_of(const fs::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// An endpoint that says back what it was shown, in every way it could.
std::string echo(int status, std::size_t form, const std::vector<std::string>& shown)
{
  std::string all, headers;
  for (const auto& secret : shown) {
    all += forms_of(secret)[form % forms_of(secret).size()] + " ";
    headers += fmt::format("X-Echo: {0}\r\nWWW-Authenticate: Bearer realm=\"{0}\"\r\n", secret);
  }
  schema::Object body;
  body.append("error", all);
  body.append("message", all);
  return answer(status, schema::to_json(schema::Value(std::move(body))), headers);
}

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "0", "--service-requests", "6"}};
  std::unique_ptr<ScriptServer> echoes[3];
  std::uint16_t port = static_cast<std::uint16_t>(closed_port());
  std::map<std::string, std::string> outputs; // everything that came out, by where

  Scene()
  {
    const auto token = answer(200, fmt::format(R"({{"access_token":"{}","expires_in":3600}})",
                                               kSecrets.at("access token")));
    const std::vector<std::string> shown[] = {
        {kSecrets.at("client secret"), kSecrets.at("access token")},
        {kSecrets.at("password"), "hub:" + kSecrets.at("password")},
        {kSecrets.at("api key")}};
    const int statuses[] = {401, 400, 200};
    for (std::size_t i = 0; i < 3; ++i) {
      std::vector<std::string> answers;
      for (std::size_t round = 0; round < 40; ++round) {
        if (i == 0) answers.push_back(token);
        answers.push_back(echo(statuses[round % 3], round, shown[i]));
      }
      echoes[i] = test::serve(std::move(answers));
    }
    secret("central", kSecrets.at("client secret"));
    secret("state", kSecrets.at("password"));
    secret("echo", kSecrets.at("api key"));
    secret("csc", text_at(district.ports(), "/csc/key"));
    secret("tokens", "kanari admin " + kSecrets.at("own token"));
    hub.write_config(fmt::format(
        R"(hub: {{ name: jalpaiguri, area: {{ state: 19, district: 309 }} }}
store: {{ sqlite: {{ path: {0}/hub.db }} }}
endpoints:
  central:
    connector: egramswaraj
    url: "{1}"
    auth: {{ oauth2: {{ token_url: "{1}/token", client_id: jalpaiguri,
                      client_secret: "${{file:{0}/central.secret}}" }} }}
  state:
    connector: state
    url: "{2}"
    auth: {{ basic: {{ user: hub, password: "${{file:{0}/state.secret}}" }} }}
  echo:
    connector: csc
    url: "{3}"
    auth: {{ api_key: {{ header: X-API-Key, value: "${{file:{0}/echo.secret}}" }} }}
  csc:
    connector: csc
    url: "{4}"
    auth: {{ api_key: {{ header: X-API-Key, value: "${{file:{0}/csc.secret}}" }} }}
flows:
  service_request:
    csc: {{ direction: both, every: 1d }}
    central: {{ direction: pull, every: 1d }}
    state: {{ direction: pull, every: 1d }}
    echo: {{ direction: pull, every: 1d }}
api: {{ unix: {0}/api.sock,
       tcp: {{ listen: 127.0.0.1:{5}, tokens: "${{file:{0}/tokens.secret}}" }} }}
log: {{ level: debug, format: json }}
)",
        hub.folder().path(), echoes[0]->url(), echoes[1]->url(), echoes[2]->url(),
        text_at(district.ports(), "/csc/url"), port));
  }

  void secret(const std::string& name, const std::string& value)
  {
    const auto file = hub.folder().write(name + ".secret", value + "\n");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  }

  void say(Hub::Words words, const std::string& input = "")
  {
    const auto ran = hub.run(words, input);
    outputs[line_of(words)] += ran.out + ran.err;
  }

  void ask(const std::string& method, const std::string& target, const std::string& token,
           const std::string& body = "")
  {
    const auto said = sim::ask(
        port, method, target,
        {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}}, body);
    outputs[method + " " + target] += said.head + said.body;
  }

  void set(const std::string& id, const schema::Object& values)
  {
    schema::Object edit;
    edit.append("stream", "service_requests");
    edit.append("id", id);
    edit.append("set", values);
    district.edit("csc", schema::to_json(schema::Value(edit)));
  }

  // A good record, one that is too long, one of a wrong shape, and a conflict.
  std::string put_persons()
  {
    hub.run({"sync", "service_request@csc"});
    const auto records = district.records("csc", "service_requests");
    const auto id = [&](std::size_t i) { return text_at(records[i], "/requestId"); };
    schema::Object good;
    for (const auto& name :
         {"applicantName", "mobile", "email", "address", "vleId", "paymentRef", "certificateNo"})
      good.append(name, kPersonal.at(name));
    good.append("remarks", kPersonal.at("remarks"));
    set(id(0), good);
    schema::Object lengthy, shape, form;
    lengthy.append("applicantName", kPersonal.at("long name") + std::string(400, 'x'));
    set(id(1), lengthy);
    form.append("field", kPersonal.at("form"));
    shape.append("mobile", form);
    shape.append("email", schema::List{schema::Value(kPersonal.at("form"))});
    set(id(2), shape);
    schema::Object theirs;
    theirs.append("remarks", kPersonal.at("theirs"));
    set(id(3), theirs);
    const auto key = text_at(records[3], "/applicationNo");
    schema::Object ours;
    ours.append("remarks", kPersonal.at("ours"));
    hub.run({"records", "put", "service_request", key}, schema::to_json(schema::Value(ours)));
    return text_at(records[0], "/applicationNo");
  }

  void say_everything(const std::string& key)
  {
    for (const auto* format : {"", "--json"}) {
      const auto with = [&](Hub::Words words) {
        if (*format) words.emplace_back(format);
        say(std::move(words));
      };
      with({"status"});
      with({"logs", "-n", "5000"});
      with({"runs", "list"});
      with({"conflicts", "list"});
      with({"conflicts", "show", "1"});
      with({"quarantine", "list"});
      with({"quarantine", "show", "1"});
      with({"quarantine", "show", "2"});
      with({"records", "list", "service_request"});
      with({"records", "get", "service_request", key});
      with({"records", "history", "service_request", key});
      with({"why", "service_request", key});
      with({"plan"});
      with({"audit", "list", "-n", "5000"});
      with({"connectors", "probe"});
      with({"check"});
      with({"records", "export", "service_request"});
    }
    for (const auto& run : list_at(hub.ask({"runs", "list"}), "/runs"))
      say({"runs", "show", text_at(run, "/run")});
  }

  // Files that came out, and what the kernel shows of the process to its user.
  void collect(const Process& daemon)
  {
    outputs["stderr"] = daemon.err() + daemon.out();
    for (const auto* what : {"environ", "cmdline"})
      outputs[what] = text_of(fmt::format("/proc/{}/{}", daemon.pid(), what));
  }
  void collect_files()
  {
    for (const auto& entry : fs::recursive_directory_iterator(hub.folder().path())) {
      const auto name = entry.path().filename().string();
      const bool kept = name.starts_with("hub.db"); // where values are meant to be
      const bool given = name.ends_with(".secret") || name.ends_with(".in");
      if (entry.is_regular_file() && !given)
        outputs[(kept ? "store " : "file ") + name] = text_of(entry.path());
    }
  }

  std::size_t look(const std::map<std::string, std::string>& canaries, bool in_store)
  {
    std::size_t found = 0;
    for (const auto& [where, text] : outputs) {
      if (where.starts_with("store ") && !in_store) continue;
      for (const auto& [name, value] : canaries) {
        for (const auto& form : forms_of(value)) {
          const auto at = text.find(form);
          if (at == text.npos) continue;
          ++found;
          MESSAGE(name << " in '" << where
                       << "': " << text.substr(at < 200 ? 0 : at - 200, form.size() + 240));
          break;
        }
      }
    }
    return found;
  }
};

} // namespace

TEST_CASE("no secret and no personal value comes out anywhere, whatever goes wrong")
{
  Scene scene;
  const auto key = scene.put_persons();
  auto daemon = scene.hub.serve();
  for (int i = 0; i < 6; ++i) // each time the echoes have another form
    scene.say({"sync"});
  scene.say({"sync", "--full"});
  scene.say_everything(key);
  scene.ask("GET", "/metrics", kSecrets.at("own token"));
  scene.ask("GET", "/api/v1/status", kSecrets.at("own token"));
  scene.ask("GET", "/api/v1/logs?limit=5000", kSecrets.at("own token"));
  scene.ask("GET", "/api/v1/status", kSecrets.at("own token") + "x");
  scene.ask("PUT", "/api/v1/records/service_request/N1", kSecrets.at("own token"),
            R"({"phone":")" + kPersonal.at("mobile") + R"(","email":{"a":")" +
                kPersonal.at("email") + R"("}})");
  scene.ask("POST", "/api/v1/records/service_request", kSecrets.at("own token"),
            R"({"records":[{"reference_number":"N2","applicant_name":")" +
                kPersonal.at("long name") + std::string(400, 'x') + R"("}]})");
  scene.say({"audit", "export", "--from", "1d", "--reason", "canary", "-o",
             scene.hub.path("incident.ndjson")});
  scene.say({"plan", "-o", scene.hub.path("plan.json")});
  scene.collect(*daemon);
  // What the crash leaves: nothing but what was there.
  daemon->signal(SIGABRT);
  REQUIRE(daemon->wait());
  scene.outputs["stderr"] = daemon->err() + daemon->out();
  scene.collect_files();

  // The scene is what it should be: canaries are in the store, went out to endpoints, and made trouble.
  const auto& store = scene.outputs["store hub.db"] + scene.outputs["store hub.db-wal"];
  CHECK(has(store, kPersonal.at("applicantName")));
  CHECK(has(store, kPersonal.at("form")));
  CHECK(has(scene.outputs["gramsetu quarantine list"], "wrong_type"));
  CHECK(has(scene.outputs["gramsetu conflicts list"], "remarks"));
  for (const auto& server : scene.echoes)
    CHECK_FALSE(server->heard().empty());
  CHECK(has(scene.outputs["stderr"], "endpoint_down"));
  CHECK(scene.look(kSecrets, true) == 0);
  CHECK(scene.look(kPersonal, false) == 0);
}
