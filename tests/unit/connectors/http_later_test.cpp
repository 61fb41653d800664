// Answers that come later: a 202, and what is asked for afterwards.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <stop_token>
#include <thread>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

// One stream whose writes are accepted first; `accepted` is the inside of that block.
std::string queued(const std::string& accepted)
{
  return "    push:\n"
         "      create: { path: /things, key: /id }\n"
         "      delete: { path: \"/things/{id}\" }\n"
         "      accepted: { every: 1ms, within: 2s, " +
         accepted + " }\n";
}

const std::string kByTicket = "status: { path: \"/jobs/{ticket}\" }, ticket: /jobId, "
                              "state: /state, done: [completed], failed: [failed], "
                              "error: /message, key: /result/id, version: /result/rowVersion";

const std::string kTaken = answer(202, R"({"jobId":"j 7"})");

std::string state(const std::string& word, const std::string& more = "")
{
  return answer(200, "{\"state\":\"" + word + "\"" + more + "}");
}

struct Told {
  Receipt receipt;
  std::vector<Heard> heard;
};

Told pushed(const std::string& accepted, std::vector<std::string> answers)
{
  const auto server = serve(std::move(answers));
  HttpBench bench(queued(accepted));
  bench.open(*server);
  auto receipts = bench.push({intent(Verb::create, "a")});
  return {receipts.front(), server->heard()};
}

} // namespace

TEST_CASE("what is accepted is asked for until it is done, by its ticket")
{
  const auto told =
      pushed(kByTicket, {kTaken, state("queued"), answer(503, ""),
                         state("completed", R"(,"result":{"id":"9","rowVersion":3})")});
  CHECK(outcome_name(told.receipt.outcome) == "applied");
  CHECK(told.receipt.remote_id == "9");
  CHECK(told.receipt.version == "3");
  REQUIRE(told.heard.size() == 4);
  CHECK(told.heard[1].line() == "GET /jobs/j%207 HTTP/1.1");
}

TEST_CASE("what failed later is refused with the endpoint's reason")
{
  const auto told =
      pushed(kByTicket, {kTaken, state("failed", R"(,"message":"no such panchayat")")});
  CHECK(outcome_name(told.receipt.outcome) == "refused");
  CHECK(told.receipt.error.what == "GET /jobs/j%207: failed: no such panchayat");
}

TEST_CASE("an outcome that nobody tells in time is unknown, never failed")
{
  const std::string soon = "status: { path: /jobs }, state: /state, done: [completed]";
  const std::string hurry = ", every: 1ms, within: 20ms";
  std::vector<std::string> answers(200, state("queued"));
  answers[0] = kTaken;
  const auto server = serve(answers);
  HttpBench bench("    push:\n      create: { path: /things }\n      accepted: { " + soon + hurry +
                  " }\n");
  bench.open(*server);
  const auto receipt = bench.push({intent(Verb::create, "a")}).front();
  CHECK(outcome_name(receipt.outcome) == "unknown");
  CHECK(receipt.error.what == "GET /jobs: accepted, but not done after 20ms");
  CHECK(receipt.error.kind == ErrorKind::unsupported);
}

TEST_CASE("an address that is gone, elsewhere or not named leaves the outcome unknown")
{
  const std::string location = "status: location";
  for (const std::string& first :
       {kTaken, answer(202, "", "Location: http://127.0.0.2:1/jobs/7\r\n"),
        answer(202, "", "Location: //evil.example/jobs\r\n")}) {
    const auto told = pushed(location, {first, answer(200, "{}")});
    CHECK(outcome_name(told.receipt.outcome) == "unknown");
    CHECK(told.heard.size() == 1);
  }
  const auto gone = pushed(kByTicket, {kTaken, answer(404, "")});
  CHECK(outcome_name(gone.receipt.outcome) == "unknown");
  CHECK(gone.receipt.error.what.find("answered 404") != std::string::npos);
  CHECK(outcome_name(pushed(kByTicket, {answer(202, "{}")}).receipt.outcome) == "unknown");
}

