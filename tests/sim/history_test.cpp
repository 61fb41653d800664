// The history test: random edits, faults and deaths from a seed; the promises are checked after each.
#include "daemon/engine/settle.hpp"
#include "schema/json.hpp"
#include "tests/sim/clerk.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/support/environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

struct Death : std::runtime_error {
  Death() : std::runtime_error("death") {}
};

constexpr int kKeys = 6;
// One history: who wrote what, and the hub that must account for all of it.
class History {
public:
  // `aloud`: tells what happens, for whoever looks into one history.
  History(std::uint64_t seed, bool aloud)
      : aloud_(aloud),
        silent_(seed / 32 % 2 == 0),
        seed_(seed),
        random_(seed),
        clerk_(random_),
        bench_(note_of_all_rules(seed), "note", seed),
        spokes_{&bench_.add({}),
                &bench_.add({"csc", "csc", true, true, seed % 5 == 0, "", seed % 5 == 1})}
  {
    hinder(spokes_[1]->world, seed / 32 % 5);
    // Two sides, three or four, of each rule.
    if (seed / 12 % 3 > 0) spokes_.push_back(&bench_.add({"state", "state"}));
    if (seed / 12 % 3 > 1) spokes_.push_back(&bench_.add({"treasury", "local"}));
  }

  void play()
  {
    const auto events = 10 + pick(25);
    for (std::size_t i = 0; i < events; ++i) {
      event();
      check_order();
    }
    quieten();
  }

  // What else may be the matter with an endpoint whose answers get lost.
  static void hinder(MemoryWorld& world, std::uint64_t how)
  {
    world.probes = how != 1 && how != 2;
    world.idempotent = how != 1 && how != 3;
    if (how == 2 || how == 4) world.retention_ms = 300'000;
    if (how >= 3) world.lag_ms = 60'000;
  }

