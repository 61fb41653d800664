// Signatures and sealed messages: known answers, and what the openssl program makes of the same.
#include "base/hmac.hpp"
#include "connectors/http/message.hpp"
#include "connectors/http/seal/messages.hpp"
#include "connectors/http/url.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace gramsetu::connectors {

using namespace gramsetu::test;
namespace seal = http::seal;

namespace {

std::string bytes(const std::string& hex)
{
  std::string made;
  for (std::size_t at = 0; at < hex.size(); at += 2)
    made.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  return made;
}

bool has_openssl()
{
  const bool there = std::system("openssl version >/dev/null 2>&1") == 0;
  if (!there) MESSAGE("skipped: openssl is not installed");
  return there;
}

// Two parties with RSA keys of 1024 bits, as the bridge has them.
struct Parties {
  TempDir dir;

  Parties()
  {
    for (const std::string who : {"ours", "theirs"})
      shell("openssl genrsa -out " + who + ".key 1024 && openssl rsa -in " + who +
            ".key -pubout -out " + who + ".pub");
  }
  void shell(const std::string& commands) const
  {
    const std::string line = "cd '" + dir.path() + "' && { " + commands + " ; } >/dev/null 2>&1";
    REQUIRE(std::system(line.c_str()) == 0);
  }
  seal::BridgeKeys of(const std::string& own, const std::string& other) const
  {
    return {dir.read(own + ".key"), dir.read(other + ".pub")};
  }
};

const std::string kGet = "    pull: { request: { path: /things, query: { q: \"a b\" } }, "
                         "records: /records }\n";

} // namespace

