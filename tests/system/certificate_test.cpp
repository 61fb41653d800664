// Certificates of the real hub, checked by the second program; and what that program refuses.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

constexpr const char* kFlow = "voucher@central";

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "4", "--records", "400", "--service-requests", "0"}};
  int checks = 0;

  Scene()
  {
    hub.configure(district, "flows: { voucher: { central: { direction: pull, every: 1d } } }\n");
    hub.ask({"sync"});
  }

  std::string path(const std::string& name) { return hub.path("proof/" + name); }
  std::string certificate(int number)
  {
    return path(kFlow + ("." + std::to_string(number)) + ".json");
  }
  std::string side(const char* name) { return path(kFlow + (std::string(".") + name) + ".ndjson"); }

  schema::Value verify(int code, std::vector<std::string> more = {})
  {
    std::vector<std::string> words{"verify", "--evidence", hub.path("proof"), "--unmask", "a test"};
    words.insert(words.end(), more.begin(), more.end());
    return run_of(hub.ask(words, code), kFlow);
  }

  // What the second program says, as JSON, after it ended with `code`.
  schema::Value check(std::vector<std::string> words, int code)
  {
    words.insert(words.begin(), {"/usr/bin/env", "python3",
                                 GRAMSETU_SOURCE_DIR "/daemon/certify/gramsetu-certify", "--json"});
    Process process({words}, hub.path("check-" + std::to_string(++checks)));
    const auto ended = process.wait();
    REQUIRE(ended);
    REQUIRE_MESSAGE(ended->code == code, process.err(), process.out());
    return json_of(process.out());
  }

  // Tampers with a copy of a file: the first `from` in it becomes `to`.
  std::string tampered(const std::string& file, const std::string& from, const std::string& to)
  {
    auto text = hub.folder().read(std::filesystem::relative(file, hub.folder().path()).string());
    const auto at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from, " is not in ", file);
    return hub.folder().write("tampered-" + std::to_string(++checks),
                              text.replace(at, from.size(), to));
  }

  std::string problem(std::vector<std::string> words)
  {
    return text_at(check(std::move(words), 1), "/problems/0");
  }
};

} // namespace

TEST_CASE("the second program counts and sums the hub's and the endpoint's records, and agrees")
{
  Scene scene;
  const auto run = scene.verify(0);
  CHECK(number_at(run, "/certificate/hub/count") == 400);
  CHECK(list_at(run, "/certificate/ranges").size() == 16);
  // The sync had the first certificate.
  CHECK(number_at(run, "/certificate/number") == 2);
  const auto good = scene.check(
      {scene.certificate(2), "--hub", scene.side("hub"), "--endpoint", scene.side("endpoint")}, 0);
  CHECK(has(text_at(good, "/notes/0"), "complete: 400 here, 400 there: agree"));
  // The hub's records alone, as anybody can export them.
  const auto out =
      scene.hub.run({"records", "export", "voucher", "--projection", kFlow, "--unmask", "a test"});
  REQUIRE(out.code == 0);
  scene.check({scene.certificate(2), "--hub", scene.hub.folder().write("export", out.out)}, 0);
  CHECK(scene.hub.run({"records", "export", "voucher", "--projection", "voucher@nobody"}).code ==
        2);
}

TEST_CASE("whatever is changed in a certificate or in its evidence is named")
{
  Scene scene;
  scene.verify(0);
  const auto good = scene.certificate(2);
  const auto text = scene.hub.folder().read("proof/" + std::string(kFlow) + ".2.json");
  const auto document = json_of(text);
  const auto first = schema::to_json(list_at(document, "/ranges")[0]);
  const auto tampered = [&](const std::string& from, const std::string& to) {
    return scene.problem({scene.tampered(good, from, to)});
  };
  CHECK(has(tampered("\"hub\":{\"count\":400", "\"hub\":{\"count\":401"),
            "count 400 records, the whole 401"));
  CHECK(has(tampered(first + ",", ""), "its ranges count"));
  CHECK(has(tampered("\"agree\":true", "\"agree\":false"), "differ, and they agree"));
  CHECK(has(tampered("\"records\":400", "\"records\":399"), "it was changed"));
  CHECK(has(tampered("\"written\":0", "\"written\":0,\"signed\":true"), "'signed' is unknown"));
  CHECK(has(tampered("\"written\":0", "\"written\":\"0\""), "'written' is no int"));
  CHECK(has(tampered("{", "["), "cannot be read"));

  const auto evidence = [&](const std::string& from, const std::string& to) {
    return scene.problem({good, "--hub", scene.tampered(scene.side("hub"), from, to)});
  };
  CHECK(has(evidence("\"amount\":", "\"amount\":1"), "give another sum"));
  const auto lines = scene.hub.folder().read("proof/" + std::string(kFlow) + ".hub.ndjson");
  const auto line = lines.substr(0, lines.find('\n') + 1);
  CHECK(has(evidence(line, ""), "the certificate counts"));
  CHECK(has(evidence(line, line + line), "there twice"));
  CHECK(has(evidence("\"record\":{", "\"record\":{\"colour\":\"red\","), "'colour'"));
  CHECK(has(evidence("\"key\"", "\"kay\""), "not a key and a record"));
}

