// Who let a held run go, when that is enough, and what later runs make of it.
#include "daemon/runtime/hold.hpp"

#include "schema/json.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace gramsetu;
using namespace gramsetu::runtime;
using namespace std::chrono_literals;

namespace {

constexpr Instant kNow{1'790'000'000'000ms};
constexpr const char* kFlow = "voucher@central";

class Desk {
public:
  Desk() : store_(*store::open_store({folder_.file("hub.db"), {}, 1 << 20})) {}

  void in(const std::function<Result<void>(store::Tx&)>& work)
  {
    const auto done = store_->transact(work);
    REQUIRE_MESSAGE(done, done.error().what);
  }

  // A run that ends so many hours after the first.
  store::RunRow run(const std::string& id, int hour, const std::string& state)
  {
    store::RunRow row;
    row.id = id;
    row.flow = kFlow;
    row.state = state;
    row.started_at = kNow + std::chrono::hours(hour);
    row.ended_at = row.started_at + 1min;
    return row;
  }

  void hold(const std::string& id, int hour, std::size_t needs = 1, std::size_t found = 50)
  {
    auto row = run(id, hour, "held");
    Hold hold;
    hold.since = *row.ended_at;
    hold.rails = {"max_deletes"};
    hold.records = 900;
    hold.needs = needs;
    hold.found = {{"s1", found}};
    row.hold = schema::to_json(hold_json(hold));
    end(row, false);
  }
  void end(store::RunRow row, bool released)
  {
    in([&](store::Tx& tx) -> Result<void> {
      TRY_VOID(take_place(tx, row, released));
      return tx.put_run(row);
    });
  }

  Result<Consent> approve(const std::string& run, const std::string& by)
  {
    Consent given;
    const auto done = store_->transact([&](store::Tx& tx) -> Result<void> {
      TRY(given, consent(tx, run, {by, "looked at it", "", kNow, {}}));
      return {};
    });
    if (!done) return tl::unexpected(done.error());
    return given;
  }

  engine::Approval approval()
  {
    engine::Approval found;
    in([&](store::Tx& tx) -> Result<void> {
      TRY(found, approval_of(tx, kFlow));
      return {};
    });
    return found;
  }

  store::RunRow row(const std::string& id)
  {
    std::optional<store::RunRow> found;
    in([&](store::Tx& tx) -> Result<void> {
      TRY(found, tx.run(id));
      return {};
    });
    REQUIRE(found);
    return *found;
  }

private:
  test::TempDir folder_;
  std::unique_ptr<store::Store> store_;
};

std::string refusal(const Result<Consent>& given)
{
  REQUIRE_FALSE(given);
  CHECK(given.error().kind == ErrorKind::precondition);
  return given.error().what;
}

} // namespace

TEST_CASE("a hold comes back from its text as it was")
{
  Hold hold;
  hold.since = kNow;
  hold.rails = {"max_deletes", "null_rate"};
  hold.records = 1'200;
  hold.more = 3;
  hold.needs = 2;
  hold.found = {{"gp=1", 0}, {"gp=2", 7}};
  hold.approvals = {{"roy", "a \"note\"", "R1", kNow, kNow - 1h}};
  hold.followed_by = "R2";
  const auto text = schema::to_json(hold_json(hold));
  CHECK(schema::to_json(hold_json(read_hold(text))) == text);
  CHECK(read_hold(text).approvals.front().note == "a \"note\"");
  CHECK(read_hold("").needs == 1);
}

TEST_CASE("above the limit two people are needed, at it one")
{
  schema::Rails rails;
  rails.second_approver_above = 1'000;
  engine::Held held;
  held.records = 1'000;
  CHECK(approvers_needed(held, rails) == 1);
  held.records = 1'001;
  CHECK(approvers_needed(held, rails) == 2);
}

TEST_CASE("one person lets a held run go, and what it showed is what is approved")
{
  Desk desk;
  desk.hold("R1", 0);
  CHECK(desk.approval().by.empty());
  const auto given = desk.approve("R1", "roy");
  REQUIRE(given);
  CHECK(given->missing == 0);
  const auto approval = desk.approval();
  CHECK(approval.by == "roy");
  CHECK(approval.until == kNow + 1min);
  CHECK(approval.found == std::map<std::string, std::size_t>{{"s1", 50}});
  CHECK(desk.row("R1").approved_by == "roy");
  desk.end(desk.run("R2", 1, "done"), true);
  CHECK(desk.row("R1").state == "released");
  CHECK(desk.approval().by.empty());
  CHECK(refusal(desk.approve("R1", "sen")) ==
        "run R1 was released already, by roy, and carried out by run R2");
}

TEST_CASE("the same person twice is one person")
{
  Desk desk;
  desk.hold("R1", 0, 2);
  const auto first = desk.approve("R1", "roy");
  REQUIRE(first);
  CHECK(first->missing == 1);
  CHECK_FALSE(first->again);
  const auto again = desk.approve("R1", "roy");
  REQUIRE(again);
  CHECK(again->again);
  CHECK(again->missing == 1);
  CHECK(desk.approval().by.empty());
  CHECK(read_hold(desk.row("R1").hold).approvals.size() == 1);
  const auto second = desk.approve("R1", "sen");
  REQUIRE(second);
  CHECK(second->missing == 0);
  CHECK(desk.approval().by == "roy, sen");
}

TEST_CASE("while a flow stays held, approvals go on to its next held run, for what each person saw")
{
  Desk desk;
  desk.hold("R1", 0, 2, 50);
  REQUIRE(desk.approve("R1", "roy"));
  desk.hold("R2", 1, 2, 40);
  CHECK(desk.row("R1").state == "overtaken");
  const auto heir = read_hold(desk.row("R2").hold);
  CHECK(heir.since == kNow + 1min);
  REQUIRE(heir.approvals.size() == 1);
  CHECK(desk.row("R2").approved_by == "roy");
  // Somebody who has the earlier one before them approves that.
  const auto late = desk.approve("R1", "sen");
  REQUIRE(late);
  CHECK(late->held.id == "R2");
  CHECK(late->missing == 0);
  CHECK(desk.approval().until == kNow + 1min);
  CHECK(desk.approval().found.at("s1") == 50);
  // Two have seen the later one once it is shown to both.
  REQUIRE(desk.approve("R2", "sen"));
  CHECK(desk.approval().until == kNow + 1min);
  CHECK(desk.approval().found.at("s1") == 50);
  REQUIRE(desk.approve("R2", "roy"));
  CHECK(desk.approval().until == kNow + 1h + 1min);
  CHECK(desk.approval().found.at("s1") == 40);
}

TEST_CASE("a run that was overtaken by a good one has nothing to release")
{
  Desk desk;
  desk.hold("R1", 0);
  desk.end(desk.run("R2", 1, "done"), false);
  CHECK(desk.row("R1").state == "overtaken");
  CHECK(refusal(desk.approve("R1", "roy")) == "run R1 was overtaken by run R2: what held it has "
                                              "passed, and nothing waits to be released");
  // A later hold is another matter.
  desk.hold("R3", 2);
  CHECK(refusal(desk.approve("R1", "roy")).starts_with("run R1 was overtaken by run R2"));
  CHECK(refusal(desk.approve("R2", "roy")) == "run R2 is 'done'; only a held run can be released");
  const auto unknown = desk.approve("R9", "roy");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == ErrorKind::not_found);
  CHECK(desk.approve("R3", "roy"));
}
