// What happens on the stage.
#include "tests/scenario/theatre.hpp"

#include "daemon/engine/settle.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gramsetu::scenario {

namespace {

using engine::Stage;
using test::Spoke;

constexpr const char* kPerson = "A. Roy";
constexpr int kForEver = 1'000'000;
constexpr std::int64_t kNever = 1LL << 60;

struct Died : std::runtime_error {
  Died() : std::runtime_error("died") {}
};

std::unique_ptr<schema::Entities> shipped_entities()
{
  std::vector<schema::Finding> findings;
  return std::make_unique<schema::Entities>(
      schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings));
}

} // namespace

Theatre::Theatre(std::optional<Death> death)
    : bench_(shipped_entities(), "service_request"), death_(death), disturbed_(death.has_value())
{
  bench_.on_step = [this](Stage stage) { count_step(stage); };
}

const std::map<std::string, Theatre::Act>& Theatre::acts()
{
  static const std::map<std::string, Act> all = {
      {"entity", &Theatre::cast_entity},
      {"side", &Theatre::cast_side},
      {"rule", &Theatre::cast_rule},
      {"rails", &Theatre::cast_rails},
      {"area", &Theatre::cast_area},
      {"given", &Theatre::give},
      {"hub:", &Theatre::at_hub},
      {"sync", &Theatre::sync},
      {"repair", &Theatre::repair},
      {"wait", &Theatre::wait},
      {"die", &Theatre::die},
      {"resolve", &Theatre::resolve},
      {"approve", &Theatre::approve},
      {"replay", &Theatre::replay},
      {"outcome", &Theatre::tell_outcome},
      {"purge", &Theatre::purge},
      {"expect", &Theatre::expect},
      {"conflicts:", &Theatre::expect_conflicts},
      {"quarantine:", &Theatre::expect_quarantine},
      {"effects:", &Theatre::expect_effects},
      {"kept:", &Theatre::expect_kept},
      {"plan", &Theatre::plan},
      {"apply", &Theatre::apply},
      {"undo", &Theatre::undo},
      {"left:", &Theatre::expect_left},
      {"verify", &Theatre::expect_verdict},
      {"count", &Theatre::expect_count},
      {"unresolved:", &Theatre::expect_unresolved},
      {"differ:", &Theatre::sides_differ},
  };
  return all;
}

Result<void> Theatre::perform(const Line& line)
{
  const auto& first = line.words.front();
  if (const auto act = acts().find(first); act != acts().end()) return (this->*act->second)(line);
  if (first.ends_with(':'))
    if (auto* spoke = find_side(first.substr(0, first.size() - 1))) return at_side(line, *spoke);
  return fail(ErrorKind::invalid, fmt::format("'{}' is not understood", first));
}

// hub: put KEY field=value ... | hub: delete KEY | hub: cannot put KEY ... | hub: cannot delete KEY
Result<void> Theatre::at_hub(const Line& line)
{
  TRY_VOID(want_words(line, 3, "hub: put KEY field=value"));
  const bool refused = line.words[1] == "cannot";
  const std::size_t verb = refused ? 2 : 1;
  TRY_VOID(want_words(line, verb + 2, "hub: cannot put KEY field=value"));
  const auto& key = line.words[verb + 1];
  TRY(auto fields, read_pairs(line.words, verb + 2));
  const bool removes = line.words[verb] == "delete";
  if (!removes && line.words[verb] != "put") return not_understood(line, line.words[verb]);
  if (!removes && !bench_.alive(key, entity_))
    fields.insert(given_[entity_].begin(), given_[entity_].end());
  const auto edited = removes ? bench_.erase(key, entity_) : bench_.edit(key, fields, entity_);
  if (edited.has_value() != refused) return {};
  return fail(ErrorKind::invalid, refused ? "the hub did it all the same" : edited.error().what);
}

// SIDE: set | alters | delete | forgets | remember | roll back | loses | misses | is down | is back | breaks off |
// repeats
Result<void> Theatre::at_side(const Line& line, Spoke& spoke)
{
  TRY_VOID(want_words(line, 2, "SIDE: set KEY field=value"));
  auto& world = spoke.world;
  world.now_ms = bench_.clock.now().time_since_epoch().count();
  const auto& verb = line.words[1];
  const std::string key = line.words.size() > 2 ? line.words[2] : "";
  if (verb == "set") {
    TRY_VOID(want_words(line, 3, "SIDE: set KEY field=value"));
    TRY(auto fields, read_pairs(line.words, 3));
    const auto& given = given_[spoke.flow.entity->name];
    if (!world.alive(key)) fields.insert(given.begin(), given.end());
    world.put(key, fields);
  } else if (verb == "alters") { // without a word: neither time nor version moves
    TRY(const auto fields, read_pairs(line.words, 3));
    for (const auto& [name, value] : fields)
      world.rows[key].fields.set(name, value);
  } else if (verb == "delete") {
    world.erase(key);
  } else if (verb == "forgets") { // it is not there any more, and nothing says that it was deleted
    world.rows.erase(key);
  } else if (verb == "remember") {
    remembered_[spoke.name] = world.rows;
  } else if (verb == "roll") { // back
    world.rows = remembered_[spoke.name];
  } else if (verb == "loses") { // the next answer
    world.faults.drop_answers = 1;
  } else if (verb == "misses") { // the next write
    world.faults.hold_back = 1;
    world.late_ms = kNever;
  } else if (verb == "is") { // down | back
    world.faults.refuse_connect = key == "down" ? kForEver : 0;
  } else if (verb == "breaks") { // off the next page
    world.faults.damage_pages = 1;
  } else if (verb == "repeats") { // the next page
    world.faults.repeat_pages = 1;
  } else {
    return not_understood(line, verb);
  }
  return {};
}

