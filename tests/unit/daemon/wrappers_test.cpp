// Repeats that are carried out once, and a status that does not wait for a store that is stuck.
#include "daemon/api/wrappers.hpp"
#include "tests/unit/daemon/api_bench.hpp"

#include <atomic>
#include <semaphore>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace gramsetu::test;
using namespace std::chrono_literals;

namespace {

Request post(const std::string& key, const std::string& body = "{}",
             const std::string& actor = "sen")
{
  Request request;
  request.method = "POST";
  request.path = "/api/v1/runs";
  request.body = body;
  request.actor = actor;
  request.headers["idempotency-key"] = key;
  return request;
}

} // namespace

TEST_CASE("the same POST under the same key is carried out once, and answered alike")
{
  FakeClock clock;
  int carried_out = 0;
  int status = 202;
  const auto handler = once(
      [&](const Request&) {
        Response response;
        response.status = status;
        response.body = std::to_string(++carried_out);
        return response;
      },
      clock, {3, std::chrono::hours(24)});
  CHECK(handler(post("a")).body == "1");
  const auto again = handler(post("a"));
  CHECK(again.body == "1");
  CHECK(again.status == 202);
  CHECK(again.headers.at("Idempotency-Replayed") == "true");
  CHECK(handler(post("a", "{\"full\":true}")).status == 422);
  CHECK(handler(post("a", "{}", "das")).body == "2");
  CHECK(handler(post("")).status == 400);
  CHECK(handler(post(std::string(201, 'k'))).status == 400);
  auto without = post("a");
  without.headers.clear();
  CHECK(handler(without).body == "3");
  status = 500;
  CHECK(handler(post("b")).body == "4");
  status = 202;
  CHECK(handler(post("b")).body == "5");
  clock.advance(25h);
  CHECK(handler(post("a")).body == "6");
}

TEST_CASE("while the first is worked on, the second is told so; a late answer is kept, too")
{
  FakeClock clock;
  const auto handler = once(
      [&](const Request&) {
        Response waiting;
        waiting.later = [](bool now) -> std::optional<Response> {
          if (!now) return std::nullopt;
          Response response;
          response.body = "done";
          return response;
        };
        return waiting;
      },
      clock);
  const auto waiting = handler(post("a"));
  CHECK_FALSE(waiting.later(false));
  CHECK(handler(post("a")).status == 409);
  CHECK(waiting.later(true)->body == "done");
  CHECK(handler(post("a")).body == "done");
}

TEST_CASE("a store that is stuck keeps nobody from the status as it was, and it says since when")
{
  ApiBench bench;
  const auto handler =
      prompt([&](const Request& request) { return bench.raw(request); }, bench.clock(), 200ms);
  const auto request = bench.request("GET", "/api/v1/status");
  const auto good = handler(request);
  CHECK(good.status == 200);
  CHECK(good.body.find("stale_since") == std::string::npos);
  bench.clock().advance(60s);
  std::binary_semaphore stuck(0), go(0);
  std::jthread holder([&] {
    const auto held = bench.hub().store().transact([&](store::Tx&) -> Result<void> {
      stuck.release();
      go.acquire();
      return {};
    });
    CHECK(held);
  });
  stuck.acquire();
  const auto begin = std::chrono::steady_clock::now();
  const auto stale = handler(request);
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(stale.status == 200);
  CHECK(stale.body.find("\"stale_since\":\"2026-11-23T04:30:00") != std::string::npos);
  CHECK(Shape::named("Status").fits(*schema::parse_json(stale.body)));
  auto app = request;
  app.role = Role::app;
  CHECK(handler(app).status == 403);
  go.release();
  holder.join();
  Response later;
  do
    later = handler(request);
  while (later.body.find("stale_since") != std::string::npos);
  CHECK(later.status == 200);
}
