// How requests prove who sends them, and that no proof shows up where it should not.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kStream = "    pull: { request: /things, records: /records }\n"
                            "    push:\n"
                            "      create: { path: /things, key: /id }\n";
const std::string kEmpty = answer(200, R"({"records":[]})");

std::string token(const std::string& value, const std::string& more = "")
{
  return answer(200, R"({"access_token":")" + value + R"(","token_type":"Bearer")" + more + "}");
}

Auth oauth(const ScriptServer& server)
{
  Auth auth;
  auth.kind = Auth::Kind::oauth2;
  auth.token_url = server.url("/oauth2/token");
  auth.client_id = "jalpaiguri";
  auth.client_secret = Secret("s3cret:/?");
  auth.scope = "a b";
  return auth;
}

} // namespace

TEST_CASE("api keys, basic and bearer credentials go where they belong")
{
  const auto server = serve({kEmpty, kEmpty, kEmpty, kEmpty});
  const auto with = [&](const Auth& auth) {
    HttpBench bench(kStream);
    bench.settings.auth = auth;
    bench.open(*server);
    CHECK(bench.pull());
  };
  Auth header;
  header.kind = Auth::Kind::api_key;
  header.header = "X-API-Key";
  header.value = Secret("k1");
  with(header);
  CHECK(server->heard()[0].header("X-API-Key") == "k1");
  Auth query;
  query.kind = Auth::Kind::api_key;
  query.query = "api-key";
  query.value = Secret("k 2");
  with(query);
  CHECK(server->heard()[1].line() == "GET /things?api-key=k%202 HTTP/1.1");
  Auth basic;
  basic.kind = Auth::Kind::basic;
  basic.user = "Aladdin";
  basic.password = Secret("open sesame");
  with(basic);
  CHECK(server->heard()[2].header("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  Auth bearer;
  bearer.kind = Auth::Kind::bearer;
  bearer.value = Secret("t1");
  with(bearer);
  CHECK(server->heard()[3].header("Authorization") == "Bearer t1");
}

TEST_CASE("an access token is fetched once and used until shortly before its end")
{
  const auto tokens = serve({token("t1", R"(,"expires_in":300)"), token("t2")});
  const auto server = serve({kEmpty, kEmpty, kEmpty});
  HttpBench bench(kStream);
  bench.settings.auth = oauth(*tokens);
  bench.open(*server);
  CHECK(bench.pull());
  CHECK(bench.pull());
  CHECK(tokens->heard().size() == 1);
  CHECK(tokens->heard()[0].line() == "POST /oauth2/token HTTP/1.1");
  CHECK(tokens->heard()[0].body == "grant_type=client_credentials&scope=a%20b");
  CHECK(tokens->heard()[0].header("Authorization") == "Basic amFscGFpZ3VyaTpzM2NyZXQlM0ElMkYlM0Y=");
  CHECK(server->heard()[1].header("Authorization") == "Bearer t1");
}

TEST_CASE("a token that ends at once is renewed before each request")
{
  const auto tokens = serve({token("t1", R"(,"expires_in":"0")"), token("t2")});
  const auto server = serve({kEmpty, kEmpty});
  HttpBench bench(kStream);
  bench.settings.auth = oauth(*tokens);
  bench.open(*server);
  CHECK(bench.pull());
  CHECK(bench.pull());
  CHECK(server->heard()[1].header("Authorization") == "Bearer t2");
}

TEST_CASE("a 401 renews the token once, for reads and writes, and never loops")
{
  SUBCASE("a read")
  {
    const auto tokens = serve({token("t1"), token("t2")});
    const auto server = serve({answer(401, ""), kEmpty});
    HttpBench bench(kStream);
    bench.settings.auth = oauth(*tokens);
    bench.open(*server);
    CHECK(bench.pull());
    CHECK(server->heard()[1].header("Authorization") == "Bearer t2");
  }
  SUBCASE("a write")
  {
    const auto tokens = serve({token("t1"), token("t2")});
    const auto server = serve({answer(401, ""), answer(201, R"({"id":7})")});
    HttpBench bench(kStream);
    bench.settings.auth = oauth(*tokens);
    bench.open(*server);
    CHECK(bench.push({intent(Verb::create, "a")})[0].outcome == Receipt::Outcome::applied);
  }
  SUBCASE("for ever")
  {
    const auto tokens = serve({token("t1"), token("t2"), token("t3")});
    const auto server = serve({answer(401, ""), answer(401, ""), kEmpty});
    HttpBench bench(kStream);
    bench.settings.auth = oauth(*tokens);
    bench.open(*server);
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == ErrorKind::unauthorized);
    CHECK(server->heard().size() == 2);
    CHECK(tokens->heard().size() == 2);
  }
  SUBCASE("other credentials are not tried again: that could lock the account")
  {
    const auto server = serve({answer(401, ""), kEmpty});
    HttpBench bench(kStream);
    bench.settings.auth.kind = Auth::Kind::bearer;
    bench.settings.auth.value = Secret("t");
    bench.open(*server);
    CHECK_FALSE(bench.pull());
    CHECK(server->heard().size() == 1);
  }
}

TEST_CASE("a token server that fails leaves the endpoint unasked and the intent unsent")
{
  const auto outcome = [](const std::string& bytes) {
    const auto tokens = serve({bytes, bytes});
    const auto server = serve({kEmpty});
    HttpBench bench(kStream);
    bench.settings.auth = oauth(*tokens);
    bench.open(*server);
    const auto receipts = bench.push({intent(Verb::create, "a")});
    CHECK(receipts[0].outcome == Receipt::Outcome::not_sent);
    CHECK(server->connections() == 0);
    return receipts[0].error;
  };
  CHECK(outcome(answer(503, "")).kind == ErrorKind::transient);
  CHECK(outcome(answer(429, "", "Retry-After: 5\r\n")).kind == ErrorKind::throttled);
  CHECK(outcome(answer(200, "{}")).kind == ErrorKind::transient);
  CHECK(outcome(answer(302, "", "Location: /x\r\n")).kind == ErrorKind::unauthorized);
  const Error refused = outcome(answer(401, R"({"error":"invalid_client","detail":"s3cret:/?"})"));
  CHECK(refused.kind == ErrorKind::unauthorized);
  CHECK(refused.what.find("invalid_client") != std::string::npos);
  CHECK(refused.what.find("s3cret") == std::string::npos);
}

TEST_CASE("no error shows a secret, though the endpoint echoes it")
{
  for (const std::string secret : {"canary-4711", "canary\xe0\xa4\x95"}) {
    const auto server = serve({answer(400, "you sent api-key=" + secret + " and " + secret),
                               answer(400, "{\"key\":\"" + secret + "\"}")});
    HttpBench bench(kStream);
    bench.settings.auth.kind = Auth::Kind::api_key;
    bench.settings.auth.query = "api-key";
    bench.settings.auth.value = Secret(secret);
    bench.open(*server);
    const auto page = bench.pull();
    REQUIRE_FALSE(page);
    CHECK(page.error().what.find("canary") == std::string::npos);
    CHECK(page.error().what.find("********") != std::string::npos);
    const auto receipts = bench.push({intent(Verb::create, "a")});
    CHECK(receipts[0].error.what.find("canary") == std::string::npos);
    bench.settings.url = "http://127.0.0.1:" + std::to_string(closed_port());
    auto dead = http::transport_type().open(
        bench.settings, {bench.clock, Log(bench.clock, bench.sink), "jalpaiguri"});
    REQUIRE(dead);
    PullRequest request;
    request.stream = &bench.stream();
    const auto down = (*dead)->pull(request, {});
    REQUIRE_FALSE(down);
    CHECK(down.error().what.find("canary") == std::string::npos);
  }
}

} // namespace gramsetu::connectors
