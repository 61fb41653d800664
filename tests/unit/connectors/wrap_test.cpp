// Retrying and throttling around a connector that fails on purpose.
#include "connectors/wrap/breaker.hpp"
#include "connectors/wrap/pace.hpp"
#include "connectors/wrap/retrying.hpp"
#include "connectors/wrap/throttled.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>

namespace gramsetu::connectors {

using namespace std::chrono_literals;
using test::FakeClock;

namespace {

// Answers every call by `next`; counts.
class Scripted final : public Connector {
public:
  std::function<std::optional<Error>()> next = [] { return std::nullopt; };
  std::atomic<int> calls = 0;
  std::size_t batch_max = 1;

  Capabilities capabilities(const Stream&) const override
  {
    Capabilities able;
    able.batch_max = batch_max;
    return able;
  }
  std::function<void(const PullRequest&)> on_pull = [](const PullRequest&) {};
  Result<Page> pull(const PullRequest& request, std::stop_token) override
  {
    on_pull(request);
    return give(Page{});
  }
  std::vector<Receipt> push(const Stream&, std::span<const Intent> intents,
                            std::stop_token) override
  {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::applied;
    if (auto result = give(true); !result) {
      receipt.outcome = Receipt::Outcome::not_sent;
      receipt.error = result.error();
    }
    return std::vector<Receipt>(intents.size(), receipt);
  }
  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference> references,
                                      std::stop_token) override
  {
    return give(std::vector<Sighting>(references.size()));
  }
  Result<std::string> reach(std::stop_token) override { return give(std::string("here")); }

private:
  template <typename T>
  Result<T> give(T value)
  {
    ++calls;
    if (auto error = next()) return tl::unexpected<Error>(std::move(*error));
    return value;
  }
};

struct Bench {
  FakeClock clock;
  Stream stream;
  Scripted* inner = nullptr;
  std::unique_ptr<Connector> connector;

  static Bench* retrying()
  {
    auto* bench = new Bench;
    auto inner = std::make_unique<Scripted>();
    bench->inner = inner.get();
    bench->connector = wrap::retrying(std::move(inner), bench->clock);
    return bench;
  }
  static Bench* throttled(const Limits& limits)
  {
    auto* bench = new Bench;
    auto inner = std::make_unique<Scripted>();
    bench->inner = inner.get();
    bench->connector = wrap::throttled(std::move(inner), limits, bench->clock);
    return bench;
  }
  std::chrono::milliseconds slept() const
  {
    std::chrono::milliseconds sum{0};
    for (const auto sleep : clock.sleeps())
      sum += sleep;
    return sum;
  }
};

Error error_of(ErrorKind kind, std::optional<std::chrono::milliseconds> retry_after = std::nullopt)
{
  return {kind, "scripted", retry_after};
}

} // namespace

TEST_CASE("only passing faults are asked about again, a bounded number of times")
{
  for (const ErrorKind kind : {ErrorKind::transient, ErrorKind::throttled, ErrorKind::unauthorized,
                               ErrorKind::precondition, ErrorKind::invalid, ErrorKind::not_found,
                               ErrorKind::unsupported, ErrorKind::corrupt, ErrorKind::cancelled}) {
    CAPTURE(name_of(kind));
    const std::unique_ptr<Bench> bench(Bench::retrying());
    bench->inner->next = [&] { return error_of(kind); };
    const bool passing = kind == ErrorKind::transient || kind == ErrorKind::throttled;
    CHECK_FALSE(bench->connector->pull({}, {}));
    CHECK(bench->inner->calls == (passing ? 5 : 1));
    CHECK_FALSE(bench->connector->reach({}));
    CHECK_FALSE(bench->connector->probe(bench->stream, {}, {}));
    CHECK(bench->inner->calls == (passing ? 15 : 3));
  }
}

TEST_CASE("waits grow, are drawn from the whole span, and end with the fault")
{
  const std::unique_ptr<Bench> bench(Bench::retrying());
  int failures = 0;
  bench->inner->next = [&]() -> std::optional<Error> {
    if (failures++ < 3) return error_of(ErrorKind::transient);
    return std::nullopt;
  };
  CHECK(bench->connector->pull({}, {}));
  const auto sleeps = bench->clock.sleeps();
  REQUIRE(sleeps.size() == 3);
  CHECK(sleeps[0] <= 500ms);
  CHECK(sleeps[1] <= 1000ms);
  CHECK(sleeps[2] <= 2000ms);
}

