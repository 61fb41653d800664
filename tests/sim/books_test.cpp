// Closed books from a seed: whatever both sides and people do, what is in a closed book does not change by itself.
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/settle.hpp"
#include "daemon/engine/verify/certificate.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

struct Death : std::runtime_error {
  Death() : std::runtime_error("death") {}
};

constexpr int kKeys = 5;
constexpr int kBooks = 2;
constexpr int kDefaultHistories = 1000;

// `remark` stays open, the others are the book's.
const std::vector<std::string> kFrozen = {"book", "title", "amount"};

std::unique_ptr<schema::Entities> entities_with(const std::string& rule)
{
  const TempDir folder;
  folder.write(
      "book.yaml",
      "entity: book\ntitle: Book\nkey: [code]\nauthority: [central]\n"
      "rule: { owner: central }\n"
      "closed: { by: { when: { status: [closed] } }, open: { status: any } }\n"
      "fields:\n"
      "  code: { type: text, privacy: open, help: Identity }\n"
      "  status: { type: enumeration, choices: [open, closed], privacy: open, help: x }\n");
  folder.write("entry.yaml",
               "entity: entry\ntitle: Entry\nkey: [entry]\nauthority: [central, local]\n"
               "rule: " +
                   rule +
                   "\nclosed:\n"
                   "  by: { entity: book, keys: [\"{book}\"], when: { status: [closed] } }\n"
                   "  open: { remark: any }\n"
                   "fields:\n"
                   "  entry: { type: text, privacy: open, help: Identity }\n"
                   "  book: { type: text, privacy: open, help: Where it is }\n"
                   "  title: { type: text, privacy: open, help: Title }\n"
                   "  amount: { type: money, privacy: open, rule: max, help: Amount }\n"
                   "  remark: { type: text, privacy: open, help: Remark }\n");
  std::vector<schema::Finding> findings;
  auto all = std::make_unique<schema::Entities>(schema::Entities::load({folder.path()}, findings));
  REQUIRE(findings.empty());
  return all;
}

// What somebody holds of an entry.
struct Seen {
  bool alive = false;
  std::map<std::string, std::string> fields; // the frozen ones
  bool operator==(const Seen&) const = default;
};
using Picture = std::map<std::string, Seen>;

std::string text_of(const Seen& seen)
{
  std::string text = seen.alive ? "[" : "[gone";
  for (const auto& [field, value] : seen.fields)
    text += " " + field + "=" + value;
  return text + " ]";
}

class Story {
public:
  Story(std::uint64_t seed, bool aloud)
      : aloud_(aloud), random_(seed), bench_(entities_with(rule_of(seed)), "entry", seed)
  {
    SpokeOptions books{"books", "central", true, false};
    books.entity = "book";
    books.endpoint = "central";
    books_ = &bench_.add(books);
    central_ = &bench_.add({});
    state_ = &bench_.add({"state", "state", true, true, false});
    for (auto* spoke : {books_, central_, state_})
      bench_.run(*spoke); // their first loads are over, and brought nothing
  }

  void play()
  {
    const auto events = 25 + pick(40);
    for (std::size_t i = 0; i < events; ++i)
      event();
    quieten();
  }

private:
  static std::string rule_of(std::uint64_t seed)
  {
    static const char* const rules[] = {"manual", "newest", "{ prefer: [central, state, local] }",
                                        "{ prefer: [local, state, central] }"};
    return rules[seed % 4];
  }

