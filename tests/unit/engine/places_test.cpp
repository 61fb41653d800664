// Places in time, the pure part: versions and their days, successions and where they lead.
#include "daemon/engine/places/places.hpp"
#include "schema/json.hpp"
#include "tests/support/fake_clock.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace gramsetu;
using namespace gramsetu::engine;
using gramsetu::test::at;
using store::PlaceRow;
using store::SuccessionRow;

namespace {

const schema::Entities& shipped()
{
  static const schema::Entities all = [] {
    std::vector<schema::Finding> findings;
    return schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"},
                                  findings);
  }();
  return all;
}

const schema::Entity& body()
{
  return *shipped().find("local_body");
}

// What a directory says of one version: "name" or "name/district".
ToldVersion told(std::optional<std::int64_t> version, const std::string& words,
                 const std::string& day, const std::string& effective = "")
{
  schema::Record record(body());
  const auto slash = std::min(words.find('/'), words.size());
  record.fields[*body().index_of("name")] = schema::Value(words.substr(0, slash));
  if (slash < words.size())
    record.fields[*body().index_of("district")] = schema::Value(words.substr(slash + 1));
  if (version) record.fields[*body().index_of("version")] = schema::Value(*version);
  if (!effective.empty())
    record.fields[*body().index_of("effective_date")] = schema::Value(effective);
  return told_version(body(), "245101", record, at(day + "T10:00:00+05:30"));
}

// A history, as the store keeps it.
struct Book {
  std::vector<PlaceRow> rows;

  bool hear(const ToldVersion& one)
  {
    const auto row = keep_version(body(), rows, one);
    if (!row) return false;
    std::erase_if(rows, [&](const auto& known) {
      return known.listing == row->listing && known.version == row->version &&
             known.minor == row->minor;
    });
    rows.push_back(*row);
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(a.listing, a.version, a.minor) < std::tie(b.listing, b.version, b.minor);
    });
    return true;
  }

  History history() const { return *history_of(rows); }

  std::string on(const std::string& day) const
  {
    std::string text;
    const auto all = history();
    for (const auto* version : in_force(all, day))
      text += (text.empty() ? "" : "+") + number_of(*version) + " " + version->text("name");
    return text;
  }
};

// Successions and places in memory.
struct Land {
  std::map<PlaceName, PlaceFacts> facts;

  void live(const std::string& code)
  {
    PlaceVersion version;
    version.version = 1;
    version.from = "2020-01-01";
    facts[{"local_body", code}].history = {version};
  }
  void follow(const std::string& from, const std::string& to, const std::string& extent = "",
              const std::string& day = "")
  {
    facts[{"local_body", from}].successors.push_back(
        {"test", "local_body", from, "local_body", to, extent, "", day, "", ""});
  }
  LookUp look_up()
  {
    return [this](const PlaceName& name) -> Result<const PlaceFacts*> { return &facts[name]; };
  }
  std::string heirs(const std::string& code, const std::string& day = "")
  {
    std::string text;
    const auto found = heirs_of({"local_body", code}, day, "2026-11-23", look_up());
    for (const auto& heir : *found)
      text += (text.empty() ? "" : " ") + heir.code;
    return text;
  }
};

std::string refusal(Land& land, SuccessionRow row)
{
  const auto why = why_impossible(row, land.facts[{row.from_kind, row.from_code}],
                                  land.facts[{row.to_kind, row.to_code}]);
  return why ? why->code : "";
}

} // namespace

TEST_CASE("each version of a place keeps what it was, from its day to the next one's")
{
  Book book;
  CHECK(book.hear(told(3, "Binnaguri/309", "2026-05-01")));
  CHECK_FALSE(book.hear(told(3, "Binnaguri/309", "2026-06-01"))); // the directory repeats itself
  CHECK(book.hear(told(4, "Banarhat/309", "2026-09-01", "2026-08-15")));
  CHECK(book.on("2026-04-01") == "3 Binnaguri"); // nobody knows what was before
  CHECK(book.on("2026-08-14") == "3 Binnaguri");
  CHECK(book.on("2026-08-15") == "4 Banarhat"); // the day that it states, not that of hearing it
  CHECK(book.on("") == "4 Banarhat");
}

