// Writing by manifest: what each answer, and each silence, makes of an intent.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kVerbs =
    "    pull: { request: /things, id: /id, version: /v, deletes: { field: /deleted } }\n"
    "    push:\n"
    "      create: { path: /things, key: /data/id, version: /data/v }\n"
    "      update: { path: \"/things/{id}\", version: /data/v }\n"
    "      delete: { path: \"/things/{id}\" }\n";

const std::string kUsual = kVerbs + "      if_match: version\n"
                                    "      idempotency: { header: Idempotency-Key }\n";

// What becomes of one intent when the server plays `script`.
Receipt after(Script script, const Intent& one, const std::string& stream = kUsual,
              const std::string& top = "")
{
  const ScriptServer server({std::move(script)});
  HttpBench bench(stream, top);
  bench.open(server);
  auto receipts = bench.push({one});
  REQUIRE(receipts.size() == 1);
  return receipts.front();
}

std::string outcome_of(const std::string& bytes, Verb verb)
{
  return outcome_name(
      after({send(bytes)}, intent(verb, "a", verb == Verb::create ? "" : "7", "3")).outcome);
}

} // namespace

TEST_CASE("a create, an update and a delete say what they must, and read what they get")
{
  const auto server = serve({answer(201, R"({"data":{"id":7,"v":1}})"),
                             answer(200, R"({"data":{"id":7,"v":4}})"), answer(204, "")});
  HttpBench bench(kUsual);
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::update, "b", "../admin?x=1#f", "3"),
                  intent(Verb::remove, "c", "9", "\"tag\"")});
  CHECK(names_of(receipts) == "applied, applied, applied");
  CHECK(receipts[0].remote_id == "7");
  CHECK(receipts[0].version == "1");
  CHECK(receipts[1].remote_id == "../admin?x=1#f");
  CHECK(receipts[1].version == "4");
  const auto heard = server->heard();
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].line() == "POST /things HTTP/1.1");
  CHECK(heard[0].body == R"({"code":"a"})");
  CHECK(heard[0].header("Content-Type") == "application/json");
  CHECK(heard[0].header("Idempotency-Key") == "idem-a");
  CHECK(heard[0].header("If-Match").empty());
  CHECK(heard[1].line() == "PUT /things/..%2Fadmin%3Fx%3D1%23f HTTP/1.1");
  CHECK(heard[1].header("If-Match") == "\"3\"");
  CHECK(heard[2].line() == "DELETE /things/9 HTTP/1.1");
  CHECK(heard[2].header("If-Match") == "\"tag\"");
  CHECK(heard[2].body.empty());
}

TEST_CASE("version and key can go into the body or the query, and a record into an envelope")
{
  const auto server = serve({answer(200, "{}"), answer(200, "{}")});
  HttpBench bench("    push:\n"
                  "      update: { method: PATCH, path: \"/things/{id}\","
                  " json: { info: { hub: \"{hub}\" } }, body: /record }\n"
                  "      delete: { path: \"/things/{id}\" }\n"
                  "      if_match: { field: /rowVersion }\n"
                  "      idempotency: { query: requestId }\n");
  bench.open(*server);
  CHECK(outcome_name(bench.push({intent(Verb::update, "a", "7", "3")})[0].outcome) == "applied");
  CHECK(server->heard()[0].line() == "PATCH /things/7?requestId=idem-a HTTP/1.1");
  CHECK(server->heard()[0].body ==
        R"({"info":{"hub":"jalpaiguri"},"record":{"code":"a","rowVersion":3}})");
  CHECK(outcome_name(bench.push({intent(Verb::remove, "b", "8", "x1")})[0].outcome) == "applied");
  CHECK(server->heard()[1].body == R"({"rowVersion":"x1"})");
}

TEST_CASE("an intent that cannot be written as it should is refused, and nothing leaves")
{
  const auto server = serve({answer(200, "{}")});
  HttpBench bench(kVerbs + "      idempotency: { header: \"Idempotency-Key\" }\n");
  bench.open(*server);
  for (const std::string id : {"", ".", ".."}) {
    CAPTURE(id);
    CHECK(outcome_name(bench.push({intent(Verb::remove, "a", id)})[0].outcome) == "refused");
  }
  Intent evil = intent(Verb::create, "a");
  evil.idempotency_key = "x\r\nX-Evil: 1";
  CHECK(outcome_name(bench.push({evil})[0].outcome) == "refused");
  CHECK(server->connections() == 0);
}

