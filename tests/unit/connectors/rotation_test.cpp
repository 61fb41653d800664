// Keys that are changed while a connector is in use, and what is counted of its calls.
#include "connectors/api/traffic.hpp"
#include "connectors/http/identity.hpp"
#include "connectors/wrap/breaker.hpp"
#include "connectors/wrap/metered.hpp"
#include "connectors/wrap/reopening.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>

namespace gramsetu::connectors {

using namespace std::chrono_literals;
using test::FakeClock;

namespace {

// Lets in whoever has the password that the world has now.
struct World {
  std::string password = "old"; // what the endpoint wants
  std::string kept = "old";     // what lies in our file
  int opened = 0, asked = 0;
  bool broken = false; // nothing can be opened
};

class Guarded final : public Connector {
public:
  Guarded(World& world, std::string password) : world_(world), password_(std::move(password)) {}

  Capabilities capabilities(const Stream&) const override { return {}; }
  Result<Page> pull(const PullRequest&, std::stop_token) override
  {
    TRY_VOID(enter());
    Page page;
    page.bytes = 7;
    return page;
  }
  std::vector<Receipt> push(const Stream&, std::span<const Intent> intents,
                            std::stop_token) override
  {
    Receipt receipt;
    receipt.outcome = Receipt::Outcome::applied;
    if (const auto entered = enter(); !entered) {
      receipt.outcome = Receipt::Outcome::not_sent;
      receipt.error = entered.error();
    }
    return std::vector<Receipt>(intents.size(), receipt);
  }
  Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                      std::stop_token) override
  {
    TRY_VOID(enter());
    return std::vector<Sighting>{};
  }
  Result<std::string> reach(std::stop_token) override
  {
    TRY_VOID(enter());
    return std::string("here");
  }

private:
  Result<void> enter()
  {
    ++world_.asked;
    if (password_ == world_.password) return {};
    return fail(ErrorKind::unauthorized, "401");
  }
  World& world_;
  std::string password_;
};

struct Bench {
  FakeClock clock;
  NullSink sink;
  World world;
  std::string certificate; // a file
  std::unique_ptr<Connector> connector;

  void open()
  {
    EndpointSettings settings;
    settings.auth.password = Secret(world.kept);
    settings.tls.certificate = certificate;
    const wrap::Reopen reopen{[this](const auto& given) -> Result<std::unique_ptr<Connector>> {
                                ++world.opened;
                                if (world.broken)
                                  return fail(ErrorKind::invalid, "does not belong to the key");
                                return std::unique_ptr<Connector>(
                                    std::make_unique<Guarded>(world, given.auth.password.reveal()));
                              },
                              [this](const auto& present) -> std::optional<EndpointSettings> {
                                if (present.auth.password.reveal() == world.kept)
                                  return std::nullopt;
                                auto next = present;
                                next.auth.password = Secret(world.kept);
                                return next;
                              }};
    connector = wrap::reopening(std::make_unique<Guarded>(world, world.kept), settings,
                                Log(clock, sink), reopen);
  }
};

} // namespace

TEST_CASE("after a 401 the secrets are read again once, and the call is repeated with a new one")
{
  Bench bench;
  bench.open();
  CHECK(bench.connector->pull({}, {}));
  bench.world.password = bench.world.kept = "new";
  CHECK(bench.connector->pull({}, {}));
  CHECK(bench.world.opened == 1);
  CHECK(bench.world.asked == 3);
  CHECK(bench.connector->reach({}));
  CHECK(bench.world.asked == 4);
}

TEST_CASE("a secret that has not changed is not tried twice")
{
  Bench bench;
  bench.open();
  bench.world.password = "theirs";
  CHECK(bench.connector->probe({}, {}, {}).error().kind == ErrorKind::unauthorized);
  CHECK(bench.world.asked == 1);
  CHECK(bench.world.opened == 0);
  // A wrong one in the file is tried once.
  bench.world.kept = "wrong";
  CHECK_FALSE(bench.connector->reach({}));
  CHECK(bench.world.asked == 3);
  CHECK_FALSE(bench.connector->reach({}));
  CHECK(bench.world.asked == 4);
}

TEST_CASE("a push that was not let in is sent with the new secret, all of it")
{
  Bench bench;
  bench.open();
  bench.world.password = bench.world.kept = "new";
  const std::vector<Intent> intents(2);
  const auto receipts = bench.connector->push({}, intents, {});
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[0].outcome == Receipt::Outcome::applied);
  CHECK(receipts[1].outcome == Receipt::Outcome::applied);
}

