// The Local Government Directory of every date in turn: the hub's counts against those of the files.
#include <doctest/doctest.h>

#include "schema/json.hpp"
#include "tests/real_data/hub.hpp"
#include "tests/real_data/model.hpp"

#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::real_data;
using engine::RunState;

namespace {

// A held run has written nothing; a person then looks at the plan and releases it.
engine::Counts release_if_held(Hub& hub, const Feed& feed, engine::Report report)
{
  if (report.state != RunState::held) return report.counts;
  CHECK(report.counts.created + report.counts.updated + report.counts.deleted == 0);
  const auto released = hub.run(feed, "collector");
  CHECK(released.state == RunState::done);
  report.counts.created = released.counts.created;
  report.counts.updated = released.counts.updated;
  report.counts.deleted = released.counts.deleted;
  report.counts.kept = released.counts.kept;
  report.counts.superseded = released.counts.superseded;
  return report.counts;
}

void check_counts(const engine::Counts& counts, const Expected& expected)
{
  CHECK(counts.created == expected.created);
  CHECK(counts.updated == expected.updated);
  CHECK(counts.deleted == expected.deleted);
  // News that changes nothing: the dump has lost or gained a column.
  CHECK(counts.unchanged + counts.kept == expected.unchanged);
  CHECK(counts.quarantined == expected.ragged);
  CHECK(counts.conflicts == 0);
  CHECK(counts.superseded == 0);
}

// The hub's records mean what the model knows.
void check_records(Hub& hub, const Feed& feed, const Shape& shape, const Model& model)
{
  std::size_t wrong = 0;
  const auto bodies = hub.bodies(feed.flow.entity->name);
  for (const auto& [key, fields] : model.known()) {
    REQUIRE_MESSAGE(bodies.contains(key), key);
    const auto body = schema::parse_json(bodies.at(key));
    REQUIRE(body);
    for (const auto& column : shape.columns) {
      const auto* value = body->object().find(column.field);
      std::string text = value && !value->is_null() ? schema::to_json(*value) : "\"\"";
      if (text.starts_with('"')) text = schema::parse_json(text)->text();
      const auto known = fields.find(column.field);
      std::string meant = known == fields.end() ? "" : known->second;
      if (column.field == "kind") meant = meant == "S" ? "state" : "union_territory";
      if (nfc(text) != meant && wrong++ < 5)
        MESSAGE(key << " " << column.field << ": '" << text << "' is not '" << meant << "'");
    }
  }
  CHECK(wrong == 0);
  CHECK(bodies.size() == model.known().size());
}

// More than half of what was known changed, or more than a twentieth gone: a person must look.
bool must_be_held(const Expected& expected, std::size_t known)
{
  return (expected.updated > 20 && expected.updated * 2 > known) ||
         (expected.deleted > 20 && expected.deleted * 20 > known);
}

void load_all_dates(const Shape& shape)
{
  Hub hub;
  Feed feed(read_manifest_file("connectors/manifests/lgd-dumps.yaml"), shape.table);
  hub.open_files(feed);
  Model model(shape);
  for (const auto& date : dates_of(shape.table)) {
    CAPTURE(date);
    const std::string file = "lgd/" + date + "/" + shape.table + ".csv.gz";
    hub.drop(feed, file, shape.table + ".csv.gz");
    const std::size_t known = model.known().size();
    const auto expected = model.take(read_table(file));
    auto report = hub.run(feed);
    const bool held = report.state == RunState::held;
    CHECK(held == must_be_held(expected, known));
    CHECK_MESSAGE(report.state != RunState::failed, report.reason);
    const auto counts = release_if_held(hub, feed, std::move(report));
    MESSAGE(fmt::format("{} {}: {} created, {} updated, {} deleted, {} unchanged, {} kept, {} in "
                        "quarantine{}",
                        date, shape.table, counts.created, counts.updated, counts.deleted,
                        counts.unchanged, counts.kept, counts.quarantined, held ? ", held" : ""));
    check_counts(counts, expected);
    if (expected.ragged == 0) {
      const auto again = hub.run(feed).counts;
      CHECK(again.created + again.updated + again.deleted + again.kept == 0);
    }
  }
  check_records(hub, feed, shape, model);
}

} // namespace

TEST_CASE("states of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[0]);
}

TEST_CASE("districts of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[1]);
}

TEST_CASE("sub-districts of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[2]);
}

TEST_CASE("blocks of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[3]);
}

TEST_CASE("urban bodies of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[4]);
}

TEST_CASE("traditional bodies of every date: the hub's counts are the files'")
{
  if (have("lgd")) load_all_dates(directory_shapes()[5]);
}