TEST_CASE("HMAC and AES give the answers that their standards print")
{
  // RFC 4231, case 2.
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // NIST SP 800-38A, F.2.1 and F.2.5, first block; what follows is the padding.
  const std::string iv = bytes("000102030405060708090a0b0c0d0e0f");
  const std::string plain = bytes("6bc1bee22e409f96e93d7e117393172a");
  const seal::AesKey shorter{bytes("2b7e151628aed2a6abf7158809cf4f3c"), iv};
  const seal::AesKey longer{
      bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"), iv};
  CHECK(seal::encrypt(shorter, plain)->substr(0, 16) == bytes("7649abac8119b246cee98e9b12e9197d"));
  CHECK(seal::encrypt(longer, plain)->substr(0, 16) == bytes("f58c4c04d6e5f1ba779eabfb5f7bfbd6"));
  CHECK(*seal::decrypt(longer, *seal::encrypt(longer, plain)) == plain);
  CHECK_FALSE(seal::decrypt(longer, *seal::encrypt(shorter, plain)));
  CHECK_FALSE(seal::encrypt({"short", iv}, plain));
}

TEST_CASE("a message that the openssl program seals is opened, and the other way round")
{
  if (!has_openssl()) return;
  const Parties parties;
  parties.dir.write("plain", "merchant_txn=P1211|txn_amount=1250.00|");
  parties.dir.write("word", "0123456789abcdefghijklmnopqrstuv");
  parties.shell(
      "openssl dgst -sha256 -sign theirs.key plain | openssl base64 -A > sig && "
      "{ cat plain; printf checksum=; cat sig; } > whole && "
      "openssl pkeyutl -encrypt -pubin -inkey ours.pub -pkeyopt rsa_padding_mode:oaep -in word "
      "-out wrapped && "
      "openssl enc -aes-256-cbc -K $(xxd -p -c 64 word 2>/dev/null || od -An -tx1 -v word | tr -d "
      "' \\n') -iv 30303030303030303030303030303030 -in whole -out body && "
      "cat wrapped body | openssl base64 -A > sealed");
  const auto opened = seal::open_message(parties.of("ours", "theirs"), parties.dir.read("sealed"));
  REQUIRE(opened);
  CHECK(*opened == seal::Pairs{{"merchant_txn", "P1211"}, {"txn_amount", "1250.00"}});

  const auto sealed = seal::seal_message(parties.of("ours", "theirs"), *opened);
  REQUIRE(sealed);
  parties.dir.write("out", *sealed);
  parties.shell("openssl base64 -d -A -in out > all && head -c 128 all > head && "
                "tail -c +129 all > tail && openssl pkeyutl -decrypt -inkey theirs.key -pkeyopt "
                "rsa_padding_mode:oaep -in head -out key && "
                "openssl enc -d -aes-256-cbc -K $(od -An -tx1 -v key | tr -d ' \\n') -iv "
                "30303030303030303030303030303030 -in tail -out message");
  CHECK(parties.dir.read("message").starts_with("merchant_txn=P1211|txn_amount=1250.00|checksum="));
}

TEST_CASE("a sealed message that was changed, is signed by another or not at all is not believed")
{
  if (!has_openssl()) return;
  const Parties parties;
  const auto sealed = seal::seal_message(parties.of("theirs", "ours"), {{"a", "1"}});
  REQUIRE(sealed);
  REQUIRE(seal::open_message(parties.of("ours", "theirs"), *sealed));
  CHECK(seal::open_message(parties.of("ours", "ours"), *sealed).error().what ==
        "the signature of a sealed message is wrong");
  std::string changed = *sealed;
  changed[changed.size() - 30] = changed[changed.size() - 30] == 'A' ? 'B' : 'A';
  CHECK_FALSE(seal::open_message(parties.of("ours", "theirs"), changed));
  CHECK_FALSE(seal::open_message(parties.of("ours", "theirs"), "no base64!"));
  CHECK_FALSE(seal::open_message(parties.of("ours", "theirs"), ""));
}

TEST_CASE("what a sealed message cannot carry is refused at the edge")
{
  CHECK(*seal::join({{"a", "1"}, {"b", ""}}, '|', true) == "a=1|b=|");
  CHECK(*seal::join({{"a", "1"}, {"b", "2"}}, '&', false) == "a=1&b=2");
  for (const std::string& value : {std::string("1|b=2"), std::string("x=y"), std::string("\n")})
    CHECK_FALSE(seal::join({{"a", value}}, '|', true));
  CHECK_FALSE(seal::split("a=1|nothing|", '|'));
}

TEST_CASE("a request in the manner of NAPIX is sealed and checked, and its answer opened")
{
  const seal::AesKey key{"0123456789abcdef", "fedcba9876543210"};
  const std::string inside = R"({"records":[{"code":"a"}]})";
  const auto server = serve({answer(
      200, "{\"response_str\":\"" + gramsetu::base64(*seal::encrypt(key, inside)) + "\"}")});
  HttpBench bench("    pull: { request: { path: /api, query: { dept_id: \"7\", state: \"19\", "
                  "district: \"309\" } }, records: /records }\n",
                  "seal: { kind: napix, clear: [dept_id] }\n");
  bench.settings.sealing.key = Secret(key.key);
  bench.settings.sealing.iv = Secret("hex:66656463626139383736353433323130");
  bench.settings.sealing.mac_key = Secret("mac");
  bench.open(*server);
  CHECK(codes_of(bench.pull_all()) == "a ");
  const std::string query = query_of(server->heard()[0]);
  CHECK(http::query_value(query, "dept_id") == "7");
  CHECK_FALSE(http::query_value(query, "state"));
  const auto sealed = gramsetu::from_base64(*http::query_value(query, "request_str"));
  CHECK(*seal::decrypt(key, *sealed) == "state=19&district=309");
  CHECK(http::query_value(query, "request_token") ==
        to_hex(hmac_sha256("mac", "state=19&district=309")));
}

TEST_CASE("an answer that cannot be opened is a failed request")
{
  const auto server = serve({answer(200, R"({"response_str":"AAAA"})")});
  HttpBench bench(kGet, "seal: { kind: napix }\n");
  bench.settings.sealing.key = Secret("0123456789abcdef");
  bench.settings.sealing.iv = Secret("fedcba9876543210");
  bench.open(*server);
  const auto page = bench.pull();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::transient);
  CHECK(page.error().what == "GET /things: a sealed message cannot be opened");
}

