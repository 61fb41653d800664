// A PostgreSQL server that is reached over the network: whom we trust, and who we are.
#include "connectors/sql/postgres.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/postgres.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

struct Visit {
  std::string ca = "ca.pem", client = "client", host = "127.0.0.1";
};

// "", or why the server and we do not come together.
std::string visit(const Postgres& server, const Certificates& certificates, const Visit& visit)
{
  EndpointSettings settings;
  SystemClock clock;
  NullSink sink;
  settings.name = "state";
  settings.url = server.tls_url(visit.host);
  settings.tls.ca = certificates.file(visit.ca);
  if (!visit.client.empty()) {
    settings.tls.certificate = certificates.file(visit.client + ".pem");
    settings.tls.key = Secret(certificates.dir.read(visit.client + ".key"));
  }
  auto database = sql::postgres_database(settings, {clock, Log(clock, sink), "hub"}, false);
  if (!database) return database.error().what;
  const auto greeting = (*database)->greet({});
  return greeting ? "" : greeting.error().what;
}

} // namespace

TEST_CASE("PostgreSQL by TLS lets through whom both sides know, and nobody else")
{
  if (!Certificates::can_be_made()) {
    MESSAGE("skipped: openssl is not installed");
    return;
  }
  const Certificates certificates("gramsetu"); // a certificate is for a user's name
  const auto server = Postgres::with_tls(certificates);
  if (!server) return;
  CHECK(visit(*server, certificates, {}) == "");
  const std::string untrusted = visit(*server, certificates, {.ca = "other.pem"});
  CHECK_MESSAGE(untrusted.find("certificate verify failed") != std::string::npos, untrusted);
  const std::string misnamed = visit(*server, certificates, {.host = "localhost"});
  CHECK_MESSAGE(misnamed.find("does not match host name") != std::string::npos, misnamed);
  const std::string nobody = visit(*server, certificates, {.client = ""});
  CHECK_MESSAGE(nobody.find("certificate") != std::string::npos, nobody);
  const std::string stranger = visit(*server, certificates, {.client = "other"});
  CHECK_FALSE(stranger.empty());
  const std::string secret = certificates.dir.read("client.key").substr(40, 20);
  for (const std::string& error : {untrusted, misnamed, nobody, stranger})
    CHECK(error.find(secret) == std::string::npos);
}

TEST_CASE("a certificate without its key is refused before anything is asked")
{
  EndpointSettings settings;
  SystemClock clock;
  NullSink sink;
  settings.url = "postgresql://csc@db.example/csc";
  settings.tls.certificate = "hub.pem";
  const auto database = sql::postgres_database(settings, {clock, Log(clock, sink), "hub"}, false);
  REQUIRE_FALSE(database);
  CHECK(database.error().what == "tls.certificate and tls.key go together");
}

} // namespace gramsetu::connectors
