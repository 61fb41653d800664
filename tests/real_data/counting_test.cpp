// A counting day: the same growing table minutes apart, replayed in those minutes.
#include <doctest/doctest.h>

#include "schema/json.hpp"
#include "tests/real_data/hub.hpp"
#include "tests/real_data/served.hpp"

#include <functional>
#include <map>

using namespace gramsetu;
using namespace gramsetu::real_data;
using engine::RunState;

namespace {

const std::string kFolder = "elections/kerala/counting-2025-12-13/";

void follow_the_day(Hub& hub, const Feed& feed,
                    const std::function<void(const std::string& file)>& offer)
{
  struct Minute {
    const char* at;
    std::size_t added, changed; // as the data's own description has them
  };
  std::map<std::string, Cells> known; // by key, every cell of the row
  for (const auto& [minute, added, changed] :
       {Minute{"0937", 19'542, 0}, Minute{"0948", 5'600, 4'163}, Minute{"0959", 5'330, 5'606}}) {
    CAPTURE(minute);
    const std::string clock(minute);
    hub.clock.set(
        test::at("2025-12-13T" + clock.substr(0, 2) + ":" + clock.substr(2) + ":00+05:30"));
    offer(kFolder + clock + ".csv.gz");
    std::size_t created = 0, updated = 0, unchanged = 0;
    for (const auto& row : read_table(kFolder + clock + ".csv.gz").rows) {
      Cells meant;
      for (const auto& cell : row)
        meant.push_back(nfc(cell));
      const auto [found, is_new] = known.try_emplace(row[2] + "/" + row[4] + "/" + row[6], meant);
      ++(is_new ? created : found->second == meant ? unchanged : updated);
      found->second = meant;
    }
    CHECK(created == added);
    CHECK(updated == changed);

    const auto report = hub.run(feed);
    CHECK(report.state == RunState::done);
    CHECK(report.counts.created == created);
    CHECK(report.counts.updated == updated);
    CHECK(report.counts.unchanged == unchanged);
    CHECK(report.counts.deleted + report.counts.quarantined + report.counts.conflicts == 0);
  }
  std::size_t wrong = 0;
  const auto bodies = hub.bodies("candidate_count");
  CHECK(bodies.size() == 30'472);
  for (const auto& [key, cells] : known) {
    REQUIRE(bodies.contains(key));
    const auto body = schema::parse_json(bodies.at(key));
    REQUIRE(body);
    wrong += std::to_string(body->object().find("votes")->integer()) != cells[9];
    wrong += nfc(body->object().find("name")->text()) != cells[7];
  }
  CHECK(wrong == 0);
}

} // namespace

TEST_CASE("the counting of Kerala is followed from minute to minute")
{
  if (!have(kFolder)) return;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/counting.yaml"), "counts");
  hub.open_files(feed);
  follow_the_day(hub, feed,
                 [&](const std::string& file) { hub.drop(feed, file, "counting.csv.gz"); });
}

TEST_CASE("the counting of Kerala is followed over HTTP, from minute to minute")
{
  if (!have(kFolder)) return;
  const Served served;
  Hub hub;
  Feed feed(read_manifest_file("tests/real_data/manifests/counting-api.yaml"), "counts");
  hub.open_http(feed, served.url("generic"));
  follow_the_day(hub, feed, [&](const std::string& file) { served.serve("counting", file); });
}