TEST_CASE("a body for the bridge goes sealed under our name, and its answer is read as members")
{
  if (!has_openssl()) return;
  const Parties parties;
  const auto told = seal::seal_message(parties.of("theirs", "ours"),
                                       {{"code", "a"}, {"txn_status_message", "Success"}});
  const auto server = serve({answer(200, "{\"response_data\":\"" + *told + "\"}")});
  HttpBench bench("    pull: { request: { method: POST, path: /v1/status, json: { merchant_txn: "
                  "P1 } }, records: \"\" }\n",
                  "seal: { kind: csc_bridge }\n");
  bench.settings.sealing.private_key = Secret(parties.dir.read("ours.key"));
  bench.settings.sealing.public_key = parties.dir.path() + "/theirs.pub";
  bench.settings.sealing.party = "12345";
  bench.open(*server);
  CHECK(codes_of(bench.pull_all()) == "a ");
  const auto sent = json(server->heard()[0].body);
  CHECK(schema::at_pointer(sent, "/merchant_id")->text() == "12345");
  const auto opened = seal::open_message(parties.of("theirs", "ours"),
                                         schema::at_pointer(sent, "/request_data")->text());
  REQUIRE(opened);
  CHECK(*opened == seal::Pairs{{"merchant_txn", "P1"}});
}

TEST_CASE("requests are signed as the manifest says, and nothing is signed without a key")
{
  const std::string top =
      "signature:\n  text: \"{method}|{path}|{query}|{now}|{body_sha256}\"\n"
      "  headers: { X-Signature: \"{key_id}:{signature}\", X-Date: \"{now}\" }\n";
  const auto server = serve({list({"a"})});
  HttpBench bench(kGet, top);
  FakeClock clock;
  bench.time = &clock;
  bench.settings.auth.kind = Auth::Kind::hmac;
  bench.settings.auth.client_id = "hub";
  bench.settings.auth.value = Secret("shared");
  bench.open(*server);
  REQUIRE(bench.pull());
  const auto heard = server->heard()[0];
  const std::string now = "2026-11-23T04:30:00.000Z";
  CHECK(heard.header("X-Date") == now);
  CHECK(heard.header("X-Signature") ==
        "hub:" +
            to_hex(hmac_sha256("shared", "GET|/things|q=a%20b|" + now + "|" + to_hex(sha256("")))));
  HttpBench unkeyed(kGet, top);
  unkeyed.settings.url = "http://127.0.0.1:1";
  const auto opened =
      http::transport_type().open(unkeyed.settings, {clock, Log(clock, unkeyed.sink), "hub"});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what == "endpoint test: its manifest signs requests: auth must be hmac");
}

TEST_CASE("what is missing for sealing is said when the endpoint opens or the manifest is read")
{
  HttpBench bench(kGet, "seal: { kind: napix }\n");
  bench.settings.url = "http://127.0.0.1:1";
  const auto error = [&] {
    const auto opened = http::transport_type().open(
        bench.settings, {bench.clock, Log(bench.clock, bench.sink), "hub"});
    return opened ? std::string() : opened.error().what;
  };
  CHECK(error() == "endpoint test: the manifest seals messages: 'sealing' needs 'key' and 'iv'");
  bench.settings.sealing.key = Secret("too short");
  bench.settings.sealing.iv = Secret("fedcba9876543210");
  CHECK(error() == "endpoint test: an AES key has 16, 24 or 32 bytes, and its iv has 16");
  const auto finding = [](const std::string& top) {
    HttpBench broken(kGet, top);
    return broken.findings.empty() ? std::string("none") : broken.findings.front().wrong;
  };
  CHECK(finding("seal: { request: x }\n") == "'seal' names no kind");
  CHECK(finding("signature: { text: \"{method}\" }\n") == "the signature is never sent");
  CHECK(finding("signature: { headers: { X: \"{signature}\" } }\n") ==
        "'signature' does not say what is signed");
}

} // namespace gramsetu::connectors
