// Where a scenario is played: a hub, its sides in memory, and what the lines of the script do with them.
#pragma once

#include "tests/scenario/script.hpp"
#include "tests/support/engine_bench.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::scenario {

// The hub dies before that step of that run of a flow, and starts again. Both count from 1.
struct Death {
  std::size_t run = 0, step = 0;
};

// What a person saw of a held run when they let it go.
struct HeldRun {
  Instant at{};
  std::map<std::string, std::size_t> found;
};

// Errors that a line of a script meets.
tl::unexpected<Error> not_understood(const Line& line, const std::string& what);
Result<void> want_words(const Line& line, std::size_t count, const std::string& form);

// One performance of one script. The words of lines are in README.md beside the scenarios.
class Theatre {
public:
  explicit Theatre(std::optional<Death> death = std::nullopt);

  // What one line says. The error is what a line of expectations did not find, or a word that nobody
  // understands.
  Result<void> perform(const Line& line);

  // Backoffs pass, and everybody syncs until nothing is left to say.
  void settle();
  // Everything that both sides hold, what waits, and what lost.
  std::string picture();
  // Sides that differ from the hub, but for those that the script says.
  std::string differing();
  // What one more round of runs did, or nothing.
  std::string restless();

  const std::vector<std::size_t>& steps() const { return steps_; } // of each run of a flow

private:
  using Act = Result<void> (Theatre::*)(const Line&);
  static const std::map<std::string, Act>& acts();

  // The cast.
  Result<void> cast_entity(const Line& line);
  Result<void> cast_side(const Line& line);
  Result<void> cast_rule(const Line& line);
  Result<void> cast_rails(const Line& line);
  Result<void> cast_area(const Line& line);
  Result<void> give(const Line& line);
  // What happens.
  Result<void> at_hub(const Line& line);
  Result<void> at_side(const Line& line, test::Spoke& side);
  Result<void> sync(const Line& line);
  Result<void> repair(const Line& line);
  Result<void> wait(const Line& line);
  Result<void> die(const Line& line);
  Result<void> resolve(const Line& line);
  Result<void> approve(const Line& line);
  Result<void> replay(const Line& line);
  Result<void> plan(const Line& line);
  Result<void> apply(const Line& line);
  Result<void> undo(const Line& line);
  Result<void> tell_outcome(const Line& line);
  Result<std::string> answer_question(const std::string& key); // what a person found
  Result<void> purge(const Line& line);
  // What is expected.
  Result<void> expect(const Line& line);
  Result<void> expect_run(const Line& line);
  Result<void> expect_conflicts(const Line& line);
  Result<void> expect_quarantine(const Line& line);
  Result<void> expect_effects(const Line& line);
  Result<void> expect_kept(const Line& line);
  Result<void> expect_plan(const Line& line);
  Result<void> expect_left(const Line& line);
  Result<void> expect_verdict(const Line& line);
  Result<void> expect_version(const Line& line);
  Result<void> expect_count(const Line& line);
  Result<void> expect_unresolved(const Line& line);
  Result<void> sides_differ(const Line& line);

  std::vector<test::Spoke*> sides_of(const Line& line, std::size_t from);
  Result<test::Spoke*> side(const std::string& name);
  test::Spoke* find_side(const std::string& name);
  // False when the script wanted the hub to die there. After any other death it is said once more.
  bool run(test::Spoke& side, const engine::RunOptions& options);
  using Attempt = std::function<engine::Report(const std::string& run)>;
  bool live(test::Spoke& side, const Attempt& attempt);
  void count_step(engine::Stage stage);
  std::string held_by_hub(const std::string& key, const std::string& field);
  std::string places();   // versions and successions of all places of the sides' entities
  std::string accounts(); // every text in which a value may be accounted for
  std::size_t changes();  // rows of the change log

  test::EngineBench bench_;
  std::string entity_ = "service_request";
  std::vector<test::Spoke*> sides_;
  std::map<std::string, Pairs> given_; // by entity: what new records have without being told
  std::map<std::string, std::map<std::string, test::Row>> remembered_; // by side
  std::map<std::string, engine::Report> reports_;                      // the last of each side
  std::map<std::string, HeldRun> held_;                                // likewise
  std::map<std::string, std::vector<std::string>> runs_; // by side: the last, with its attempts
  struct Plan {
    std::string side, run;
  };
  std::map<std::string, Plan> plans_; // by the name that the script gives them
  int started_ = 0;
  std::set<std::string> differs_;
  std::optional<Death> death_;
  const bool disturbed_;     // it has a death to die, or died it
  bool people_look_ = false; // questions about outcomes are answered
  std::optional<std::pair<engine::Stage, std::size_t>> scripted_death_;
  std::map<engine::Stage, std::size_t> stage_steps_; // of the present run
  std::vector<std::size_t> steps_;
};

} // namespace gramsetu::scenario