TEST_CASE("what the endpoint asks for is honoured, or left to the schedule when it is long")
{
  const std::unique_ptr<Bench> bench(Bench::retrying());
  int failures = 0;
  bench->inner->next = [&]() -> std::optional<Error> {
    if (failures++ < 1) return error_of(ErrorKind::throttled, 20s);
    return std::nullopt;
  };
  CHECK(bench->connector->pull({}, {}));
  REQUIRE(bench->clock.sleeps().size() == 1);
  CHECK(bench->clock.sleeps()[0] >= 20s);
  bench->inner->next = [&] { return error_of(ErrorKind::throttled, 10min); };
  const auto page = bench->connector->pull({}, {});
  REQUIRE_FALSE(page);
  CHECK(page.error().retry_after == 10min);
  CHECK(bench->clock.sleeps().size() == 1);
}

TEST_CASE("a push is never repeated")
{
  const std::unique_ptr<Bench> bench(Bench::retrying());
  bench->inner->next = [] { return error_of(ErrorKind::transient); };
  const auto receipts = bench->connector->push(bench->stream, std::vector<Intent>(2), {});
  CHECK(receipts.size() == 2);
  CHECK(bench->inner->calls == 1);
}

TEST_CASE("a request to stop ends the waiting")
{
  const std::unique_ptr<Bench> bench(Bench::retrying());
  std::stop_source source;
  bench->inner->next = [&] {
    source.request_stop();
    return error_of(ErrorKind::transient);
  };
  const auto page = bench->connector->pull({}, source.get_token());
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::cancelled);
  CHECK(bench->inner->calls == 1);
}

TEST_CASE("requests keep to the rate on average, with one second's worth at once")
{
  Limits limits;
  limits.requests_per_second = 10;
  const std::unique_ptr<Bench> bench(Bench::throttled(limits));
  for (int i = 0; i < 10; ++i)
    CHECK(bench->connector->pull({}, {}));
  CHECK(bench->slept() == 0ms);
  for (int i = 0; i < 25; ++i)
    CHECK(bench->connector->pull({}, {}));
  CHECK(bench->slept() == 2500ms);
}

TEST_CASE("a push without bulk and a probe take a turn for each record; a bulk push takes one")
{
  Limits limits;
  limits.requests_per_second = 10;
  const std::unique_ptr<Bench> bench(Bench::throttled(limits));
  CHECK(bench->connector->probe(bench->stream, std::vector<Reference>(30), {}));
  CHECK(bench->slept() == 2000ms);
  bench->connector->push(bench->stream, std::vector<Intent>(10), {});
  CHECK(bench->slept() == 3000ms);
  bench->inner->batch_max = 100;
  bench->connector->push(bench->stream, std::vector<Intent>(100), {});
  CHECK(bench->slept() == 3100ms);
}

TEST_CASE("nobody calls before the pause that the endpoint asked for is over")
{
  const std::unique_ptr<Bench> bench(Bench::throttled({}));
  bench->inner->next = [] { return error_of(ErrorKind::throttled, 10s); };
  CHECK_FALSE(bench->connector->pull({}, {}));
  bench->inner->next = []() -> std::optional<Error> { return std::nullopt; };
  CHECK(bench->connector->reach({}));
  CHECK(bench->slept() == 10s);

  bench->inner->next = [] { return error_of(ErrorKind::throttled, 10min); };
  CHECK_FALSE(bench->connector->pull({}, {}));
  const int calls = bench->inner->calls;
  const auto page = bench->connector->pull({}, {});
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::throttled);
  CHECK(page.error().retry_after == 10min);
  const auto receipts = bench->connector->push(bench->stream, std::vector<Intent>(2), {});
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[0].outcome == Receipt::Outcome::not_sent);
  CHECK(bench->inner->calls == calls);
  bench->clock.advance(10min);
  CHECK_FALSE(bench->connector->pull({}, {}));
  CHECK(bench->inner->calls == calls + 1);
}

TEST_CASE("no more calls run at once than are allowed")
{
  Limits limits;
  limits.concurrent = 2;
  const std::unique_ptr<Bench> bench(Bench::throttled(limits));
  std::atomic<int> inside = 0, most = 0;
  bench->inner->next = [&]() -> std::optional<Error> {
    const int now = ++inside;
    int seen = most;
    while (seen < now && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::yield();
    --inside;
    return std::nullopt;
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n)
          CHECK(bench->connector->pull({}, {}));
      });
  }
  CHECK(bench->inner->calls == 400);
  CHECK(most <= 2);
}

TEST_CASE("an answer that is here, and only to be read, keeps nobody from calling")
{
  const std::unique_ptr<Bench> bench(Bench::throttled({})); // one call at once
  std::vector<std::string> told;
  PullRequest request;
  request.onward = [&](const std::string& next) {
    told.push_back(next);
    if (told.size() == 1) CHECK(bench->connector->pull({}, {}));
  };
  bench->inner->on_pull = [](const PullRequest& asked) {
    if (asked.onward) asked.onward("2");
    if (asked.onward) asked.onward("2"); // by another attempt
  };
  CHECK(bench->connector->pull(request, {}));
  CHECK(told == std::vector<std::string>{"2", "2"});
  // Each call gave back one turn, and took one.
  std::stop_source stopped;
  stopped.request_stop();
  std::optional<bool> let_in;
  bench->inner->on_pull = [&](const PullRequest& asked) {
    if (asked.page.empty() && !let_in) {
      PullRequest second;
      second.page = "2";
      let_in = bench->connector->pull(second, stopped.get_token()).has_value();
    }
  };
  CHECK(bench->connector->pull({}, {}));
  CHECK(let_in == false);
}

