// Pages that shrink on a line that breaks or crawls, and grow again.
#include "connectors/http/page_sizes.hpp"
#include "connectors/http/pages.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;
using namespace std::chrono_literals;
using http::PageSizes;
using http::SizeRange;

namespace {

const std::string kShrinking =
    "{ by: offset, offset: skip, limit: limit, size: 8, least: 2, total: /total }";

// The records with these numbers, of so many.
std::string page_of(int from, int to, int total, const std::string& more = "")
{
  std::vector<std::string> codes;
  for (int i = from; i <= to; ++i)
    codes.push_back(std::to_string(i));
  return list(codes, ",\"total\":" + std::to_string(total) + more);
}

// The answer, but for its last bytes.
Script cut(std::string bytes)
{
  bytes.resize(bytes.size() - 5);
  return {send(std::move(bytes)), close()};
}

Script whole(std::string bytes)
{
  return {send(std::move(bytes)), close()};
}

// Page by page to the end; each is asked for again as long as it breaks, a few times.
std::string codes_of_walk(HttpBench& bench, std::string at = "")
{
  std::vector<Page> pages;
  for (int attempts = 0; attempts < 20; ++attempts) {
    auto page = bench.pull(at);
    if (!page && page.error().kind == ErrorKind::transient) continue;
    if (!page) return page.error().what;
    at = page->next;
    pages.push_back(std::move(*page));
    if (pages.back().last) return codes_of(pages) + (pages.back().damaged ? "damaged" : "");
  }
  return "no end";
}

std::vector<std::string> queries(const ScriptServer& server)
{
  std::vector<std::string> all;
  for (const Heard& heard : server.heard())
    all.push_back(query_of(heard));
  return all;
}

using Queries = std::vector<std::string>;

} // namespace

TEST_CASE(
    "a size is halved at once, grows by a quarter after four pages' worth, and stays in range")
{
  const SizeRange range{100, 20, 0ms};
  const auto traffic = std::make_shared<Traffic>();
  PageSizes sizes(traffic);
  CHECK(sizes.size_of("a", range, 0) == 100);
  CHECK(sizes.broke("a", range, 100) == 50);
  CHECK(sizes.broke("a", range, 100) == 50); // asked for at the same time by another
  CHECK(sizes.size_of("a", range, 0) == 50);
  CHECK(sizes.size_of("b", range, 0) == 100); // each stream has its own
  CHECK(traffic->counts().smaller_pages == std::map<std::string, std::size_t>{{"a", 50}});

  for (int page = 0; page < 3; ++page)
    sizes.came("a", range, 50, 50);
  sizes.came("a", range, 25, 25); // a smaller one shows nothing
  CHECK(sizes.size_of("a", range, 0) == 50);
  sizes.came("a", range, 50, 49); // nor do short ones much
  CHECK(sizes.size_of("a", range, 0) == 50);
  sizes.came("a", range, 50, 1);
  CHECK(sizes.size_of("a", range, 0) == 62);

  CHECK(sizes.broke("a", range, 62) == 31);
  CHECK(sizes.broke("a", range, 31) == 20);
  CHECK(sizes.broke("a", range, 20) == 20);
  for (int page = 0; page < 100; ++page)
    sizes.came("a", range, sizes.size_of("a", range, 0), 100);
  CHECK(sizes.size_of("a", range, 0) == 100);
  CHECK(traffic->counts().smaller_pages.empty());
  // What a walk asked for before that is no reason to ask for less again.
  CHECK(sizes.size_of("a", range, 31) == 100);
}

TEST_CASE("a range without room, or none at all, keeps the manifest's size")
{
  PageSizes sizes(std::make_shared<Traffic>());
  for (const SizeRange range : {SizeRange{100, 0, 0ms}, SizeRange{100, 100, 0ms},
                                SizeRange{3, 50, 0ms}, SizeRange{0, 0, 0ms}}) {
    sizes.broke("a", range, range.most);
    CHECK(sizes.size_of("a", range, 0) == range.most);
  }
}