TEST_CASE("versions may be skipped; an older one that comes late is kept and never current")
{
  Book book;
  book.hear(told(3, "Binnaguri", "2026-05-01"));
  book.hear(told(9, "Banarhat", "2026-06-01"));
  CHECK(book.hear(told(5, "Binaguri", "2026-07-01")));
  CHECK(book.on("") == "9 Banarhat");
  CHECK(book.on("2026-07-02") == "9 Banarhat");
  CHECK(book.history()[1].from.empty()); // since when it held nobody said
  SUBCASE("unless it states its day")
  {
    book.hear(told(6, "Binnaguri Hat", "2026-07-01", "2026-05-20"));
    CHECK(book.on("2026-05-21") == "6 Binnaguri Hat");
    CHECK(book.on("2026-06-02") == "9 Banarhat");
  }
}

TEST_CASE("one version with another content is a correction, with more content a completion")
{
  Book book;
  book.hear(told(3, "Binnaguri", "2026-05-01"));
  CHECK(book.hear(told(3, "Binnaguri/309", "2026-05-02")));
  CHECK_FALSE(book.history()[0].corrected);
  CHECK(book.hear(told(3, "Binnagudi/309", "2026-05-03")));
  CHECK(book.history().size() == 1);
  CHECK(book.history()[0].corrected);
  CHECK(book.on("2026-05-01") == "3 Binnagudi");
}

TEST_CASE("where the directory does not count, another name or parent is a version all the same")
{
  Book book;
  book.hear(told({}, "Binnaguri/309", "2026-05-01"));
  book.hear(told({}, "BINNAGURI /309", "2026-05-02"));
  CHECK(book.history().size() == 1); // only written differently
  book.hear(told({}, "Banarhat/309", "2026-06-01"));
  book.hear(told({}, "Banarhat/664", "2026-07-01"));
  CHECK(book.on("2026-05-20") == "- BINNAGURI ");
  CHECK(book.on("2026-06-20") == "0.1 Banarhat");
  CHECK(book.on("") == "0.2 Banarhat");
  SUBCASE("and the next number counts on from there")
  {
    book.hear(told(1, "Banarhat Hat/664", "2026-08-01"));
    CHECK(book.on("") == "1 Banarhat Hat");
    CHECK(book.on("2026-07-20") == "0.2 Banarhat");
  }
}

TEST_CASE("the day of a former version says nothing about the next one")
{
  Book book;
  book.hear(told(3, "Binnaguri", "2026-05-01", "2020-01-01"));
  book.hear(told(4, "Banarhat", "2026-09-01", "2020-01-01")); // the record still holds the old day
  CHECK(book.on("2026-08-31") == "3 Binnaguri");
  CHECK(book.on("2026-09-01") == "4 Banarhat");
}

TEST_CASE("two listings of one code are both in force")
{
  std::vector<PlaceRow> rows;
  for (const auto* listing : {"285", "294"})
    rows.push_back({"block",
                    "2550",
                    listing,
                    1,
                    0,
                    "{\"name\":\"BILASIPARA\"}",
                    "",
                    at("2026-05-01T10:00:00+05:30"),
                    {},
                    {}});
  const auto history = *history_of(rows);
  CHECK(in_force(history, "2026-01-01").size() == 2);
  CHECK(in_force(history, "").size() == 2);
  rows[0].ended_at = at("2026-08-01T10:00:00+05:30");
  const auto ended = *history_of(rows);
  CHECK(in_force(ended, "2026-07-31").size() == 2);
  CHECK(in_force(ended, "2026-08-01").size() == 1);
  CHECK(goes_on(ended));
  rows[1].ended_at = at("2026-09-01T10:00:00+05:30");
  const auto gone = *history_of(rows);
  CHECK_FALSE(goes_on(gone));
  CHECK(in_force(gone, "2026-10-01").size() == 2); // nobody knows better than what was last
}

TEST_CASE("a whole follows its chain to the end, and what goes on stays itself")
{
  Land land;
  land.live("1");
  CHECK(land.heirs("1") == "1");
  CHECK(land.heirs("9") == "9"); // never heard of
  land.follow("2", "3", "full", "2025-01-01");
  land.follow("3", "4", "full", "2026-01-01");
  land.follow("4", "5", "full", "2027-01-01"); // not yet
  CHECK(land.heirs("2") == "4");
  CHECK(land.heirs("2", "2026-06-01") == "4"); // late, by its old code
}

TEST_CASE("a divided place has several heirs, which may come together again")
{
  Land land;
  land.follow("1", "2");
  land.follow("1", "3");
  CHECK(land.heirs("1") == "2 3");
  land.follow("2", "4", "full");
  CHECK(land.heirs("1") == "3 4");
  land.follow("3", "4", "full");
  CHECK(land.heirs("1") == "4");
}

