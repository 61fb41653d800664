// The directory's dumps of every date, one after the other: does the hub still know what each place was on each
// of those days? Compared with the files themselves.
#include "daemon/engine/places/history.hpp"
#include "tests/real_data/dumps.hpp"

#include <map>
#include <set>

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

constexpr std::chrono::hours kMonth{30 * 24}; // between two dumps, on the hub's clock

// What a listing was, in the words of one dump: letters of its name, code of what it lies in.
struct Said {
  std::string name, parent;
  auto operator<=>(const Said&) const = default;
};
using Dump = std::map<std::string, std::set<Said>>; // by code

// Versions as one would count them with a pencil: by key, then by number.
struct Pencil {
  struct Version {
    std::int64_t number = 0, minor = 0;
    Said said;
  };
  std::map<std::string, std::vector<Version>> keys;
  std::size_t renames = 0, moves = 0, corrections = 0;

  void hear(const std::string& key, std::optional<std::int64_t> number, const Said& said)
  {
    auto& versions = keys[key];
    if (versions.empty()) return versions.push_back({number.value_or(0), 0, said});
    auto& last = versions.back();
    const bool moved = last.said.parent != said.parent && !last.said.parent.empty();
    const bool renamed = last.said.name != said.name;
    const bool fresh = number ? *number != last.number : moved || renamed;
    if (!fresh) {
      corrections += moved || renamed;
      last.said = said;
      return;
    }
    CHECK((!number || *number > last.number)); // the dumps never go back
    renames += renamed;
    moves += moved;
    versions.push_back({number.value_or(last.number), number ? 0 : last.minor + 1, said});
  }

  std::size_t count() const
  {
    std::size_t all = 0;
    for (const auto& [key, versions] : keys)
      all += versions.size();
    return all;
  }
};

// A column of a row, in plain words; nothing when the dump has no such column.
std::optional<std::string> cell(const Shape& shape, const Table& table, const Cells& row,
                                const std::string& field)
{
  for (const auto& column : shape.columns)
    if (column.field == field)
      if (const auto place = place_of(column, table.header))
        return meaning_of(row[*place], column.kind);
  return std::nullopt;
}

struct Walk {
  const Shape& shape;
  std::string parent; // the field
  std::map<std::string, std::string>
      parents{}; // last word on each key's, for dumps that are silent
  Pencil pencil{};

  Dump take(const Table& table)
  {
    Dump dump;
    for (const auto& row : table.rows) {
      if (row.size() != table.header.size()) continue;
      std::string key;
      for (const auto& field : shape.key)
        key += (key.empty() ? "" : "/") + *cell(shape, table, row, field);
      if (const auto stated = cell(shape, table, row, parent)) parents[key] = *stated;
      const Said said{letters_of(*cell(shape, table, row, "name")), parents[key]};
      const auto number = cell(shape, table, row, "version");
      pencil.hear(key, number ? std::optional(std::stoll(*number)) : std::nullopt, said);
      dump[*cell(shape, table, row, "code")].insert(said);
    }
    return dump;
  }
};

engine::History history(Hub& hub, const std::string& kind, const std::string& code)
{
  engine::History found;
  const auto read = hub.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.places(kind, code));
    TRY(found, engine::history_of(rows));
    return {};
  });
  REQUIRE(read);
  return found;
}

struct Tally {
  std::size_t versions = 0, renames = 0, moves = 0, wrong = 0, corrected = 0;
};

void count_versions(const engine::History& all, const std::string& parent, Tally& tally)
{
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++tally.versions;
    if (i == 0 || all[i - 1].listing != all[i].listing) continue;
    tally.renames += letters_of(all[i - 1].text("name")) != letters_of(all[i].text("name"));
    tally.moves +=
        !all[i - 1].text(parent).empty() && all[i - 1].text(parent) != all[i].text(parent);
  }
}

// What the hub says of a day against what the dump of that day says.
void compare(const engine::History& all, const std::string& parent, const std::string& day,
             const std::pair<const std::string, std::set<Said>>& place, Tally& tally)
{
  std::set<Said> found;
  bool corrected = false;
  for (const auto* version : in_force(all, day)) {
    found.insert({letters_of(version->text("name")), version->text(parent)});
    corrected = corrected || version->corrected;
  }
  if (found == place.second) return;
  // The directory put the version right later; then that is what it was.
  if (corrected) return static_cast<void>(++tally.corrected);
  if (tally.wrong++ < 5)
    MESSAGE(day << ": " << place.first << " was "
                << (found.empty() ? "not known" : found.begin()->name));
}

void follow(const std::string& table, const std::string& parent)
{
  const Shape* shape = nullptr;
  for (const auto& each : directory_shapes())
    if (each.table == table) shape = &each;
  Hub hub;
  Feed feed(read_manifest_file("connectors/manifests/lgd-dumps.yaml"), table);
  hub.open_files(feed);
  Walk walk{*shape, parent};
  std::map<std::string, Dump> days;
  std::set<std::string> codes;
  for (const auto& date : dates_of(table)) {
    const std::string file = "lgd/" + date + "/" + table + ".csv.gz";
    hub.clock.advance(kMonth);
    hub.drop(feed, file, table + ".csv.gz");
    auto report = hub.run(feed);
    REQUIRE_MESSAGE(report.state != engine::RunState::failed, report.reason);
    release_if_held(hub, feed, std::move(report));
    auto& dump = days[engine::day_of(hub.clock.now())] = walk.take(read_table(file));
    for (const auto& [code, said] : dump)
      codes.insert(code);
  }
  Tally tally;
  std::map<std::string, engine::History> known;
  for (const auto& code : codes)
    count_versions(known[code] = history(hub, feed.flow.entity->name, code), parent, tally);
  for (const auto& [day, dump] : days)
    for (const auto& place : dump)
      compare(known[place.first], parent, day, place, tally);
  MESSAGE(
      fmt::format("{} in {} dumps: {} codes, {} versions, {} renames, {} moves; {} answers of a "
                  "day differ because the directory corrected a version later",
                  table, days.size(), codes.size(), tally.versions, tally.renames, tally.moves,
                  tally.corrected));
  CHECK(tally.versions == walk.pencil.count());
  CHECK(tally.renames == walk.pencil.renames);
  CHECK(tally.moves == walk.pencil.moves);
  CHECK(tally.wrong == 0);
  CHECK(tally.corrected <= walk.pencil.corrections * days.size());
  CHECK(hub.store->check().has_value());
}

} // namespace

TEST_CASE("the hub knows what districts were on the day of each dump")
{
  if (have("lgd")) follow("districts", "state");
}

TEST_CASE("the hub knows what sub-districts were on the day of each dump")
{
  if (have("lgd")) follow("subdistricts", "district");
}

TEST_CASE("the hub knows what blocks were on the day of each dump, those of two districts too")
{
  if (have("lgd")) follow("blocks", "district");
}

TEST_CASE("the hub knows what towns were on the day of each dump")
{
  if (have("lgd")) follow("urban_local_bodies", "state");
}