TEST_CASE("offset pages shrink where they stand, grow again, and every record comes once")
{
  const ScriptServer server({cut(page_of(0, 7, 15)), cut(page_of(0, 3, 15)),
                             whole(page_of(0, 1, 15)), whole(page_of(2, 3, 15)),
                             cut(page_of(4, 5, 15)), whole(page_of(4, 5, 15)),
                             whole(page_of(6, 7, 15)), whole(page_of(8, 9, 15)),
                             whole(page_of(10, 11, 15)), whole(page_of(12, 14, 15))});
  HttpBench bench(with_pages(kShrinking));
  bench.open(server);
  const auto broken = bench.pull();
  REQUIRE_FALSE(broken);
  CHECK(broken.error().what.find("8 records were asked for, and 4 from now on") !=
        std::string::npos);
  CHECK(codes_of_walk(bench) == "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 ");
  CHECK(queries(server) == Queries{"skip=0&limit=8", "skip=0&limit=4", "skip=0&limit=2",
                                   "skip=2&limit=2", "skip=4&limit=2", "skip=4&limit=2",
                                   "skip=6&limit=2", "skip=8&limit=2", "skip=10&limit=2",
                                   "skip=12&limit=3"});
}

TEST_CASE("without 'least' a page that breaks is asked for as it was")
{
  const ScriptServer server({cut(page_of(0, 1, 2)), whole(page_of(0, 1, 2))});
  HttpBench bench(with_pages(kOffset));
  bench.open(server);
  CHECK(codes_of_walk(bench) == "0 1 ");
  CHECK(queries(server) == Queries{"skip=0&limit=2", "skip=0&limit=2"});
}

TEST_CASE("tokens go on with a smaller page in the middle of a slice")
{
  const ScriptServer server(
      {whole(page_of(0, 3, 8, R"(,"next":"t4")")), cut(page_of(4, 7, 8, R"(,"next":null)")),
       whole(page_of(4, 5, 8, R"(,"next":"t6")")), whole(page_of(6, 7, 8, R"(,"next":null)"))});
  HttpBench bench(with_pages("{ by: cursor, cursor: after, next: /next, limit: limit, size: 4, "
                             "least: 1, total: /total }"));
  bench.open(server);
  CHECK(codes_of_walk(bench) == "0 1 2 3 4 5 6 7 ");
  CHECK(queries(server) ==
        Queries{"limit=4", "after=t4&limit=4", "after=t4&limit=2", "after=t6&limit=2"});
}

TEST_CASE("numbers count pages of one size: only a new walk has smaller ones")
{
  const ScriptServer server({whole(page_of(0, 3, 6)), cut(page_of(4, 5, 6)),
                             whole(page_of(4, 5, 6)), whole(page_of(0, 1, 3)),
                             whole(page_of(2, 2, 3))});
  HttpBench bench(
      with_pages("{ by: page, page: page, limit: size, size: 4, least: 1, total: /total }"));
  bench.open(server);
  CHECK(codes_of_walk(bench) == "0 1 2 3 4 5 ");
  CHECK(codes_of_walk(bench) == "0 1 2 ");
  CHECK(queries(server) == Queries{"page=1&size=4", "page=2&size=4", "page=2&size=4",
                                   "page=1&size=2", "page=2&size=2"});
}

TEST_CASE("a link says itself how long its page is; the first page of a walk may be smaller")
{
  const ScriptServer server({cut(page_of(0, 3, 4)),
                             whole(page_of(0, 1, 4, R"(,"next":"?limit=2&at=2")")),
                             cut(page_of(2, 3, 4)), whole(page_of(2, 3, 4))});
  HttpBench bench(
      with_pages("{ by: next_link, next: /next, limit: limit, size: 4, least: 1, total: /total }"));
  bench.open(server);
  CHECK(codes_of_walk(bench) == "0 1 2 3 ");
  CHECK(queries(server) == Queries{"limit=4", "limit=2", "limit=2&at=2", "limit=2&at=2"});
}

TEST_CASE("what is no fault of the line shrinks nothing")
{
  const auto size_after = [](const std::string& bytes) {
    const ScriptServer server({whole(bytes), whole(page_of(0, 1, 2))});
    HttpBench bench(with_pages(kShrinking));
    bench.open(server);
    CHECK_FALSE(bench.pull());
    static_cast<void>(bench.pull());
    return queries(server).at(1);
  };
  for (const int status : {400, 401, 404, 408, 413, 429, 500, 503}) {
    CAPTURE(status);
    CHECK(size_after(answer(status, "{}")) == "skip=0&limit=8");
  }
  CHECK(size_after(answer(200, "<html>Login</html>", "", "text/html")) == "skip=0&limit=8");
  // Whoever waited for the endpoint on our behalf gave up.
  CHECK(size_after(answer(504, "{}")) == "skip=0&limit=4");
  // Cut, and nobody had said how long it is.
  CHECK(size_after("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"records\":[{") ==
        "skip=0&limit=4");
}

