// The real process is killed again and again in the middle of a two-way sync; nothing is lost or doubled.
#include "tests/support/environment.hpp"
#include "tests/system/two_sides.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

using namespace gramsetu;
using namespace gramsetu::test;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// How a life ends: by the clock, or right after a write that was not answered yet.
class Lives {
public:
  explicit Lives(std::uint64_t seed) : random_(seed) {}

  // Every fourth is short: death at the start, and during the recovery from the death before.
  milliseconds next()
  {
    const auto longest = random_() % 4 == 0 ? 120 : longest_.count();
    return milliseconds(1 + static_cast<std::int64_t>(random_() % longest));
  }
  // The longest that is worth it: it sees all of a run now and then.
  milliseconds longest() const { return longest_; }
  void was_killed() { longest_ = std::min(longest_ * 11 / 10, milliseconds(4000)); }
  void was_through() { longest_ = std::max(longest_ / 2, milliseconds(250)); }

private:
  std::mt19937_64 random_;
  milliseconds longest_{1500};
};

// What a run of flows is worth when it ended by itself.
void check_end(Process& process, const Ended& ended)
{
  const bool fine = ended.code == 0 || ended.code == 1 || ended.code == 4;
  REQUIRE_MESSAGE(fine, "it ended with ", ended.code, ", signal ", ended.signal, "\n",
                  process.out(), process.err());
}

// Both flows until nothing is left to do: the other side hears of the last news in the second run.
void settle(TwoSides& sides)
{
  sides.calm();
  // Two runs bring everything to both sides, but for what failed more than once: that is tried again after a while.
  const auto waits = [&] {
    const auto flows = list_at(sides.hub().ask({"status"}), "/flows");
    return std::any_of(flows.begin(), flows.end(), [](const auto& flow) {
      return number_at(flow, "/pending") + number_at(flow, "/unknown") > 0;
    });
  };
  for (int i = 0; i < 2 || (i < 40 && waits()); ++i) {
    if (i >= 2) std::this_thread::sleep_for(5s);
    const auto ran = sides.hub().run({"sync"});
    REQUIRE_MESSAGE((ran.code == 0 || ran.code == 4), ran.code, ran.out, ran.err);
  }
}

void check_quiet(TwoSides& sides)
{
  const auto effects = sides.effects();
  const auto before = sides.hub_records();
  const auto answer = json_of(sides.hub().run({"sync", "--json"}).out);
  for (const auto* flow : {"service_request@csc", "service_request@state"}) {
    const auto run = run_of(answer, flow);
    CAPTURE(schema::to_json(run));
    CHECK(text_at(run, "/state") == "done");
    for (const auto* count : {"created", "updated", "deleted", "pushed", "unknown", "conflicts"})
      CHECK(number_at(run, std::string("/counts/") + count) == 0);
  }
  CHECK(sides.effects() == effects);
  CHECK(sides.hub_records() == before);
}

} // namespace

TEST_CASE("killed at random instants of a two-way sync, again and again, nothing is missing and "
          "nothing is doubled on either side")
{
  const auto seed = number_from("GRAMSETU_SEED", std::random_device()());
  const auto kills = number_from("GRAMSETU_KILLS", 50);
  const auto records = number_from("GRAMSETU_RECORDS", 20'000);
  MESSAGE("GRAMSETU_SEED=", seed, " GRAMSETU_KILLS=", kills, " GRAMSETU_RECORDS=", records);
  CAPTURE(seed);
  TwoSides sides(records, seed);
  Lives lives(seed);
  std::uint64_t killed = 0, through = 0, unanswered = 0;
  bool loaded = false, even = false;
  for (std::uint64_t life = 0; killed < kills; ++life) {
    REQUIRE(life < kills * 5 + 10);
    loaded = loaded || sides.loaded();
    if (!even && killed >= kills * 2 / 5) {
      // A record that goes while news of it are on their way would be a conflict: from here on none are.
      settle(sides);
      even = true;
    }
    if (loaded) sides.edit();
    if (loaded && life % 3 == 1) sides.edit_at_hub();
    if (even) sides.remove();
    const bool aimed = life % 2 == 1;
    if (aimed) sides.disturb();
    // Every fifth is the service, which ends by nothing but a kill.
    const bool service = life % 5 == 4;
    const auto process = sides.hub().start({service ? "run" : "sync"});
    if (aimed && until([&] { return !process->running() || sides.writes(); }, lives.longest()))
      unanswered += process->running() ? 1 : 0;
    if (const auto ended = process->wait(aimed ? 0ms : lives.next())) {
      check_end(*process, *ended);
      lives.was_through();
      ++through;
      continue;
    }
    process->kill();
    ++killed;
    lives.was_killed();
  }
  MESSAGE("killed before the answer to a write: ", unanswered,
          "; runs that came to their end: ", through, "; effects: ", sides.effects());
  CHECK((unanswered > 0 || kills < 20)); // else the deaths that matter most were not tried
  settle(sides);
  const auto open = sides.open_conflicts();
  sides.check_sides(open);
  sides.check_ledger("csc");
  sides.check_ledger("state");
  CHECK(number_at(sides.hub().ask({"status"}), "/records/service_request") ==
        static_cast<std::int64_t>(sides.alive()));
  check_quiet(sides);
  std::size_t left_out = 0;
  for (const auto& run : list_at(sides.hub().ask({"verify"}), "/runs"))
    left_out += static_cast<std::size_t>(number_at(run, "/certificate/left_out"));
  CHECK(left_out == open.size());
}
