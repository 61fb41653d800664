// Reading: pages, cursors, and what may be concluded from them.
#include "tests/contract/connector_contract.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace gramsetu::contract {

namespace {

using connectors::Page;
using connectors::PullRequest;

PullRequest request_at(const World& world, const std::string& page, const std::string& since = "")
{
  PullRequest request;
  request.stream = &world.stream();
  request.slice = world.slice();
  request.page = page;
  request.since = since;
  return request;
}

std::string text_of(const Page& page)
{
  std::string text;
  for (const auto& record : page.records)
    text += record.remote_id + " " + record.version + " " + schema::to_json(record.body) + "\n";
  return text;
}

Walk whole(World& world, connectors::Connector& connector)
{
  auto walked = walk(connector, world);
  REQUIRE_MESSAGE(walked, (walked ? "" : walked.error().what));
  REQUIRE_FALSE(walked->damaged);
  return std::move(*walked);
}

void check_whole(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto walked = whole(*world, *connector);
  if (world->has_pages()) CHECK(walked.pages.size() > 1);
  CHECK_FALSE(walked.ids.empty());
  const std::set<std::string> distinct(walked.ids.begin(), walked.ids.end());
  CHECK(distinct.size() == walked.ids.size());
  for (std::size_t i = 0; i + 1 < walked.pages.size(); ++i) {
    CHECK_FALSE(walked.pages[i].last);
    CHECK_FALSE(walked.pages[i].next.empty());
  }
  CHECK(walked.pages.back().last);
  if (world->tells_total()) CHECK(walked.pages.back().total == walked.ids.size());
  for (const auto& page : walked.pages)
    CHECK(page.bytes > 0);
}

void check_twice(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto walked = whole(*world, *connector);
  for (std::size_t i = 0; i < walked.pages.size(); ++i) {
    CAPTURE(i);
    auto request = request_at(*world, walked.at[i]);
    if (i > 0) request.seen = walked.pages[i - 1].cursor;
    const auto again = connector->pull(request, {});
    REQUIRE(again);
    CHECK(text_of(*again) == text_of(walked.pages[i]));
    CHECK(again->last == walked.pages[i].last);
    CHECK(again->cursor == walked.pages[i].cursor);
  }
}

void check_resume(const MakeWorld& make)
{
  const auto world = make();
  const auto first = world->open();
  const auto walked = whole(*world, *first);
  for (std::size_t i = 1; i < walked.pages.size(); ++i) {
    CAPTURE(i);
    const auto fresh = world->open();
    const auto page = fresh->pull(request_at(*world, walked.at[i]), {});
    REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
    CHECK(text_of(*page) == text_of(walked.pages[i]));
    CHECK(page->last == walked.pages[i].last);
  }
}

void check_cursor(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto before = whole(*world, *connector);
  if (!world->has_cursor()) {
    CHECK(before.cursor.empty());
    return;
  }
  CHECK_FALSE(before.cursor.empty());
  std::string highest;
  for (const auto& page : before.pages) {
    if (world->cursor_grows()) CHECK(page.cursor >= highest);
    highest = page.cursor;
  }
  world->touch();
  const auto fresh = world->open();
  const auto since = walk(*fresh, *world, before.cursor);
  REQUIRE(since);
  CHECK_FALSE(since->damaged);
  CHECK(since->ids.size() < before.ids.size());
  std::set<std::string> news;
  for (const auto& record : since->records)
    news.insert(schema::to_json(record.body));
  for (const auto& record : before.records)
    news.erase(schema::to_json(record.body));
  CHECK(news.size() == 1); // what was touched, and nothing else that is new
  CHECK(since->cursor != before.cursor);
  if (world->cursor_grows()) CHECK(since->cursor > before.cursor);
}

void check_empty(const MakeWorld& make)
{
  const auto world = make();
  world->empty();
  const auto connector = world->open();
  const auto walked = walk(*connector, *world);
  REQUIRE_MESSAGE(walked, (walked ? "" : walked.error().what));
  CHECK_FALSE(walked->damaged);
  // Where a source marks its deletes, all that is left are tombstones.
  for (const auto& record : walked->records)
    CHECK(record.deleted);
}

void check_nonsense(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  for (const std::string page : {"?", "1|2|3", "{}", "\xFF\x00x", "99999999999999999999", "/../"}) {
    CAPTURE(page);
    const auto answered = connector->pull(request_at(*world, page), {});
    CHECK_FALSE(answered);
  }
  connectors::Stream other = world->stream();
  other.name = "no_such_stream";
  auto request = request_at(*world, "");
  request.stream = &other;
  const auto page = connector->pull(request, {});
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::unsupported);
  CHECK_FALSE(connector->probe(other, {}, {}));
  const std::vector intents = {world->fresh(1)};
  const auto receipts = connector->push(other, intents, {});
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].outcome != connectors::Receipt::Outcome::applied);
  CHECK(world->effects() == 0);
}

void check_reach(const MakeWorld& make)
{
  const auto world = make();
  const auto connector = world->open();
  const auto reached = connector->reach({});
  REQUIRE_MESSAGE(reached, (reached ? "" : reached.error().what));
  CHECK_FALSE(reached->empty());
  CHECK(world->effects() == 0);
}

} // namespace

void check_reading(const MakeWorld& make)
{
  SUBCASE("pages follow one another to the end, with every record once")
  {
    check_whole(make);
  }
  SUBCASE("asking twice for a page gives the same page")
  {
    check_twice(make);
  }
  SUBCASE("another handle goes on from any page")
  {
    check_resume(make);
  }
  SUBCASE("from a cursor comes what changed since, and the cursor moves on")
  {
    check_cursor(make);
  }
  SUBCASE("a slice without records is complete and empty, not failed")
  {
    check_empty(make);
  }
  SUBCASE("a page that never was, or a stream that is not there, is an error")
  {
    check_nonsense(make);
  }
  SUBCASE("reach says that it can be reached, and changes nothing")
  {
    check_reach(make);
  }
}

void check_connector_contract(const MakeWorld& make)
{
  check_reading(make);
  check_writing(make);
  check_mishaps(make);
  check_manners(make);
}

} // namespace gramsetu::contract