namespace {

// Time passes while an answer is under way.
class SlowLine final : public Listener {
public:
  explicit SlowLine(FakeClock& clock) : clock_(clock) {}
  void exchanged(const Exchanged&) override { clock_.advance(takes); }

  std::chrono::seconds takes{31};

private:
  FakeClock& clock_;
};

} // namespace

TEST_CASE("a page that takes longer than is said is the last of its size")
{
  const auto server = serve({page_of(0, 7, 15), page_of(8, 11, 15), page_of(12, 14, 15)});
  HttpBench bench(with_pages("{ by: offset, offset: skip, limit: limit, size: 8, least: 2, "
                             "slow: 30s, total: /total }"));
  FakeClock clock;
  SlowLine line(clock);
  bench.settings.url = server->url();
  auto opened = http::transport_type().open(bench.settings,
                                            {clock, Log(clock, bench.sink), "jalpaiguri", &line});
  REQUIRE(opened);
  bench.connector = std::move(*opened);
  const auto first = bench.pull();
  REQUIRE(first);
  CHECK(first->records.size() == 8);
  line.takes = 29s;
  CHECK(codes_of_walk(bench, first->next) == "8 9 10 11 12 13 14 ");
  CHECK(queries(*server) == Queries{"skip=0&limit=8", "skip=8&limit=4", "skip=12&limit=4"});
}

TEST_CASE("a walk goes on after a restart with the size that it had")
{
  const ScriptServer server(
      {cut(page_of(0, 7, 6)), whole(page_of(0, 3, 6)), whole(page_of(4, 5, 6))});
  HttpBench bench(with_pages(kShrinking));
  bench.open(server);
  CHECK_FALSE(bench.pull());
  const auto first = bench.pull();
  REQUIRE(first);
  bench.open(server);
  CHECK(codes_of_walk(bench, first->next) == "4 5 ");
  CHECK(queries(server).back() == "skip=4&limit=4");
}

TEST_CASE("a place carries its size where sizes vary, and one of an older version is read")
{
  http::Position position;
  position.at = "a|b";
  position.pages = 3;
  position.records = 12;
  position.anchor = "x|y";
  const auto plain = http::encode(position);
  CHECK(plain == "1|3|12|0||||0|3|x|y|a|b");
  position.size = 250;
  for (const auto& text : {plain, http::encode(position)}) {
    const auto read = http::decode_position(text);
    REQUIRE(read);
    CHECK(read->at == "a|b");
    CHECK(read->anchor == "x|y");
    CHECK(read->records == 12);
    CHECK(read->size == (text == plain ? 0 : 250));
  }
  for (const std::string text : {"2|", "2|250", "3|3|12|0||||0|3|x|y|a|b", "2|250|3|12"})
    CHECK_FALSE(http::decode_position(text));
}

TEST_CASE("a manifest whose pages cannot shrink as it says is told so")
{
  const auto findings = [](const std::string& pages) {
    std::string all;
    for (const auto& finding : HttpBench(with_pages(pages)).findings)
      all += schema::to_text(finding) + "\n";
    return all;
  };
  const auto has = [](const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
  };
  CHECK(findings(kShrinking).empty());
  CHECK(has(findings("{ by: offset, offset: skip, least: 5 }"), "needs a size"));
  CHECK(has(findings("{ by: none, limit: n, size: 9, least: 5 }"), "leaves records out"));
  CHECK(has(findings("{ by: offset, offset: o, limit: n, size: 9, least: 5, pages: /pages }"),
            "a number of pages says nothing"));
  CHECK(findings("{ by: page, page: p, limit: n, size: 9, least: 5, pages: /pages }").empty());
  CHECK(has(findings("{ by: offset, offset: o, limit: n, size: 9, slow: 30s }"), "not how far"));
}

} // namespace gramsetu::connectors