TEST_CASE(
    "a certificate that is renewed is taken before the next call; one that does not fit is not")
{
  Bench bench;
  test::TempDir dir;
  bench.certificate = dir.write("hub.pem", "first");
  bench.open();
  CHECK(bench.connector->pull({}, {}));
  CHECK(bench.world.opened == 0);
  dir.write("hub.pem", "the second");
  bench.world.broken = true; // its key is not there yet
  CHECK(bench.connector->pull({}, {}));
  CHECK(bench.connector->pull({}, {}));
  CHECK(bench.world.opened == 1); // looked at once, and told once
  bench.world.broken = false;
  bench.world.kept = bench.world.password = "new"; // now the key is there
  CHECK(bench.connector->pull({}, {}));
  CHECK(bench.world.opened == 2);
  CHECK(bench.world.asked == 4);
}

TEST_CASE("a certificate is looked at together with its key, and its end is known")
{
  if (!test::Certificates::can_be_made()) {
    MESSAGE("skipped: openssl is not installed");
    return;
  }
  const test::Certificates certificates;
  Tls tls;
  tls.certificate = certificates.file("client.pem");
  tls.key = Secret(certificates.dir.read("client.key"));
  const auto read = http::read_identity(tls);
  REQUIRE(read);
  const auto left = read->until - SystemClock().now();
  CHECK(left > 24h);
  CHECK(left < 72h);
  const auto refused = [&] { return http::read_identity(tls).error().what; };
  tls.key = Secret(certificates.dir.read("server.key"));
  CHECK(refused().ends_with("does not belong to the key; they must be renewed together"));
  tls.key = Secret("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n");
  CHECK(refused().find("canary") == std::string::npos);
  tls.key = Secret(certificates.dir.read("client.key"));
  tls.certificate = certificates.dir.write("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
  CHECK(refused().ends_with("is no certificate in PEM"));
  tls.certificate = certificates.file("nowhere.pem");
  CHECK(refused().ends_with("cannot be read"));
}

TEST_CASE("calls, records and bytes are counted by what became of them")
{
  FakeClock clock;
  World world;
  const auto traffic = std::make_shared<Traffic>();
  const auto connector = wrap::metered(std::make_unique<Guarded>(world, "old"), clock, traffic);
  CHECK(connector->pull({}, {}));
  CHECK(connector->push({}, std::vector<Intent>(3), {}).size() == 3);
  world.password = "new";
  CHECK_FALSE(connector->pull({}, {}));
  CHECK(connector->push({}, std::vector<Intent>(2), {}).size() == 2);
  const auto counts = traffic->counts();
  CHECK(counts.calls.at({"pull", "ok"}) == 1);
  CHECK(counts.calls.at({"pull", "unauthorized"}) == 1);
  CHECK(counts.calls.at({"push", "ok"}) == 1);
  CHECK(counts.calls.at({"push", "unauthorized"}) == 1);
  CHECK(counts.pushed.at("applied") == 3);
  CHECK(counts.pushed.at("not_sent") == 2);
  CHECK(counts.received == 7);
  CHECK(counts.took.front() == 4);
}

TEST_CASE("a breaker tells how long an endpoint is left alone")
{
  FakeClock clock;
  World world;
  const auto traffic = std::make_shared<Traffic>();
  class Dead final : public Connector {
    Capabilities capabilities(const Stream&) const override { return {}; }
    Result<Page> pull(const PullRequest&, std::stop_token) override
    {
      return fail(ErrorKind::transient, "connection refused");
    }
    std::vector<Receipt> push(const Stream&, std::span<const Intent>, std::stop_token) override
    {
      return {};
    }
    Result<std::vector<Sighting>> probe(const Stream&, std::span<const Reference>,
                                        std::stop_token) override
    {
      return std::vector<Sighting>{};
    }
    Result<std::string> reach(std::stop_token) override { return std::string(); }
  };
  const auto connector = wrap::breaking(std::make_unique<Dead>(), clock, {2, 30s, 60s}, traffic);
  CHECK_FALSE(connector->pull({}, {}));
  CHECK(traffic->counts().left_alone_until <= clock.ticks());
  CHECK_FALSE(connector->pull({}, {}));
  CHECK(traffic->counts().left_alone_until == clock.ticks() + 30s);
}

} // namespace gramsetu::connectors