Result<void> Theatre::sync(const Line& line)
{
  for (std::size_t i = 1; i < line.words.size(); ++i)
    TRY_VOID(side(line.words[i]));
  const bool dies = scripted_death_.has_value();
  bool died = false;
  for (auto* spoke : sides_of(line, 1)) {
    died = !run(*spoke, {});
    if (died) break;
  }
  scripted_death_.reset();
  if (dies && !died) return fail(ErrorKind::invalid, "the hub did not come to where it was to die");
  return {};
}

Result<void> Theatre::repair(const Line& line)
{
  TRY_VOID(want_words(line, 2, "repair SIDE"));
  TRY(auto* spoke, side(line.words[1]));
  engine::RunOptions options;
  options.repair = options.full = true;
  run(*spoke, options);
  return {};
}

Result<void> Theatre::wait(const Line& line)
{
  TRY_VOID(want_words(line, 2, "wait 2h"));
  TRY(const auto time, read_wait(line.words[1]));
  bench_.clock.advance(time);
  return {};
}

// die at STAGE N: the next sync dies before the N-th step of that stage.
Result<void> Theatre::die(const Line& line)
{
  TRY_VOID(want_words(line, 4, "die at push 2"));
  const auto number = schema::read_integer(line.words[3]).value_or(0);
  for (const auto stage :
       {Stage::pull, Stage::stage, Stage::reconcile, Stage::apply, Stage::push, Stage::verify})
    if (name_of(stage) == line.words[2] && number > 0)
      scripted_death_ = {stage, static_cast<std::size_t>(number)};
  return scripted_death_ ? Result<void>{} : not_understood(line, line.words[2]);
}

// resolve FIELD of KEY ours | theirs
Result<void> Theatre::resolve(const Line& line)
{
  TRY_VOID(want_words(line, 5, "resolve FIELD of KEY ours|theirs"));
  for (const auto& row : bench_.conflicts(true)) {
    if (row.field != line.words[1] || row.key != line.words[3]) continue;
    engine::Resolution resolution{row.id, line.words[4], std::nullopt, kPerson, ""};
    return resolve_conflict(bench_.flows(row.entity), resolution, bench_.services());
  }
  return fail(ErrorKind::invalid, "there is no such open conflict");
}

Result<void> Theatre::approve(const Line& line)
{
  TRY_VOID(want_words(line, 2, "approve SIDE"));
  TRY(auto* spoke, side(line.words[1]));
  engine::RunOptions options;
  const auto held = held_.find(spoke->name);
  if (held != held_.end()) options.approval = {kPerson, held->second.at, held->second.found};
  run(*spoke, options);
  return {};
}

Result<void> Theatre::replay(const Line& line)
{
  TRY_VOID(want_words(line, 2, "replay KEY"));
  for (const auto& row : bench_.quarantine())
    for (const auto* spoke : sides_)
      if (row.key == line.words[1] && row.flow == spoke->flow.id)
        return engine::replay(spoke->flow, row.id, kPerson, bench_.services());
  return fail(ErrorKind::invalid, "there is no such record in quarantine");
}

// plan SIDE -> NAME keeps a plan; plan SIDE: ... says what it is to be.
Result<void> Theatre::plan(const Line& line)
{
  if (line.words.size() != 4 || line.words[2] != "->") return expect_plan(line);
  TRY(auto* spoke, side(line.words[1]));
  engine::RunOptions options;
  options.plan_only = true;
  run(*spoke, options);
  plans_[line.words[3]] = {spoke->name, runs_[spoke->name].back()};
  return {};
}

Result<void> Theatre::apply(const Line& line)
{
  TRY_VOID(want_words(line, 2, "apply PLAN"));
  const auto found = plans_.find(line.words[1]);
  if (found == plans_.end()) return not_understood(line, line.words[1]);
  TRY(auto* spoke, side(found->second.side));
  engine::RunOptions options;
  options.applies = found->second.run;
  run(*spoke, options);
  return {};
}