  // Promise 4, and 1: what was written is current, superseded, a loser, or waits for a person.
  void check()
  {
    for (auto* spoke : spokes_) {
      const auto certificate = bench_.verify(*spoke);
      CHECK_MESSAGE(certificate.agree, spoke->name, " differs on ",
                    certificate.agree ? std::string() : certificate.differences.at(0).key);
      std::set<std::string> keys;
      for (const auto& effect : spoke->world.ledger)
        CHECK_MESSAGE(keys.insert(effect.idempotency_key).second, "an effect came twice");
      CHECK_MESSAGE(spoke->world.altered == 0, "a key came again with another write");
      CHECK_MESSAGE(spoke->world.stale == 0, "a key came again when it was forgotten");
    }
    for (const auto& parked : bench_.quarantine())
      CHECK_MESSAGE(parked.direction == "pull", parked.key, " is parked: ", parked.reason);
    check_no_loss();
    check_money();
    check_quiet();
  }

private:
  std::size_t pick(std::size_t bound)
  {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  std::string key() { return "n" + std::to_string(pick(kKeys)); }

  void event()
  {
    bench_.clock.advance(std::chrono::seconds(pick(30)));
    const auto now = bench_.clock.now().time_since_epoch().count();
    auto& spoke = *spokes_[pick(spokes_.size())];
    spoke.world.now_ms = now;
    switch (pick(silent_ ? 13 : 12)) {
    case 0:
    case 1: put(spoke); break;
    case 2: put_at_hub(); break;
    case 3:
      if (pick(3) == 0) erase(spoke);
      break;
    case 4:
      if (pick(3) == 0) erase_at_hub();
      break;
    case 5: break_answers(spoke); break;
    case 6: refuse(spoke); break;
    case 7: die(spoke, {}); break;
    case 8: plan_or_apply(spoke); break;
    case 9:
      if (pick(2) == 0) undo();
      break;
    case 10: answer_questions(2); break;
    case 12: forget(spoke); break;
    default: run(spoke);
    }
  }

  void put(Spoke& spoke)
  {
    const auto name = key();
    auto& row = spoke.world.entered(name);
    auto [field, value] = clerk_.change(&row.fields);
    tell(spoke.name + " puts " + name + " " + field + "=" + schema::to_json(value));
    row.fields.set(field, std::move(value));
    spoke.world.put(name, {{"money", worth_of(name)}});
  }

  // What a run that went well could read, the hub must account for from then on.
  void run(Spoke& spoke, bool repairs = false)
  {
    engine::RunOptions options;
    options.repair = options.full = repairs;
    const auto report = bench_.run(spoke, options);
    tell((repairs ? "repair " : "run ") + spoke.name + ": " + told(report));
    if (report.state == engine::RunState::done || report.state == engine::RunState::partial)
      owe(spoke);
  }

  void owe(Spoke& spoke)
  {
    for (const auto& [key, row] : spoke.world.rows)
      if (!row.fields.find("gone")) owe(schema::Value(row.fields));
  }

  // The values that were written, wherever they stand in it.
  void owe(const schema::Value& value)
  {
    if (value.is_text() && value.text().starts_with("v")) owed_.insert(value.text());
    if (value.is_list())
      for (const auto& item : value.list())
        owe(item);
    if (value.is_object())
      for (const auto& member : value.object().members())
        owe(member.value);
  }

  void put_at_hub()
  {
    const auto name = key();
    const auto held = bench_.document(name);
    auto [field, value] = clerk_.change(held ? &*held : nullptr);
    tell("the hub puts " + name + " " + field + "=" + schema::to_json(value));
    schema::Object document;
    document.append("note", name);
    document.append("money", worth_of(name));
    document.append(field, value);
    if (bench_.edit(name, std::move(document))) owe(value);
  }

  void erase(Spoke& spoke)
  {
    const auto name = key();
    tell(spoke.name + " erases " + name);
    spoke.world.erase(name);
  }

  // Behind everybody's back: only a repair finds it, where it can ask by name; else it stays listed for a person.
  void forget(Spoke& spoke)
  {
    if (!spoke.world.probes) return;
    const auto name = key();
    tell(spoke.name + " loses " + name + " without a word");
    spoke.world.rows.erase(name);
  }

  void erase_at_hub()
  {
    const auto name = key();
    tell("the hub erases " + name);
    (void)bench_.erase(name);
  }

  void break_answers(Spoke& spoke)
  {
    const bool late = pick(3) == 0;
    auto& dial = late ? spoke.world.faults.hold_back : spoke.world.faults.drop_answers;
    dial = static_cast<int>(pick(2));
    tell(spoke.name + (late ? " holds back: " : " drops answers: ") + std::to_string(dial));
  }

  // A person looks there, and says what is true. Not everybody looks at once.
  void answer_questions(std::size_t one_in)
  {
    for (const auto& question : bench_.quarantine()) {
      if (question.code != "outcome_unknown" || pick(one_in) > 0) continue;
      auto& spoke = **std::find_if(spokes_.begin(), spokes_.end(), [&](const auto* other) {
        return other->flow.id == question.flow;
      });
      std::optional<store::OutboxRow> sent;
      REQUIRE(bench_.store->transact([&](store::Tx& tx) -> Result<void> {
        TRY(sent, tx.outbox_of(question.flow, question.key));
        return {};
      }));
      REQUIRE(sent);
      const auto& key = sent->idempotency_key;
      const auto& on_the_way = spoke.world.on_the_way;
      const bool coming = std::any_of(on_the_way.begin(), on_the_way.end(), [&](const auto& one) {
        return one.second.idempotency_key == key;
      });
      if (coming) continue; // nobody could tell yet
      const bool there = spoke.world.answered.contains(key);
      tell("a person says of " + question.key + ": " + (there ? "took effect" : "no effect"));
      const engine::Outcome outcome{question.id, there, "", "A. Roy", "looked there"};
      REQUIRE(resolve_outcome(spoke.flow, outcome, bench_.services()));
    }
  }

  void refuse(Spoke& spoke)
  {
    spoke.world.faults.refuse_connect = static_cast<int>(pick(3));
    tell(spoke.name + " refuses: " + std::to_string(spoke.world.faults.refuse_connect));
  }

  // A plan is kept, or any that was kept is carried out, however old it is.
  void plan_or_apply(Spoke& spoke)
  {
    engine::RunOptions options;
    auto* side = &spoke;
    if (plans_.empty() || pick(2) == 0) {
      options.plan_only = true;
      options.run_id = "plan-" + std::to_string(plans_.size());
      plans_.emplace_back(side, options.run_id);
    } else {
      std::tie(side, options.applies) = plans_[pick(plans_.size())];
    }
    tell((options.plan_only ? "plan of " : "apply " + options.applies + " at ") + side->name);
    if (pick(3) == 0) return die(*side, options);
    tell(told(bench_.run(*side, options)));
  }

  // Any run is undone, but one that brought a record: that goes at the hub and stays where it came from.
  void undo()
  {
    const auto runs = bench_.runs();
    if (runs == 0) return;
    const auto run = "run-" + std::to_string(pick(static_cast<std::size_t>(runs)) + 1);
    store::ChangeQuery query;
    query.run = run;
    bool brought = false;
    const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.changes(query));
      for (const auto& row : rows)
        brought = brought || row.kind == "created" || row.kind == "restored";
      return {};
    });
    REQUIRE(read);
    if (brought) return;
    const auto id = "undo-" + std::to_string(++undone_);
    const auto report = bench_.undo(*spokes_.front(), run, id);
    tell("undo of " + run + ": restored=" + std::to_string(report.counts.restored));
  }

  void die(Spoke& spoke, const engine::RunOptions& options)
  {
    auto left = pick(12);
    bench_.on_step = [&left](engine::Stage) {
      if (left-- == 0) throw Death();
    };
    try {
      tell("run " + spoke.name + ", death near: " + told(bench_.run(spoke, options)));
    } catch (const Death&) {
      tell("run " + spoke.name + ", which dies");
      bench_.on_step = {};
      bench_.reopen();
    }
    bench_.on_step = {};
  }

  void quieten()
  {
    for (auto* spoke : spokes_)
      spoke->world.faults = {};
    // Backoffs pass; two runs of each side settle everything, a third lets the sides hear of each other.
    // The order of the sides is of no consequence.
    for (int round = 0; round < 5; ++round) {
      std::shuffle(spokes_.begin(), spokes_.end(), random_);
      bench_.clock.advance(std::chrono::hours(3));
      for (auto* spoke : spokes_)
        run(*spoke);
      answer_questions(1);
    }
    for (int round = 0; silent_ && round < 3; ++round)
      for (auto* spoke : spokes_)
        run(*spoke, round == 0);
    for (auto* spoke : spokes_)
      owe(*spoke);
  }

  void check_quiet()
  {
    const auto effects = all_effects();
    const int rounds = seed_ % 8 == 0 ? 10 : 1;
    for (int round = 0; round < rounds; ++round) {
      for (auto* spoke : spokes_) {
        const auto report = bench_.run(*spoke);
        CHECK(report.counts.pushed == 0);
        CHECK(report.counts.created + report.counts.updated + report.counts.deleted == 0);
      }
    }
    CHECK(all_effects() == effects);
  }

  // Promise 7: while a record lives, its state only moves on, and an end is an end.
  void check_order()
  {
    static const std::vector<std::string> states = {"draft", "open", "ready", "done", "gone"};
    for (int i = 0; i < kKeys; ++i) {
      const auto name = "n" + std::to_string(i);
      if (!bench_.alive(name)) continue;
      const auto now = bench_.get(name, "status");
      auto& before = reached_[name + "/" + std::to_string(deaths_of(name))];
      const auto rank = [&](const std::string& state) {
        return std::find(states.begin(), states.end(), state) - states.begin();
      };
      const bool ended = before == "done" || before == "gone";
      if (!before.empty() && now != before)
        CHECK_MESSAGE((!now.empty() && !ended && rank(now) > rank(before)), name, " went from ",
                      before, " to ", now);
      before = now;
    }
  }

  // A record that was deleted and entered again begins anew.
  std::size_t deaths_of(const std::string& name)
  {
    std::size_t deaths = 0;
    const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
      store::ChangeQuery query;
      query.entity = "note";
      query.key = name;
      TRY(const auto rows, tx.changes(query));
      deaths = static_cast<std::size_t>(std::count_if(
          rows.begin(), rows.end(), [](const auto& row) { return row.kind == "deleted"; }));
      return {};
    });
    REQUIRE(read);
    return deaths;
  }

  // Promise 9: what the notes are worth adds up to the same at the hub and everywhere.
  void check_money()
  {
    for (int i = 0; i < kKeys; ++i) {
      const auto name = "n" + std::to_string(i);
      if (bench_.alive(name)) CHECK(bench_.get(name, "money") == worth_of(name));
      for (const auto* spoke : spokes_)
        if (spoke->world.alive(name)) CHECK(spoke->world.get(name, "money") == worth_of(name));
    }
  }

  std::size_t all_effects() const
  {
    std::size_t count = 0;
    for (const auto* spoke : spokes_)
      count += spoke->world.ledger.size();
    return count;
  }

  // Every text in which a value may be accounted for.
  std::string accounts()
  {
    std::string all;
    const auto read = bench_.store->transact([&](store::Tx& tx) -> Result<void> {
      store::RecordQuery records;
      records.entity = "note";
      records.with_deleted = true;
      TRY(const auto rows, tx.records(records));
      for (const auto& row : rows)
        all += row.body + "\n";
      store::ChangeQuery changes;
      changes.limit = 100'000;
      TRY(const auto log, tx.changes(changes));
      for (const auto& row : log)
        all += row.fields + "\n";
      TRY(const auto conflicts, tx.conflicts({"", "", "", std::nullopt, 0, 100'000}));
      for (const auto& row : conflicts)
        all += row.hub + row.remote + row.base + "\n";
      return {};
    });
    REQUIRE(read);
    return all;
  }

  void check_no_loss()
  {
    const auto all = accounts();
    for (const auto& value : owed_)
      CHECK_MESSAGE((all.find('"' + value + '"') != std::string::npos ||
                     all.find('"' + value + "\\\"") != std::string::npos),
                    "value ", value, " is gone without a trace\n", all);
  }

  void tell(const std::string& what)
  {
    if (aloud_) std::printf("%s\n", what.c_str());
  }

  bool aloud_;
  bool silent_; // things happen behind everybody's back
  std::uint64_t seed_;
  std::mt19937_64 random_;
  Clerk clerk_;
  EngineBench bench_;
  std::vector<Spoke*> spokes_;
  std::set<std::string> owed_;                 // values that the hub must account for
  std::map<std::string, std::string> reached_; // the state of each life of a record, as last seen
  std::vector<std::pair<Spoke*, std::string>> plans_;
  int undone_ = 0;
};

} // namespace

TEST_CASE("after any history of edits, faults and deaths the sides agree and nothing is lost")
{
  const auto one = number_from("GRAMSETU_SEED", 0);
  const auto count = one ? 1 : number_from("GRAMSETU_HISTORIES", 1000);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto seed = one ? one : i + 1;
    CAPTURE(seed);
    History history(seed, one != 0);
    history.play();
    history.check();
  }
}
