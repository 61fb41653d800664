// Pages of which the asker knows records by their bytes.
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <set>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

// Knows records that hold one of `words`; all else is marked with its bytes.
Look knowing(const std::set<std::string>& words, const std::string& cursor = "")
{
  return [=](std::span<const std::string_view> records) -> Result<std::vector<Glance>> {
    std::vector<Glance> glances;
    for (const auto record : records) {
      Glance glance{false, std::string(record)};
      for (const auto& word : words)
        glance.known = glance.known || record.find(word) != record.npos;
      const auto at = cursor.empty() ? record.npos : record.find(cursor);
      if (at != record.npos) glance.cursor = record.substr(at + cursor.size(), 20);
      glances.push_back(std::move(glance));
    }
    return glances;
  };
}

Result<Page> pull(const std::string& bytes, const Look& look, const std::string& stream = kPlain)
{
  const auto server = serve({bytes});
  HttpBench bench(stream);
  bench.open(*server);
  PullRequest request;
  request.stream = &bench.stream();
  request.slice = {"district=309", {{"district", "309"}}};
  request.look = look;
  return bench.connector->pull(request, {});
}

std::string codes_of(const Page& page)
{
  std::string codes;
  for (const auto& record : page.records)
    codes += record.body.object().find("code")->text() + record.fingerprint + " ";
  return codes;
}

} // namespace

TEST_CASE("what the asker knows is left out, and the rest of the page is as ever")
{
  const auto page =
      pull(list({"a", "b", "c"}, ",\"total\":3"), knowing({"\"b\""}), with_pages(kOffset));
  REQUIRE(page);
  CHECK(codes_of(*page) == "a{\"code\":\"a\"} c{\"code\":\"c\"} ");
  CHECK(page->left_out == 1);
  CHECK(page->total == 3);
  CHECK(page->last); // three have come, of which one was known
}

TEST_CASE("a page of which nothing is unknown is no empty page")
{
  const auto page =
      pull(list({"a", "b"}), knowing({"code"}), with_pages("{ by: offset, offset: skip }"));
  REQUIRE(page);
  CHECK(page->records.empty());
  CHECK(page->left_out == 2);
  CHECK_FALSE(page->last);
}

TEST_CASE("known records move the cursor as read ones do")
{
  const std::string stream = "    pull:\n"
                             "      request: { path: /things }\n"
                             "      records: /records\n"
                             "      modified: { field: /at }\n"
                             "      cursor: { field: /at, param: since, type: timestamp }\n";
  const auto body = answer(200, R"({"records":[{"code":"a","at":"2026-11-23T10:00:00Z"},)"
                                R"({"code":"b","at":"2026-11-24T10:00:00Z"},)"
                                R"({"code":"c","at":"2026-11-22T10:00:00Z"}]})");
  const auto read = pull(body, {}, stream);
  const auto known = pull(body, knowing({"code"}, "\"at\":\""), stream);
  REQUIRE(read);
  REQUIRE(known);
  CHECK(read->cursor == "2026-11-24T10:00:00.000Z");
  CHECK(known->cursor == read->cursor);
  CHECK(known->left_out == 3);
}

TEST_CASE("where something is not good, the page is read as a whole and says so")
{
  const auto damaged =
      pull(answer(200, "{\"records\":[{\"code\":\"a\"},{\"code\":\"\xff\"}]}"), knowing({"\"a\""}));
  REQUIRE(damaged);
  CHECK(damaged->bad.size() == 1);
  CHECK(damaged->left_out == 0);
  CHECK(codes_of(*damaged) == "a ");
  CHECK(damaged->damaged);
  const auto mixed = pull(answer(200, R"({"records":[{"code":"a"},7]})"), knowing({"\"a\""}));
  REQUIRE(mixed);
  CHECK(mixed->bad.size() == 1);
  CHECK(codes_of(*mixed) == "a ");
  const auto cut = pull(answer(200, R"({"records":[{"code":"a"},{"code":]})"), knowing({"\"a\""}));
  REQUIRE(cut);
  CHECK(cut->damaged);
  CHECK(cut->left_out == 0);
}

TEST_CASE("nothing is left out where more than its bytes makes a record")
{
  const auto page = pull(list({"a"}), knowing({"code"}),
                         "    slices: { district: hub.district }\n" + kPlain +
                             "      add: { /name: \"{slice.district}\" }\n");
  REQUIRE(page);
  CHECK(page->records.size() == 1);
  CHECK(page->left_out == 0);
}

TEST_CASE("where the next page starts is told before the records are read")
{
  const std::vector<std::string> two = {list({"a", "b"}, ",\"total\":3"),
                                        list({"c"}, ",\"total\":3")};
  const auto server = serve(two);
  HttpBench bench(with_pages(kOffset));
  bench.open(*server);
  PullRequest request;
  request.stream = &bench.stream();
  request.slice = {"district=309", {{"district", "309"}}};
  std::vector<std::string> told;
  std::size_t looked = 0;
  request.onward = [&](const std::string& next) {
    CHECK(looked == 0);
    told.push_back(next);
  };
  request.look = [&](std::span<const std::string_view> records) -> Result<std::vector<Glance>> {
    looked += records.size();
    return std::vector<Glance>(records.size());
  };
  const auto first = bench.connector->pull(request, {});
  REQUIRE(first);
  CHECK(looked == 2);
  REQUIRE(told.size() == 1);
  CHECK(told.front() == first->next);
  // Of the last page there is nothing to tell.
  looked = 0;
  request.page = first->next;
  const auto second = bench.connector->pull(request, {});
  REQUIRE(second);
  CHECK(second->last);
  CHECK(looked == 1);
  CHECK(told.size() == 1);
}

TEST_CASE("an answer that is no page tells of no next one")
{
  const auto server =
      serve({answer(200, R"({"records":[{"code":"a"}],"total":7,"status":"failed"})")});
  HttpBench bench(with_pages(kOffset), "success: { pointer: /status, equals: [ok] }\n");
  bench.open(*server);
  PullRequest request;
  request.stream = &bench.stream();
  request.slice = {"district=309", {{"district", "309"}}};
  request.look = knowing({});
  bool told = false;
  request.onward = [&](const std::string&) { told = true; };
  CHECK_FALSE(bench.connector->pull(request, {}));
  CHECK_FALSE(told);
}

} // namespace gramsetu::connectors
