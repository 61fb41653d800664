// Walking pages: every kind of paging to its end, and the guards against those that never end.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

namespace gramsetu::connectors {

using namespace gramsetu::test;

TEST_CASE("a list without pages is one page, and the last")
{
  const auto page = pull_one(list({"a", "b"}));
  REQUIRE(page);
  CHECK(page->records.size() == 2);
  CHECK(page->last);
  CHECK_FALSE(page->damaged);
  CHECK(page->bytes > 0);
}

TEST_CASE("offset pages go on by what came, whatever size was asked for, until the total is there")
{
  const auto server = serve(
      {list({"a"}, ",\"total\":4"), list({"b", "c"}, ",\"total\":4"), list({"d"}, ",\"total\":4")});
  HttpBench bench(with_pages(kOffset));
  bench.open(*server);
  const auto pages = bench.pull_all();
  CHECK(codes_of(pages) == "a b c d ");
  REQUIRE(pages);
  CHECK_FALSE(pages->back().damaged);
  CHECK(pages->back().total == 4);
  const auto heard = server->heard();
  REQUIRE(heard.size() == 3);
  CHECK(query_of(heard[0]) == "skip=0&limit=2");
  CHECK(query_of(heard[1]) == "skip=1&limit=2");
  CHECK(query_of(heard[2]) == "skip=3&limit=2");
}

TEST_CASE("without a total, offset pages end with an empty page")
{
  const auto server = serve({list({"a", "b"}), list({"c"}), list({})});
  HttpBench bench(with_pages("{ by: offset, offset: skip }"));
  bench.open(*server);
  CHECK(codes_of(bench.pull_all()) == "a b c ");
}

TEST_CASE("page numbers, tokens, next links and link headers lead to the end")
{
  SUBCASE("page numbers up to the stated number of pages")
  {
    const auto server = serve({list({"a"}, ",\"pages\":2"), list({"b"}, ",\"pages\":2")});
    HttpBench bench(with_pages("{ by: page, page: page, limit: size, size: 1, pages: /pages }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()) == "a b ");
    CHECK(query_of(server->heard()[1]) == "page=2&size=1");
  }
  SUBCASE("tokens, encoded, until there is none")
  {
    const auto server = serve({list({"a"}, R"(,"next":"a&b=|1")"), list({"b"}, R"(,"next":null)")});
    HttpBench bench(with_pages("{ by: cursor, cursor: after, next: /next }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()) == "a b ");
    CHECK(query_of(server->heard()[0]).empty());
    CHECK(query_of(server->heard()[1]) == "after=a%26b%3D%7C1");
  }
  SUBCASE("tokens, until the endpoint says that there is no more")
  {
    const auto server = serve(
        {list({"a"}, R"(,"next":"t1","more":true)"), list({"b"}, R"(,"next":"t2","more":false)")});
    HttpBench bench(with_pages("{ by: cursor, cursor: after, next: /next, more: /more }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()) == "a b ");
  }
  SUBCASE("next links, relative ones too")
  {
    const auto server = serve(
        {list({"a"}, R"(,"next":"/things?at=2")"), list({"b"}, R"(,"next":"?at=3")"), list({"c"})});
    HttpBench bench(with_pages("{ by: next_link, next: /next }"));
    bench.open(*server);
    const auto first = bench.pull();
    REQUIRE(first);
    const auto second = bench.pull(first->next);
    REQUIRE(second);
    CHECK(server->heard()[1].line() == "GET /things?at=2 HTTP/1.1");
  }
  SUBCASE("link headers")
  {
    const std::string body = R"({"records":[{"code":"a"}]})";
    const auto server = serve(
        {answer(200, body, "Link: </things?p=0>; rel=\"prev\", </things?p=2>; rel=\"next\"\r\n"),
         list({"b"})});
    HttpBench bench(with_pages("{ by: link_header }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()) == "a b ");
    CHECK(server->heard()[1].line() == "GET /things?p=2 HTTP/1.1");
  }
}

TEST_CASE("a next link to another place is refused, and nothing goes there")
{
  const auto other = serve({list({"x"})});
  const auto server = serve({list({"a"}, ",\"next\":\"" + other->url("/things") + "\"")});
  HttpBench bench(with_pages("{ by: next_link, next: /next }"));
  bench.open(*server);
  const auto pages = bench.pull_all();
  REQUIRE_FALSE(pages);
  CHECK(pages.error().kind == ErrorKind::unsupported);
  CHECK(other->connections() == 0);
}

TEST_CASE("an endpoint that repeats itself is not believed")
{
  SUBCASE("the same page for every offset")
  {
    const auto server = serve({list({"a", "b"}), list({"a", "b"})});
    HttpBench bench(with_pages("{ by: offset, offset: skip }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()).find("the same page came twice") != std::string::npos);
  }
  SUBCASE("a page that begins like the page before")
  {
    const auto server = serve({list({"a", "b"}), list({"a", "c"})});
    HttpBench bench(with_pages("{ by: offset, offset: skip }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()).find("same record") != std::string::npos);
  }
  SUBCASE("a token that comes again, over a detour")
  {
    std::vector<std::string> answers;
    for (int i = 0; i < 40; ++i)
      answers.push_back(list({std::to_string(i)}, ",\"next\":\"t" + std::to_string(i % 7) + "\""));
    const auto server = serve(answers);
    HttpBench bench(with_pages("{ by: cursor, cursor: after, next: /next }"));
    bench.open(*server);
    const auto pages = bench.pull_all();
    REQUIRE_FALSE(pages);
    CHECK(pages.error().kind == ErrorKind::transient);
    CHECK(pages.error().what.find("read before") != std::string::npos);
  }
  SUBCASE("fresh tokens and empty pages for ever")
  {
    std::vector<std::string> answers;
    for (int i = 0; i < 40; ++i)
      answers.push_back(list({}, ",\"next\":\"t" + std::to_string(i) + "\""));
    const auto server = serve(answers);
    HttpBench bench(with_pages("{ by: cursor, cursor: after, next: /next }"));
    bench.open(*server);
    CHECK(codes_of(bench.pull_all()).find("hold no record") != std::string::npos);
    CHECK(server->heard().size() == 10);
  }
}

TEST_CASE("a slice that does not hold what its total says proves no absence")
{
  SUBCASE("the list runs dry")
  {
    const auto server = serve({list({"a"}, ",\"total\":3"), list({}, ",\"total\":3")});
    HttpBench bench(with_pages(kOffset));
    bench.open(*server);
    const auto pages = bench.pull_all();
    REQUIRE(pages);
    CHECK(pages->back().damaged);
  }
  SUBCASE("the total moves while it is read")
  {
    const auto server = serve({list({"a", "b"}, ",\"total\":4"), list({"d"}, ",\"total\":3")});
    HttpBench bench(with_pages(kOffset));
    bench.open(*server);
    const auto pages = bench.pull_all();
    REQUIRE(pages);
    CHECK(pages->back().damaged);
  }
  SUBCASE("a list without pages is counted too")
  {
    const auto page =
        pull_one(list({"a"}, ",\"total\":2"), with_pages("{ by: none, total: /total }"));
    REQUIRE(page);
    CHECK(page->damaged);
  }
}

TEST_CASE("a malformed page is set aside whole, and numbered pages go on behind it")
{
  const auto server =
      serve({answer(200, R"({"records":[{"code":"a"},{"code":)"), list({"c"}, ",\"total\":3")});
  HttpBench bench(with_pages(kOffset));
  bench.open(*server);
  const auto pages = bench.pull_all();
  CHECK(codes_of(pages) == "c ");
  REQUIRE(pages);
  REQUIRE(pages->front().bad.size() == 1);
  CHECK(pages->front().bad[0].code == "malformed");
  CHECK(pages->front().bad[0].bytes == R"({"records":[{"code":"a"},{"code":)");
  CHECK(pages->front().damaged);
  CHECK(query_of(server->heard()[1]) == "skip=2&limit=2");
}

TEST_CASE("behind a malformed page nobody knows the next token: the slice ends, damaged")
{
  const auto page = pull_one(answer(200, R"({"records":[{"code":"a","code":"b"}],"next":"t"})"),
                             with_pages("{ by: cursor, cursor: after, next: /next }"));
  REQUIRE(page);
  CHECK(page->last);
  CHECK(page->damaged);
  CHECK(page->bad.size() == 1);
}

TEST_CASE("no more records in the middle of a counted slice is damage, not an end")
{
  const auto server =
      serve({list({"a"}, ",\"total\":3"), answer(404, "{\"m\":\"not available\"}")});
  HttpBench bench(with_pages(kOffset),
                  "errors:\n  - { status: 404, body: not available, action: empty }\n");
  bench.open(*server);
  const auto pages = bench.pull_all();
  REQUIRE(pages);
  CHECK(pages->back().last);
  CHECK(pages->back().damaged);
}

} // namespace gramsetu::connectors