TEST_CASE("a certificate that is missing from a chain, or was replaced, shows")
{
  Scene scene;
  scene.hub.ask({"verify"});
  scene.hub.ask({"sync"});
  const auto newest = run_of(scene.hub.ask({"verify"}), kFlow);
  CHECK(number_at(scene.hub.ask({"runs", "certificates", scene.hub.path("proof")}), "/written") ==
        4);
  const auto all = [&](int without) {
    std::vector<std::string> files;
    for (int number = 1; number <= 4; ++number)
      if (number != without) files.push_back(scene.certificate(number));
    return files;
  };
  scene.check(all(0), 0);
  scene.check(all(1), 0); // older ones go when their retention ends
  CHECK(scene.problem(all(3)) == std::string(kFlow) + ": certificate 3 is missing");
  auto twice = all(0);
  twice.push_back(scene.certificate(2));
  CHECK(has(scene.problem(twice), "two certificates with number 2"));
  // Somebody takes the newest away: only its digest, noted elsewhere, tells.
  auto cut = all(4);
  scene.check(cut, 0);
  cut.insert(cut.end(), {"--newest", text_at(newest, "/certificate/digest")});
  CHECK(has(scene.problem(cut), "the newest certificate is 3"));
  // One that is right by itself, of another hub: it is not the one that the next names.
  Scene other;
  other.hub.ask({"verify"});
  other.hub.ask({"runs", "certificates", other.hub.path("proof")});
  auto replaced = all(2);
  replaced.push_back(other.certificate(2));
  CHECK(has(scene.problem(replaced), "does not follow"));
  // One run's, into a file.
  const auto file = scene.hub.path("one.json");
  scene.hub.ask({"runs", "show", text_at(newest, "/run"), "--certificate", file});
  scene.check({file}, 0);
}

TEST_CASE("a silent change is found with its fields, repaired by the rules, and certified again")
{
  Scene scene;
  scene.district.edit("central", R"({"stream":"vouchers","id":"V0000003","silent":true,
                                     "set":{"particulars":"other"}})");
  scene.hub.ask({"sync"});
  const auto differ = scene.verify(1);
  REQUIRE(list_at(differ, "/differences").size() == 1);
  CHECK(text_at(differ, "/differences/0/key") == "V0000003");
  CHECK(text_at(differ, "/differences/0/kind") == "fields");
  CHECK(text_at(differ, "/differences/0/fields/0/field") == "particulars");
  CHECK(number_at(differ, "/certificate/differing") == 1);
  const auto number = static_cast<int>(number_at(differ, "/certificate/number"));
  const auto checked = scene.check(
      {scene.certificate(number), "--hub", scene.side("hub"), "--endpoint", scene.side("endpoint")},
      0);
  CHECK(text_at(checked, "/notes/1") == "differs: V0000003");
  const auto words = scene.hub.run({"verify"});
  CHECK(words.code == 1);
  CHECK_MESSAGE(has(words.out, "gramsetu verify voucher@central --repair"), words.out);

  const auto repaired = run_of(scene.hub.ask({"verify", "--repair"}), kFlow);
  CHECK(number_at(repaired, "/counts/differed") == 1);
  CHECK(number_at(repaired, "/counts/updated") == 1);
  CHECK(text_at(repaired, "/certificate/kind") == "complete");
  CHECK(list_at(repaired, "/differences").empty());
  scene.verify(0);
}