  std::size_t pick(std::size_t bound)
  {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  std::string key() { return "e" + std::to_string(pick(kKeys)); }
  std::string book() { return "b" + std::to_string(pick(kBooks)); }

  // A value that nobody else ever writes, and who wrote it.
  std::map<std::string, std::string> fresh(const std::string& author)
  {
    const auto number = std::to_string(++written_);
    switch (pick(5)) {
    case 0: return {{"remark", "r" + number}};
    case 1: return {{"book", book()}};
    case 2: authors_[number + ".00"] = author; return {{"amount", number + ".00"}};
    default: authors_["v" + number] = author; return {{"title", "v" + number}};
    }
  }

  void event()
  {
    bench_.clock.advance(std::chrono::seconds(1 + pick(30)));
    const auto now = bench_.clock.now().time_since_epoch().count();
    for (auto* spoke : {books_, central_, state_})
      spoke->world.now_ms = now;
    auto& side = pick(2) ? *central_ : *state_;
    switch (pick(12)) {
    case 0:
    case 1:
    case 2: put(side); break;
    case 3:
    case 4: put_at_hub(); break;
    case 5: turn_book(); break;
    case 6:
      if (pick(3) == 0) erase(side);
      break;
    case 7:
      if (pick(3) == 0) erase_at_hub();
      break;
    case 8:
      if (pick(4) == 0) decide();
      break;
    case 9: break_something(side); break;
    case 10: run(*books_); break;
    default: run(side);
    }
  }

  void put(Spoke& side)
  {
    const auto name = key();
    auto fields = fresh(side.name);
    if (!side.world.alive(name)) fields.insert({"book", book()});
    side.world.put(name, fields);
    tell(side.name + " puts " + name, fields);
  }

  // The hub's own clerks are refused what would change a closed book.
  void put_at_hub()
  {
    const auto name = key();
    auto fields = fresh("local");
    const bool there = bench_.alive(name);
    if (!there) fields.insert({"book", book()});
    const auto before = hub();
    const bool shut = is_shut(there ? bench_.get(name, "book") : fields["book"]);
    const bool done = bench_.edit(name, fields).has_value();
    tell(std::string("the hub puts ") + (done ? "" : "in vain ") + name, fields);
    if (shut && there) CHECK_MESSAGE(before == hub(), name, " was edited in a closed book");
    if (shut && !there) CHECK_FALSE_MESSAGE(done, name, " was entered in a closed book");
  }

  void erase(Spoke& side)
  {
    const auto name = key();
    if (!side.world.alive(name)) return;
    tell(side.name + " erases " + name);
    side.world.erase(name);
    erased_by_[name] = side.name;
  }

  void erase_at_hub()
  {
    const auto name = key();
    const bool shut = bench_.alive(name) && is_shut(bench_.get(name, "book"));
    const bool done = bench_.erase(name).has_value();
    tell(std::string("the hub erases ") + (done ? "" : "in vain ") + name);
    CHECK_FALSE_MESSAGE((shut && done), name, " was erased in a closed book");
    if (done) erased_by_[name] = "local";
  }

  void turn_book()
  {
    const auto name = book();
    const bool closes = books_->world.get(name, "status") != "closed";
    books_->world.put(name, {{"status", closes ? "closed" : "open"}});
    tell("central turns " + name + (closes ? ": closed" : ": open"));
  }

  void decide()
  {
    const auto open = bench_.conflicts(true);
    if (open.empty()) return;
    const auto& row = open[pick(open.size())];
    const engine::Resolution resolution{row.id, pick(2) ? "ours" : "theirs", std::nullopt, "A. Roy",
                                        ""};
    tell("a person decides " + row.field + " of " + row.key + ": " + resolution.choice);
    (void)resolve_conflict(bench_.flows(row.entity), resolution, bench_.services());
    decided_.insert(row.key);
  }

  void break_something(Spoke& side)
  {
    side.world.faults.drop_answers = static_cast<int>(pick(2));
    side.world.faults.refuse_connect = static_cast<int>(pick(2));
  }

  void run(Spoke& spoke)
  {
    const auto before = hub(), there = held_by(spoke);
    changed_.clear();
    for (const auto& [name, row] : spoke.world.rows)
      changed_[name] = row.fields.find("m")->text();
    auto left = pick(40);
    bench_.on_step = [&](engine::Stage) {
      if (left-- == 0) throw Death();
    };
    std::string end = "dies";
    try {
      end = name_of(bench_.run(spoke).state);
    } catch (const Death&) {
      bench_.on_step = {};
      bench_.reopen();
    }
    bench_.on_step = {};
    tell("run " + spoke.name + ": " + end);
    if (&spoke == books_) return;
    check_hub(spoke, before);
    check_side(spoke, there);
  }

  // Is the book closed, as far as the hub knows?
  bool is_shut(const std::string& name) { return bench_.get(name, "status", "book") == "closed"; }

  // When the centre last closed it, and when it last changed the entry.
  bool is_last_state(const Spoke& spoke, const std::string& name, const std::string& in)
  {
    if (&spoke != central_) return false;
    const auto shut = books_->world.rows.find(in);
    if (!changed_.contains(name) || shut == books_->world.rows.end()) return false;
    return changed_[name] <= shut->second.fields.find("m")->text();
  }

  void check_hub(const Spoke& spoke, const Picture& before)
  {
    const auto after = hub();
    for (const auto& [name, was] : before) {
      const auto& is = after.at(name);
      if (is == was || decided_.contains(name)) continue;
      for (const auto* one : {&was, &is}) {
        const auto in = one->alive ? one->fields.at("book") : std::string();
        if (in.empty() || !is_shut(in) || is_last_state(spoke, name, in)) continue;
        FAIL_CHECK(spoke.name, " changed ", name, " of the closed book ", in,
                   " at the hub: ", text_of(was), " to ", text_of(is));
      }
    }
  }

  // Nothing is pushed into a closed book, or out of one, but what its keeper said itself.
  void check_side(const Spoke& spoke, const Picture& before)
  {
    const auto after = held_by(spoke), here = hub();
    for (const auto& [name, was] : before) {
      const auto& is = after.at(name);
      if (is == was || decided_.contains(name)) continue;
      if (&spoke == state_ && said_by_keeper(was, is, name)) continue;
      for (const auto* one : {&was, &is, &here.at(name)}) {
        if (!one->alive || !is_shut(one->fields.at("book"))) continue;
        FAIL_CHECK(name, " of the closed book ", one->fields.at("book"), " was changed at ",
                   spoke.name, ": ", text_of(was), " to ", text_of(is));
      }
    }
  }

  bool said_by_keeper(const Seen& was, const Seen& is, const std::string& name)
  {
    if (was.alive && !is.alive) return erased_by_[name] == "central";
    for (const auto& [field, value] : is.fields) {
      const auto author = authors_.find(value);
      const bool same = was.fields.contains(field) && was.fields.at(field) == value;
      if (!same && author != authors_.end() && author->second != "central") return false;
    }
    return true;
  }

  Picture hub()
  {
    Picture picture;
    for (int i = 0; i < kKeys; ++i) {
      const auto name = "e" + std::to_string(i);
      auto& seen = picture[name];
      seen.alive = bench_.alive(name);
      for (const auto& field : kFrozen)
        if (seen.alive) seen.fields[field] = bench_.get(name, field);
    }
    return picture;
  }

  static Picture held_by(const Spoke& spoke)
  {
    Picture picture;
    for (int i = 0; i < kKeys; ++i) {
      const auto name = "e" + std::to_string(i);
      auto& seen = picture[name];
      seen.alive = spoke.world.alive(name);
      for (const auto& field : kFrozen)
        if (seen.alive) seen.fields[field] = spoke.world.get(name, field);
    }
    return picture;
  }

  // Once all books are open, no exception waits any more, and the sides agree.
  void quieten()
  {
    for (auto* spoke : {books_, central_, state_})
      spoke->world.faults = {};
    for (int i = 0; i < kBooks; ++i)
      books_->world.put("b" + std::to_string(i), {{"status", "open"}});
    for (int round = 0; round < 5; ++round) {
      bench_.clock.advance(std::chrono::hours(3));
      for (auto* spoke : {books_, central_, state_})
        bench_.run(*spoke);
    }
    for (const auto& row : bench_.conflicts(true))
      CHECK_FALSE_MESSAGE(engine::is_exception(row.rule), row.field, " of ", row.key,
                          " still waits");
    for (const auto& row : bench_.quarantine())
      FAIL_CHECK(row.key, " waits in ", row.flow, ": ", row.code, ", ", row.reason);
    for (auto* spoke : {central_, state_}) {
      const auto certificate = bench_.verify(*spoke);
      CHECK_MESSAGE(certificate.agree, spoke->name,
                    " differs: ", engine::differences_json(certificate.differences));
    }
  }

  void tell(const std::string& what, const std::map<std::string, std::string>& fields = {})
  {
    if (!aloud_) return;
    std::printf("%s", what.c_str());
    for (const auto& [field, value] : fields)
      std::printf(" %s=%s", field.c_str(), value.c_str());
    std::printf("\n");
  }

  bool aloud_;
  std::mt19937_64 random_;
  EngineBench bench_;
  Spoke *books_ = nullptr, *central_ = nullptr, *state_ = nullptr;
  std::map<std::string, std::string> authors_;   // value -> side
  std::map<std::string, std::string> erased_by_; // entry -> side
  std::map<std::string, std::string> changed_;   // entry -> when its side last changed it
  std::set<std::string> decided_;                // entries that a person decided something about
  int written_ = 0;
};

std::uint64_t number_from(const char* name, std::uint64_t fallback)
{
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

} // namespace

TEST_CASE(
    "in a closed book nothing changes, here or there, but by its keeper's last word or a person's")
{
  const auto one = number_from("GRAMSETU_SEED", 0);
  const auto count = one ? 1 : number_from("GRAMSETU_HISTORIES", kDefaultHistories);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto seed = one ? one : i + 1;
    CAPTURE(seed);
    Story story(seed, one != 0);
    story.play();
  }
}