TEST_CASE("of a place that goes on, what is dated after a part had gone lay in the rest")
{
  Land land;
  land.live("1");
  land.follow("1", "2", "part", "2026-10-01");
  CHECK(land.heirs("1", "2026-09-30") == "1 2");
  CHECK(land.heirs("1", "2026-10-01") == "1");
  CHECK(land.heirs("1") == "1 2"); // undated: nobody knows
  land.follow("1", "3", "full", "2026-11-01");
  CHECK(land.heirs("1", "2026-09-30") == "2 3");
  CHECK(land.heirs("1", "2026-10-01") == "3");
}

TEST_CASE(
    "one successor of which nobody says how much it took is the whole once the place has ended")
{
  Land land;
  land.live("1");
  land.follow("1", "2");
  CHECK(land.heirs("1") == "1 2");
  land.facts[{"local_body", "1"}].history[0].ended = true;
  CHECK(land.heirs("1") == "2");
}

TEST_CASE("a chain that leads back ends where it began, and does not go round for ever")
{
  Land land;
  land.follow("1", "2", "full");
  land.follow("2", "3", "full");
  land.follow("3", "1", "full");
  CHECK(land.heirs("1") == "1");
  CHECK(*leads_to({"local_body", "1"}, {"local_body", "3"}, land.look_up()));
  CHECK_FALSE(*leads_to({"local_body", "1"}, {"local_body", "4"}, land.look_up()));
}

TEST_CASE("successions that cannot be are refused with their reason")
{
  Land land;
  land.follow("1", "2", "full", "2025-01-01");
  land.follow("3", "4", "part", "2025-01-01");
  const auto row = [](const std::string& from, const std::string& to, const std::string& extent,
                      const std::string& cause, const std::string& day) {
    return SuccessionRow{"new", "local_body", from, "local_body", to, extent, cause, day, "", ""};
  };
  CHECK(refusal(land, row("5", "6", "full", "merge", "2026-01-01")) == "");
  CHECK(refusal(land, row("5", "05", "full", "merge", "")) == "succession_code");
  CHECK(refusal(land, row("5", "", "full", "merge", "")) == "succession_code");
  CHECK(refusal(land, row("5", "5", "full", "merge", "")) == "succession_self");
  CHECK(refusal(land, row("5", "5", "full", "rename", "")) == ""); // the order of a new name
  CHECK(refusal(land, row("5", "6", "full", "split", "")) == "succession_extent");
  CHECK(refusal(land, row("1", "6", "full", "merge", "2026-01-01")) == "succession_extent");
  CHECK(refusal(land, row("1", "6", "part", "split", "2026-01-01")) == "succession_extent");
  CHECK(refusal(land, row("1", "6", "part", "split", "2024-01-01")) == ""); // a part went first
  CHECK(refusal(land, row("3", "6", "part", "split", "2025-01-01")) == "");
  CHECK(refusal(land, row("3", "6", "full", "merge", "2025-01-01")) == "succession_extent");
  CHECK(refusal(land, row("3", "6", "full", "merge", "2026-01-01")) == ""); // the rest, later
  CHECK(refusal(land, row("6", "1", "full", "merge", "2026-01-01")) == "succession_reuse");
  CHECK(refusal(land, row("6", "1", "full", "merge", "2024-01-01")) == "");
}

TEST_CASE(
    "the lists of a place are successions; a place that takes in another does not follow itself")
{
  schema::Record record(body());
  const auto list = [](const std::string& json) { return *schema::parse_json(json); };
  record.fields[*body().index_of("replaces")] = list("[245101, \"0245102\", \"none\"]");
  record.fields[*body().index_of("replaced_by")] = list("[\"245301\"]");
  const auto rows = told_successions(body(), "245101", record);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].from_code == "245101");
  CHECK(rows[0].to_code == "245301");
  CHECK(rows[1].from_code == "245102");
  CHECK(rows[1].to_code == "245101");
  CHECK(rows[1].extent.empty());
}

TEST_CASE("a record is of the first of its days that is there")
{
  const auto& meeting = *shipped().find("meeting");
  schema::Record record(meeting);
  CHECK(day_of(meeting, record).empty());
  record.fields[*meeting.index_of("scheduled_at")] = schema::Value("2026-11-22T20:00:00.000Z");
  CHECK(day_of(meeting, record) == "2026-11-23"); // in India
  const auto& plan = *shipped().find("plan");
  schema::Record year(plan);
  year.fields[*plan.index_of("plan_year")] = schema::Value(2026);
  CHECK(day_of(plan, year) == "2026-04-01");
}