TEST_CASE("a Location is followed from where the answer came, and 200 there means done")
{
  const auto told = pushed("status: location", {answer(202, "", "Location: ../jobs/7\r\n"),
                                                answer(202, ""), answer(200, R"({"id":"9"})")});
  CHECK(outcome_name(told.receipt.outcome) == "applied");
  CHECK(told.receipt.remote_id == "9");
  CHECK(told.heard[1].line() == "GET /jobs/7 HTTP/1.1");
}

TEST_CASE("the outcome may lie at an address of its own")
{
  const auto told =
      pushed("status: location, state: /s, done: [ok], result: /url, key: /id",
             {answer(202, "", "Location: /jobs/7\r\n"),
              answer(200, R"({"s":"ok","url":"/outcomes/7"})"), answer(200, R"({"id":"12"})")});
  CHECK(outcome_name(told.receipt.outcome) == "applied");
  CHECK(told.receipt.remote_id == "12");
  CHECK(told.heard.back().line() == "GET /outcomes/7 HTTP/1.1");
}

TEST_CASE("a request to stop ends the waiting, and the outcome is unknown")
{
  const auto server = serve({answer(202, "", "Location: /jobs/7\r\nRetry-After: 30\r\n")});
  HttpBench bench("    push:\n      create: { path: /things }\n"
                  "      accepted: { status: location, within: 5m }\n");
  bench.open(*server);
  std::stop_source source;
  source.request_stop();
  std::vector<Intent> one = {intent(Verb::create, "a")};
  std::stop_source later;
  std::jthread stopper([&] {
    while (server->heard().empty())
      std::this_thread::yield();
    later.request_stop();
  });
  const auto receipt = bench.connector->push(bench.stream(), one, later.get_token()).front();
  CHECK(outcome_name(receipt.outcome) == "unknown");
}

TEST_CASE("a batch that is carried out later has its results there; the unnamed are unknown")
{
  const auto server =
      serve({answer(202, R"({"jobId":"1","results":[{"ref":"c","error":"bad"}]})"),
             state("running"), state("completed", R"(,"out":[{"ref":"a","id":"1"}])")});
  HttpBench bench("    push:\n"
                  "      bulk: { path: /bulk, max: 10, verbs: [create], item: { key: /ref },\n"
                  "              results: /results, match: { result: /ref, by: key }, key: /id,\n"
                  "              error: /error }\n"
                  "      accepted: { every: 1ms, status: { path: \"/jobs/{ticket}\" },\n"
                  "                  ticket: /jobId, state: /state, done: [completed],\n"
                  "                  results: /out }\n");
  bench.open(*server);
  const auto receipts =
      bench.push({intent(Verb::create, "a"), intent(Verb::create, "b"), intent(Verb::create, "c")});
  CHECK(names_of(receipts) == "applied, unknown, refused");
  CHECK(receipts[0].remote_id == "1");
}

TEST_CASE("a page that is made first is waited for, and read where it lies")
{
  const std::string pull = kPlain + "      accepted: { status: location, every: 1ms }\n";
  const auto server =
      serve({answer(202, "", "Location: /exports/7\r\n"), answer(202, ""), list({"a", "b"})});
  HttpBench bench(pull);
  bench.open(*server);
  CHECK(codes_of(bench.pull_all()) == "a b ");
  CHECK(server->heard().back().line() == "GET /exports/7 HTTP/1.1");

  const auto never = serve({answer(202, "", "Location: /exports/7\r\n"), answer(410, "")});
  HttpBench other(pull);
  other.open(*never);
  const auto page = other.pull();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::transient);
}

TEST_CASE("what is wrong with 'accepted' is found when the manifest is read")
{
  const auto finding = [](const std::string& accepted) {
    HttpBench bench(queued(accepted));
    return bench.findings.empty() ? std::string("none") : bench.findings.front().wrong;
  };
  CHECK(finding("status: location") == "none");
  CHECK(finding("ticket: /id") == "'accepted' does not say where the outcome is asked for");
  CHECK(finding("status: { path: \"/jobs/{ticket}\" }") ==
        "nothing says where {ticket} comes from");
  CHECK(finding("status: location, state: /s") == "'state' and 'done' go together");
  CHECK(finding("status: location, satte: /s").find("satte") != std::string::npos);
}

} // namespace gramsetu::connectors