namespace {

struct Broken {
  FakeClock clock;
  Scripted* inner = nullptr;
  std::unique_ptr<Connector> connector;
  bool down = true;

  Broken()
  {
    auto made = std::make_unique<Scripted>();
    inner = made.get();
    inner->next = [this]() -> std::optional<Error> {
      if (down) return Error{ErrorKind::transient, "answered 503"};
      return std::nullopt;
    };
    connector = wrap::breaking(std::move(made), clock, {3, 30s, 100s});
  }
  Result<Page> pull() { return connector->pull({}, {}); }
};

} // namespace

TEST_CASE(
    "an endpoint that fails again and again is left alone, longer each time, and tried by one")
{
  Broken bench;
  for (int i = 0; i < 3; ++i)
    CHECK(bench.pull().error().what == "answered 503");
  const auto refused = bench.pull();
  CHECK(bench.inner->calls == 3);
  CHECK(refused.error().kind == ErrorKind::transient);
  CHECK(refused.error().retry_after == 30s);
  CHECK(refused.error().what == "the endpoint failed 3 times in a row, at last: answered 503; it "
                                "is left alone for a while");
  bench.clock.advance(30s);
  CHECK(bench.pull().error().what == "answered 503");
  CHECK(bench.inner->calls == 4);
  CHECK(bench.pull().error().retry_after == 60s);
  bench.clock.advance(60s);
  CHECK_FALSE(bench.pull());
  CHECK(bench.pull().error().retry_after == 100s);
  bench.clock.advance(100s);
  bench.down = false;
  CHECK(bench.pull());
  CHECK(bench.pull());
  CHECK(bench.inner->calls == 7);
}

TEST_CASE("what an endpoint that is left alone is not sent has certainly no effect")
{
  Broken bench;
  const Intent intents[2];
  const Stream stream;
  for (int i = 0; i < 3; ++i)
    bench.connector->push(stream, intents, {});
  const auto receipts = bench.connector->push(stream, intents, {});
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[1].outcome == Receipt::Outcome::not_sent);
  CHECK(receipts[1].error.retry_after == 30s);
  CHECK(bench.inner->calls == 3);
  // A person who asks is told how it is.
  bench.down = false;
  CHECK(bench.connector->reach({}));
}

TEST_CASE("an endpoint that answers is there, whatever it says")
{
  Broken bench;
  int call = 0;
  bench.inner->next = [&]() -> std::optional<Error> {
    if (++call % 3 == 0) return Error{ErrorKind::invalid, "answered 400"};
    return Error{ErrorKind::transient, "answered 503"};
  };
  for (int i = 0; i < 30; ++i)
    CHECK_FALSE(bench.pull());
  CHECK(bench.inner->calls == 30);
}

TEST_CASE("endpoints on one host share its pace, and the pause that one of them is asked for")
{
  FakeClock clock;
  const auto endpoint = [&](const std::string& url, std::optional<std::int64_t> rate) {
    EndpointSettings settings;
    settings.url = url;
    settings.limits.requests_per_second = rate;
    auto inner = std::make_unique<Scripted>();
    auto* scripted = inner.get();
    return std::pair(scripted, wrap::throttled(std::move(inner), settings.limits, clock,
                                               wrap::pace_of(settings, clock)));
  };
  auto [one, first] = endpoint("https://gw.example.in/a", 2);
  auto [two, second] = endpoint("https://GW.example.in:443/b", 10);
  auto [three, third] = endpoint("https://other.example.in", std::nullopt);
  for (int i = 0; i < 4; ++i) {
    CHECK(first->pull({}, {}));
    CHECK(second->pull({}, {}));
  }
  // Eight requests at two a second, two of them at once.
  std::chrono::milliseconds slept{0};
  for (const auto sleep : clock.sleeps())
    slept += sleep;
  CHECK(slept == 3s);
  CHECK(third->pull({}, {}));

  one->next = [] { return Error{ErrorKind::throttled, "answered 429", 60s}; };
  CHECK_FALSE(first->pull({}, {}));
  const int before = two->calls;
  const auto refused = second->pull({}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::throttled);
  CHECK(two->calls == before);
  CHECK(third->pull({}, {}));
}

} // namespace gramsetu::connectors
