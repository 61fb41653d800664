// The directory's web service as a district's hub asks it, each date's rows behind it: counts against the files'.
#include <doctest/doctest.h>

#include "schema/json.hpp"
#include "tests/real_data/dumps.hpp"
#include "tests/real_data/served.hpp"

#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::real_data;

namespace {

struct Place {
  const char *state, *district;
};

// What the service says of one district, by key: each of its members, blank where the dump has none.
using Rows = std::map<std::string, std::map<std::string, std::string>>;

// As the service calls it, and as the model of the dumps does.
const std::map<std::string, std::string> kMembers = {{"name", "name"},
                                                     {"local", "name_local"},
                                                     {"census2001", "census_2001_code"},
                                                     {"census2011", "census_2011_code"}};

std::string cell_of(const Shape& shape, const std::string& field, const Table& table,
                    const Cells& row)
{
  for (const auto& column : shape.columns) {
    const auto place = column.field == field ? place_of(column, table.header) : std::nullopt;
    if (place) return row[*place];
  }
  return "";
}

Kind kind_of(const std::string& field)
{
  return field.starts_with("census") ? Kind::census : Kind::text;
}

// The rows of a district in one dump, as the service's records and as what they mean.
schema::List records_of(const Shape& shape, const Place& place, const Table& table, Rows& rows)
{
  schema::List records;
  for (const auto& row : table.rows) {
    const std::string code = meaning_of(cell_of(shape, "code", table, row), Kind::code);
    if (meaning_of(cell_of(shape, "district", table, row), Kind::code) != place.district) continue;
    // Of blocks the code alone is not unique.
    const std::string key = shape.key.size() > 1 ? code + "/" + place.district : code;
    schema::Object record;
    record.append("code", static_cast<std::int64_t>(std::stoll(code)));
    record.append("district", static_cast<std::int64_t>(std::stoll(place.district)));
    for (const auto& [member, field] : kMembers) {
      if (shape.table == "blocks" && kind_of(field) == Kind::census) continue;
      const std::string cell = cell_of(shape, field, table, row);
      record.append(member, cell);
      // The manifest trims what the service pads.
      const auto end = cell.find_last_not_of(' ');
      const std::string text = field == "name" || end == cell.npos ? cell : cell.substr(0, end + 1);
      rows[key][field] = meaning_of(text, kind_of(field));
    }
    records.emplace_back(std::move(record));
  }
  return records;
}

// `known` becomes what the hub should know once it has heard the service's `rows`.
Expected hear(const Rows& rows, Rows& known, LocalNames& names)
{
  Expected expected;
  for (auto it = known.begin(); it != known.end();) {
    const bool gone = !rows.contains(it->first);
    expected.deleted += gone;
    it = gone ? known.erase(it) : std::next(it);
  }
  for (const auto& [key, row] : rows) {
    const auto [found, is_new] = known.try_emplace(key, row);
    if (is_new) {
      ++expected.created;
      names.forget(key);
      continue;
    }
    bool same = true;
    for (const auto& [field, value] : row) {
      std::string& text = found->second[field];
      same = (field == "name_local" ? names.hear(key, value, text, expected)
                                    : std::exchange(text, value) == value) &&
             same;
    }
    ++(same ? expected.unchanged : expected.updated);
  }
  return expected;
}

void check_bodies(Hub& hub, const std::string& entity, const Rows& rows)
{
  const auto bodies = hub.bodies(entity);
  CHECK(bodies.size() == rows.size());
  for (const auto& [key, row] : rows) {
    REQUIRE_MESSAGE(bodies.contains(key), key);
    const auto body = must(schema::parse_json(bodies.at(key)));
    for (const auto& [field, text] : row) {
      const auto* value = body.object().find(field);
      CHECK((value && value->is_text() ? nfc(value->text()) : "") == text);
    }
  }
}

void follow_district(const Shape& shape, const Place& place)
{
  const std::string district = place.district;
  CAPTURE(district);
  const Served served;
  served.serve(
      "lgd", "districts",
      {schema::Value(must(schema::parse_json(fmt::format("{{\"code\":{}}}", place.district))))});
  Hub hub;
  Feed feed(read_manifest_file("connectors/manifests/lgd.yaml"), shape.table);
  feed.flow.area = {place.state, place.district};
  hub.open_http(feed, served.url("lgd"));
  Rows known;
  LocalNames names;
  std::size_t moved = 0;
  for (const auto& date : dates_of(shape.table)) {
    CAPTURE(date);
    Rows now;
    const auto table = read_table("lgd/" + date + "/" + shape.table + ".csv.gz");
    served.serve("lgd", shape.table, records_of(shape, place, table, now));
    const std::size_t before = known.size();
    const auto expected = hear(now, known, names);
    auto report = hub.run(feed);
    CHECK_MESSAGE(report.state != engine::RunState::failed, report.reason);
    const bool held = report.state == engine::RunState::held;
    CHECK(held == must_be_held(expected, before));
    check_counts(release_if_held(hub, feed, std::move(report)), expected);
    check_bodies(hub, feed.flow.entity->name, known);
    if (before > 0) moved += expected.created + expected.updated + expected.deleted;
  }
  CHECK(moved > 5); // there is something to follow
}

} // namespace

TEST_CASE("sub-districts of districts that were redrawn, from the directory's service")
{
  if (!have("lgd")) return;
  for (const Place& place : {Place{"28", "505"}, {"28", "506"}, {"21", "354"}})
    follow_district(directory_shapes()[2], place);
}

TEST_CASE("blocks of districts that were redrawn, from the directory's service")
{
  if (!have("lgd")) return;
  for (const Place& place : {Place{"33", "595"}, {"33", "596"}, {"8", "102"}})
    follow_district(directory_shapes()[3], place);
}