TEST_CASE("every answer to a write is told apart by what it proves")
{
  struct Row {
    int status;
    std::string create, update, remove;
  };
  const std::vector<Row> rows = {
      {202, "unknown", "unknown", "unknown"},    {302, "not sent", "not sent", "not sent"},
      {307, "not sent", "not sent", "not sent"}, {400, "refused", "refused", "refused"},
      {401, "not sent", "not sent", "not sent"}, {403, "not sent", "not sent", "not sent"},
      {404, "refused", "moved", "applied"},      {405, "refused", "refused", "refused"},
      {408, "not sent", "not sent", "not sent"}, {409, "moved", "moved", "moved"},
      {410, "refused", "moved", "applied"},      {412, "moved", "moved", "moved"},
      {413, "refused", "refused", "refused"},    {415, "refused", "refused", "refused"},
      {422, "refused", "refused", "refused"},    {428, "refused", "refused", "refused"},
      {429, "not sent", "not sent", "not sent"}, {500, "unknown", "unknown", "unknown"},
      {502, "unknown", "unknown", "unknown"},    {503, "not sent", "not sent", "not sent"},
      {504, "unknown", "unknown", "unknown"}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    const std::string bytes = answer(row.status, R"({"data":{"id":7,"v":1}})");
    CHECK(outcome_of(bytes, Verb::create) == row.create);
    CHECK(outcome_of(bytes, Verb::update) == row.update);
    CHECK(outcome_of(bytes, Verb::remove) == row.remove);
  }
}

TEST_CASE("a web page is no word of the endpoint's, also where nothing is expected of the answer")
{
  const auto page = answer(200, "<html>Log in</html>", "", "text/html; charset=utf-8");
  CHECK(outcome_of(page, Verb::remove) == "unknown");
  CHECK(outcome_of(page, Verb::update) == "unknown");
  CHECK(outcome_of(answer(200, "", "", "text/html"), Verb::remove) == "applied");
  CHECK(outcome_of(answer(200, "gone", "", "text/plain"), Verb::remove) == "applied");
}

TEST_CASE("silence after the request left is unknown; before it, nothing was sent")
{
  using namespace std::chrono_literals;
  const std::string head = "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n";
  const Intent one = intent(Verb::create, "a");
  CHECK(outcome_name(after({close()}, one).outcome) == "unknown");
  CHECK(outcome_name(after({reset()}, one).outcome) == "unknown");
  CHECK(outcome_name(after({send(head + "{\"data\":")}, one).outcome) == "unknown");
  CHECK(outcome_name(after({send(answer(201, R"({"data":)"))}, one).outcome) == "unknown");
  CHECK(outcome_name(after({send(answer(201, "<html>", "", "text/html"))}, one).outcome) ==
        "unknown");
  CHECK(outcome_name(after({send(answer(201, "{}"))}, one).outcome) == "unknown");

  const ScriptServer server(std::vector<Script>{});
  HttpBench bench(kUsual);
  bench.open(server);
  bench.settings.url = "http://127.0.0.1:" + std::to_string(closed_port());
  auto opened = http::transport_type().open(
      bench.settings, {bench.clock, Log(bench.clock, bench.sink), "jalpaiguri"});
  REQUIRE(opened);
  const auto receipts = (*opened)->push(bench.stream(), std::vector{one}, {});
  CHECK(outcome_name(receipts[0].outcome) == "not sent");
}

TEST_CASE("a write is never redirected: nothing of it arrives anywhere else")
{
  for (const int status : {301, 302, 303, 307, 308}) {
    CAPTURE(status);
    const auto other = serve({answer(201, R"({"data":{"id":7}})")});
    const auto server = serve({answer(status, "", "Location: " + other->url("/x") + "\r\n"),
                               answer(201, R"({"data":{"id":7}})")});
    HttpBench bench(kUsual);
    bench.open(*server);
    CHECK(outcome_name(bench.push({intent(Verb::create, "a")})[0].outcome) == "not sent");
    CHECK(other->connections() == 0);
    CHECK(server->heard().size() == 1);
  }
}

TEST_CASE("the manifest's success predicate decides, not the status")
{
  const std::string top = "success: { pointer: /status, equals: [OK] }\n";
  const Intent one = intent(Verb::create, "a");
  const auto outcome = [&](const std::string& body) {
    return outcome_name(after({send(answer(200, body))}, one, kUsual, top).outcome);
  };
  CHECK(outcome(R"({"status":"FAILED","data":{"id":7}})") == "refused");
  CHECK(outcome(R"({"status":"OK","data":{"id":7}})") == "applied");
  CHECK(outcome("") == "unknown");
}

TEST_CASE("an error rule can say that a failed create exists already")
{
  const std::string top = "errors:\n  - { status: 400, body: duplicate, action: moved }\n"
                          "  - { status: 500, body: not accepted, action: refuse }\n";
  const auto outcome = [&](int status, const std::string& body) {
    return outcome_name(
        after({send(answer(status, body))}, intent(Verb::create, "a"), kUsual, top).outcome);
  };
  CHECK(outcome(400, "DUPLICATE record") == "moved");
  CHECK(outcome(400, "what?") == "refused");
  CHECK(outcome(500, "Not accepted: no date") == "refused");
}

} // namespace gramsetu::connectors
