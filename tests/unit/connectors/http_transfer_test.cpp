// Compressed answers, answers that break off and go on, and lines that are not to be filled.
#include "tests/unit/connectors/gzip_files.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

const std::string kZipped = "compression: gzip\n";
const std::string kEncoded = "Content-Encoding: gzip\r\n";
const std::string kTwo = R"({"records":[{"code":"a"},{"code":"b"}]})";

std::string error_of(const Result<Page>& page)
{
  return page ? "none" : page.error().what;
}

// The first `size` bytes of `kTwo`, with the head of the whole.
std::string broken(std::size_t size, const std::string& headers)
{
  std::string bytes = answer(200, kTwo, headers);
  bytes.resize(bytes.size() - kTwo.size() + size);
  return bytes;
}

std::string rest(std::size_t from, const std::string& range, const std::string& body)
{
  static_cast<void>(from);
  return answer(206, body, "Content-Range: " + range + "\r\nETag: \"v1\"\r\n");
}

// What a pull comes to over these connections, and what was asked for.
std::pair<std::string, std::vector<Heard>> pulled(const std::vector<Script>& scripts)
{
  const ScriptServer server(scripts);
  HttpBench bench(kPlain);
  bench.open(server);
  const std::string got = codes_of(bench.pull_all());
  return {got, server.heard()};
}

} // namespace

TEST_CASE("a compressed answer is read where the manifest allows it, and its end is seen")
{
  const auto server = serve({answer(200, gzip(kTwo), kEncoded)});
  HttpBench bench(kPlain, kZipped);
  bench.open(*server);
  CHECK(codes_of(bench.pull_all()) == "a b ");
  CHECK(server->heard()[0].header("Accept-Encoding") == "gzip");
  // Nobody asked for it.
  CHECK(error_of(pull_one(answer(200, gzip(kTwo), kEncoded))).find("compressed") !=
        std::string::npos);
}

TEST_CASE("a compressed answer that is cut, damaged or followed by something is refused")
{
  const std::string whole = gzip(kTwo);
  for (const std::size_t size : {whole.size() / 2, whole.size() - 8, whole.size() - 1}) {
    CAPTURE(size);
    CHECK(error_of(pull_one(answer(200, whole.substr(0, size), kEncoded), kPlain, kZipped))
              .find("does not end") != std::string::npos);
  }
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1; // its checksum
  CHECK(error_of(pull_one(answer(200, damaged, kEncoded), kPlain, kZipped)).find("damaged") !=
        std::string::npos);
  CHECK(
      error_of(pull_one(answer(200, whole + "more", kEncoded), kPlain, kZipped)).find("damaged") !=
      std::string::npos);
  CHECK(error_of(pull_one(answer(200, kTwo, kEncoded), kPlain, kZipped)).find("damaged") !=
        std::string::npos);
}

TEST_CASE("a bomb is cut off at the size that is allowed, not at the size that it says")
{
  const std::string bomb = gzip(std::string(64 << 20, ' '));
  CHECK(bomb.size() < (1 << 18));
  const auto server = serve({answer(200, bomb, kEncoded)});
  HttpBench bench(kPlain, kZipped);
  bench.settings.limits.response_bytes = 1 << 20;
  bench.open(*server);
  const auto page = bench.pull();
  CHECK(error_of(page).find("it exceeds 1048576 bytes") != std::string::npos);
  CHECK(page.error().kind == ErrorKind::invalid);
}

TEST_CASE("an answer that breaks off is gone on with, as often as something more comes")
{
  const std::string tag = "ETag: \"v1\"\r\n";
  const auto [got, heard] =
      pulled({{send(broken(10, tag)), close()},
              {send("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-38/39\r\n"
                    "Content-Length: 29\r\nContent-Type: application/json\r\n\r\n" +
                    kTwo.substr(10, 10)),
               close()},
              {send(rest(20, "bytes 20-38/39", kTwo.substr(20)))}});
  REQUIRE(kTwo.size() == 39);
  CHECK(got == "a b ");
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].header("Range").empty());
  CHECK(heard[1].header("Range") == "bytes=10-");
  CHECK(heard[1].header("If-Range") == "\"v1\"");
  CHECK(heard[2].header("Range") == "bytes=20-");
}

TEST_CASE("an answer that has changed meanwhile comes whole")
{
  const auto [got, heard] =
      pulled({{send(broken(10, "ETag: \"v1\"\r\n")), close()}, {send(list({"c"}))}});
  CHECK(got == "c ");
}

TEST_CASE("parts that do not fit together are not put together")
{
  const std::string tag = "ETag: \"v1\"\r\n";
  for (const std::string& part :
       {rest(10, "bytes 9-38/39", kTwo.substr(9)), rest(10, "bytes 10-38/40", kTwo.substr(10)),
        rest(10, "bytes 10-20/39", kTwo.substr(10, 11)), answer(206, kTwo.substr(10))}) {
    const auto [got, heard] = pulled({{send(broken(10, tag)), close()}, {send(part)}});
    CHECK(got.starts_with("error: "));
  }
}

TEST_CASE("without a strong tag, or of what is no plain read, nothing is gone on with")
{
  for (const std::string& headers : {std::string(), std::string("ETag: W/\"v1\"\r\n")}) {
    const auto [got, heard] = pulled({{send(broken(10, headers)), close()}, {send(list({"c"}))}});
    CHECK(got.starts_with("error: "));
    CHECK(heard.size() == 1);
  }
  const ScriptServer server({{send(broken(10, "ETag: \"v1\"\r\n")), close()}, {send(list({"c"}))}});
  HttpBench bench("    push: { create: { path: /things } }\n");
  bench.open(server);
  CHECK(names_of(bench.push({intent(Verb::create, "a")})) == "unknown");
  CHECK(server.heard().size() == 1);
}

TEST_CASE("a part that nobody asked for is refused")
{
  CHECK(error_of(pull_one(rest(0, "bytes 0-38/39", kTwo))).find("a part that nobody asked for") !=
        std::string::npos);
}

TEST_CASE("a line is not filled beyond what it is allowed")
{
  const std::string padded = kTwo + std::string(6'000'000, ' ');
  const auto server = serve({answer(200, padded)});
  HttpBench bench(kPlain);
  bench.settings.limits.bytes_per_second = 4'000'000;
  bench.open(*server);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(bench.pull());
  CHECK(std::chrono::steady_clock::now() - start > std::chrono::milliseconds(400));
}

} // namespace gramsetu::connectors
