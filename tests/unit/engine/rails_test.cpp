// Each rail at its boundary: exactly at it, and one above.
#include "daemon/engine/reconcile/rails.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace gramsetu;
using engine::PlanSummary;
using engine::trips_of;
using schema::Limit;
using schema::Rails;

namespace {

// Every rail is off.
Rails none()
{
  Rails rails;
  rails.max_deletes = rails.max_changes = rails.max_creates = Limit{};
  rails.at_least = 0;
  rails.hold_empty_source = false;
  rails.sudden_drop = rails.null_rate = 10'000;
  return rails;
}

PlanSummary slice_of(std::size_t known)
{
  PlanSummary plan;
  plan.slice = "gp=245101";
  plan.known = known;
  return plan;
}

std::string why(const PlanSummary& plan, const Rails& rails)
{
  std::vector<std::string> all;
  for (const auto& trip : trips_of(plan, rails))
    all.push_back(trip.why);
  return fmt::format("{}", fmt::join(all, "; "));
}

} // namespace

TEST_CASE("max_deletes and max_changes let pass what is exactly their share, and not one more")
{
  auto rails = none();
  rails.max_deletes = {500, std::nullopt};
  rails.max_changes = {1'250, std::nullopt};
  auto plan = slice_of(200);
  plan.judged.deletes = 10;
  plan.judged.updates = 25;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 11;
  CHECK(why(plan, rails) ==
        "max_deletes: 11 of 200 records of slice gp=245101 would be deleted, 5% are allowed");
  plan.judged.deletes = 10;
  plan.judged.updates = 26;
  CHECK(why(plan, rails) ==
        "max_changes: 26 of 200 records of slice gp=245101 would change, 12.5% are allowed");
}

TEST_CASE("a share never holds what is no more than at_least")
{
  auto rails = none();
  rails.max_deletes = {500, std::nullopt};
  rails.at_least = 20;
  auto plan = slice_of(30);
  plan.judged.deletes = 20;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 21;
  CHECK_FALSE(why(plan, rails).empty());
}

TEST_CASE("a number of records means what it says, alone and beside a share")
{
  auto rails = none();
  rails.at_least = 20;
  rails.max_deletes = {std::nullopt, 5};
  auto plan = slice_of(1'000);
  plan.judged.deletes = 5;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 6;
  CHECK(why(plan, rails) == "max_deletes: 6 of 1000 records of slice gp=245101 would be deleted, 5 "
                            "records are allowed");
  rails.max_deletes = {500, 200};
  plan.judged.deletes = 50;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 51; // the share comes first here,
  CHECK(why(plan, rails).ends_with("5% or 200 records are allowed"));
  plan.known = 100'000;
  plan.judged.deletes = 200;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 201; // and the number there
  CHECK_FALSE(why(plan, rails).empty());
  rails.max_deletes = {std::nullopt, 0};
  plan.judged.deletes = 1;
  CHECK_FALSE(why(plan, rails).empty());
}

TEST_CASE("max_creates holds a flood into a slice that has records, and no first records")
{
  auto rails = none();
  rails.max_creates = {std::nullopt, 100};
  auto plan = slice_of(1);
  plan.judged.creates = 100;
  CHECK(why(plan, rails) == "");
  plan.judged.creates = 101;
  CHECK(why(plan, rails) == "max_creates: 101 new records would come to the 1 of slice gp=245101, "
                            "100 records are allowed");
  plan.known = 0;
  CHECK(why(plan, rails) == "");
  rails.max_creates = {20'000, std::nullopt};
  plan.known = 50;
  plan.judged.creates = 100;
  CHECK(why(plan, rails) == "");
  plan.judged.creates = 101;
  CHECK_FALSE(why(plan, rails).empty());
}

TEST_CASE("an empty source is held when it would delete, and only then")
{
  auto rails = none();
  rails.hold_empty_source = true;
  auto plan = slice_of(3);
  plan.empty = true;
  CHECK(why(plan, rails) == "");
  plan.judged.deletes = 1;
  CHECK(why(plan, rails) ==
        "empty_source: slice gp=245101 came back empty, the hub knows 3 of its records");
  plan.known = 0;
  CHECK(why(plan, rails) == "");
  rails.hold_empty_source = false;
  plan.known = 3;
  CHECK(why(plan, rails) == "");
}

TEST_CASE("a slice that lost exactly the share that is allowed passes, and one more does not")
{
  auto rails = none();
  rails.sudden_drop = 2'000;
  rails.at_least = 20;
  auto plan = slice_of(1'000);
  plan.last = 1'000;
  CHECK(why(plan, rails) == ""); // it was not read whole
  plan.found = 800;
  CHECK(why(plan, rails) == "");
  plan.found = 799;
  CHECK(why(plan, rails) ==
        "sudden_drop: slice gp=245101 lists 799 records, it listed 1000 before; 20% fewer are "
        "allowed");
  plan.found = 1'200;
  CHECK(why(plan, rails) == "");
  plan = slice_of(30);
  plan.last = 30;
  plan.found = 10; // twenty are few
  CHECK(why(plan, rails) == "");
  plan.found = 9;
  CHECK_FALSE(why(plan, rails).empty());
  // A page that came twice was counted twice: the hub knows better.
  plan.last = 60;
  plan.found = 30;
  CHECK(why(plan, rails) == "");
  // What the hub itself has deleted there is no surprise.
  plan.known = 9;
  plan.last = 60;
  plan.found = 9;
  CHECK(why(plan, rails) == "");
}

TEST_CASE("a field that goes blank is weighed against one that is filled, field by field")
{
  auto rails = none();
  rails.null_rate = 1'000;
  auto plan = slice_of(100);
  plan.judged.blanked = {{"phone", 10}, {"address", -40}};
  CHECK(why(plan, rails) == "");
  plan.judged.blanked = {{"phone", 11}, {"remarks", 50}};
  CHECK(why(plan, rails) ==
        "null_rate: phone would go blank in 11 of 100 records of slice gp=245101, 10% are allowed; "
        "null_rate: remarks would go blank in 50 of 100 records of slice gp=245101, 10% are "
        "allowed");
}

TEST_CASE("every rail that is hit is named, with its numbers")
{
  auto plan = slice_of(100);
  plan.last = 100;
  plan.found = 0;
  plan.empty = true;
  plan.judged.deletes = 100;
  plan.judged.updates = 60;
  plan.judged.creates = 10'001;
  plan.judged.blanked = {{"phone", 60}};
  const auto trips = trips_of(plan, Rails());
  std::vector<std::string> names;
  for (const auto& trip : trips) {
    names.push_back(trip.rail);
    CHECK(trip.of == 100);
    CHECK(trip.why.starts_with(trip.rail + ": "));
  }
  CHECK(names == std::vector<std::string>{"empty_source", "sudden_drop", "max_deletes",
                                          "max_changes", "max_creates", "null_rate"});
  CHECK(trips[3].count == 60);
}
