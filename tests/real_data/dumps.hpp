// What must hold when the tables of the directory are taken in, date after date, by whatever way.
#pragma once

#include "schema/json.hpp"
#include "tests/real_data/hub.hpp"
#include "tests/real_data/model.hpp"

#include <fmt/format.h>

#include <functional>

namespace gramsetu::real_data {

// A held run has written nothing; a person then looks at the plan and releases it.
inline engine::Counts release_if_held(Hub& hub, const Feed& feed, engine::Report report)
{
  if (report.state != engine::RunState::held) return report.counts;
  CHECK(report.counts.created + report.counts.updated + report.counts.deleted == 0);
  const auto released = hub.run(feed, {"collector", hub.clock.now(), report.hold.found});
  CHECK(released.state == engine::RunState::done);
  report.counts.created = released.counts.created;
  report.counts.updated = released.counts.updated;
  report.counts.deleted = released.counts.deleted;
  report.counts.kept = released.counts.kept;
  report.counts.superseded = released.counts.superseded;
  report.counts.conflicts = released.counts.conflicts;
  return report.counts;
}

inline void check_counts(const engine::Counts& counts, const Expected& expected)
{
  CHECK(counts.created == expected.created);
  CHECK(counts.updated == expected.updated);
  CHECK(counts.deleted == expected.deleted);
  // News that changes nothing: the dump has lost or gained a column.
  CHECK(counts.unchanged + counts.kept == expected.unchanged);
  CHECK(counts.quarantined == expected.ragged + expected.unfit);
  CHECK(counts.conflicts == expected.losers);
  CHECK(counts.superseded == 0);
}

// The hub's records mean what the model knows.
inline void check_records(Hub& hub, const Feed& feed, const Shape& shape, const Model& model)
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
inline bool must_be_held(const Expected& expected, std::size_t known)
{
  return (expected.updated > 20 && expected.updated * 2 > known) ||
         (expected.deleted > 20 && expected.deleted * 20 > known);
}

// The dates of a shape's table, each offered to `feed` by `offer(file)`, against the model.
inline void follow_dates(Hub& hub, const Feed& feed, Model& model,
                         const std::function<void(const std::string& file)>& offer)
{
  const Shape& shape = model.shape();
  for (const auto& date : dates_of(shape.table)) {
    CAPTURE(date);
    const std::string file = "lgd/" + date + "/" + shape.table + ".csv.gz";
    offer(file);
    const std::size_t known = model.known().size();
    const auto expected = model.take(read_table(file));
    auto report = hub.run(feed);
    const bool held = report.state == engine::RunState::held;
    CHECK(held == must_be_held(expected, known));
    CHECK_MESSAGE(report.state != engine::RunState::failed, report.reason);
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

} // namespace gramsetu::real_data