// undo SIDE: its last run; when the hub died during it, every attempt, the last one first.
Result<void> Theatre::undo(const Line& line)
{
  TRY_VOID(want_words(line, 2, "undo SIDE"));
  TRY(auto* spoke, side(line.words[1]));
  const auto last = runs_[spoke->name];
  std::vector<std::string> undone;
  for (auto target = last.rbegin(); target != last.rend(); ++target) {
    const auto done =
        live(*spoke, [&](const std::string& run) { return bench_.undo(*spoke, *target, run); });
    if (!done) return fail(ErrorKind::invalid, "the hub died");
    undone.insert(undone.end(), runs_[spoke->name].begin(), runs_[spoke->name].end());
  }
  runs_[spoke->name] = undone;
  return {};
}

// outcome of KEY took-effect | no-effect: what a person finds there. Who died on the way may find something else,
// or nothing left to ask.
Result<void> Theatre::tell_outcome(const Line& line)
{
  TRY_VOID(want_words(line, 4, "outcome of KEY took-effect|no-effect"));
  people_look_ = true;
  TRY(const auto found, answer_question(line.words[2]));
  if (disturbed_ || found == line.words[3]) return {};
  return fail(ErrorKind::invalid, fmt::format("a person finds: {}", found));
}

Result<std::string> Theatre::answer_question(const std::string& key)
{
  for (const auto& row : bench_.quarantine()) {
    if (row.key != key || row.code != "outcome_unknown") continue;
    for (auto* spoke : sides_) {
      if (row.flow != spoke->flow.id) continue;
      std::string sent;
      TRY_VOID(bench_.store->transact([&](store::Tx& tx) -> Result<void> {
        TRY(const auto outbox, tx.outbox_of(row.flow, row.key));
        if (outbox) sent = outbox->idempotency_key;
        return {};
      }));
      const bool there = spoke->world.answered.contains(sent);
      TRY_VOID(engine::resolve_outcome(spoke->flow, {row.id, there, "", kPerson, "asked them"},
                                       bench_.services()));
      return std::string(there ? "took-effect" : "no-effect");
    }
  }
  return std::string("nothing to ask");
}

// purge: tombstones whose lifetime has ended go, as they do in the daemon once a day.
Result<void> Theatre::purge(const Line&)
{
  store::PurgeLimits limits;
  limits.tombstones = bench_.clock.now();
  return bench_.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY_VOID(tx.purge(limits));
    return {};
  });
}

std::vector<Spoke*> Theatre::sides_of(const Line& line, std::size_t from)
{
  if (line.words.size() <= from) return sides_;
  std::vector<Spoke*> some;
  for (std::size_t i = from; i < line.words.size(); ++i)
    if (auto* spoke = find_side(line.words[i])) some.push_back(spoke);
  return some;
}

Spoke* Theatre::find_side(const std::string& name)
{
  for (auto* spoke : sides_)
    if (spoke->name == name) return spoke;
  return nullptr;
}

Result<Spoke*> Theatre::side(const std::string& name)
{
  if (auto* spoke = find_side(name)) return spoke;
  return fail(ErrorKind::invalid, fmt::format("there is no side '{}'", name));
}

void Theatre::count_step(Stage stage)
{
  const bool scripted = scripted_death_ && scripted_death_->first == stage &&
                        ++stage_steps_[stage] == scripted_death_->second;
  ++steps_.back();
  const bool planned = death_ && steps_.size() == death_->run && steps_.back() == death_->step;
  if (planned) death_.reset(); // it dies once
  if (planned || scripted) throw Died();
}

bool Theatre::run(Spoke& spoke, const engine::RunOptions& options)
{
  return live(spoke, [&](const std::string& run) {
    auto mine = options;
    mine.run_id = run;
    return bench_.run(spoke, mine);
  });
}

bool Theatre::live(Spoke& spoke, const Attempt& attempt)
{
  const bool mortal = scripted_death_.has_value();
  runs_[spoke.name].clear();
  for (;;) {
    stage_steps_.clear();
    steps_.push_back(0);
    runs_[spoke.name].push_back("run-" + std::to_string(++started_));
    try {
      const auto& report = reports_[spoke.name] = attempt(runs_[spoke.name].back());
      if (report.state == engine::RunState::held)
        held_[spoke.name] = {bench_.clock.now(), report.hold.found};
      return true;
    } catch (const Died&) {
      bench_.reopen();
      if (mortal) return false;
    }
  }
}

void Theatre::settle()
{
  for (int round = 0; round < 3; ++round) {
    bench_.clock.advance(std::chrono::hours(3));
    for (auto* spoke : sides_)
      run(*spoke, {});
    if (!people_look_) continue;
    for (const auto& row : bench_.quarantine())
      (void)answer_question(row.key);
  }
}

} // namespace gramsetu::scenario
