// One field, two sides: every rule against every kind of change.
#include "schema/merge.hpp"

#include "schema/canonical.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_endpoint.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::schema;

namespace {

const Side kHub{"local", "local"};
const Side kCsc{"csc", "csc"};
const Side kCentral{"central", "central"};

FieldSpec text_field()
{
  FieldSpec field;
  field.name = "phone";
  return field;
}

FieldSpec state_field()
{
  FieldSpec field;
  field.name = "status";
  field.type = FieldType::state;
  field.choices = {"draft", "submitted", "approved", "paid", "failed"};
  field.terminal = {"paid", "failed"};
  return field;
}

struct Case {
  FieldSpec field = text_field();
  Rule rule;
  Value base, hub, remote;
  Side hub_side = kHub, remote_side = kCsc;
  std::optional<Instant> hub_at, remote_at;
};

FieldDecision decide(const Case& c)
{
  using std::chrono::milliseconds;
  return merge_field(c.field, c.rule, c.base,
                     Claim{c.hub, c.hub_side, c.hub_at, milliseconds(2000)},
                     Claim{c.remote, c.remote_side, c.remote_at, milliseconds(2000)});
}

Case both_changed(Rule rule)
{
  Case c;
  c.rule = std::move(rule);
  c.base = "a";
  c.hub = "b";
  c.remote = "c";
  return c;
}

} // namespace

TEST_CASE("only one side's change is taken whatever the rule")
{
  for (const auto kind : {RuleKind::manual, RuleKind::newest, RuleKind::max, RuleKind::min}) {
    Case c = both_changed({kind, {}});
    c.hub = "a";
    CHECK(decide(c).verdict == FieldVerdict::take_remote);
    CHECK_FALSE(decide(c).conflict);
    c.hub = "b";
    c.remote = "a";
    CHECK(decide(c).verdict == FieldVerdict::keep_hub);
    CHECK_FALSE(decide(c).conflict);
  }
}

TEST_CASE("the same change on both sides is agreement")
{
  Case c = both_changed({RuleKind::manual, {}});
  c.remote = "b";
  CHECK(decide(c).verdict == FieldVerdict::agreed);
  // One nukta letter, two encodings: no change at all.
  c.hub = "\u0915\u093C";
  c.remote = "\u0958";
  CHECK(decide(c).verdict == FieldVerdict::agreed);
}

TEST_CASE("manual holds and keeps the hub's value until a person decides")
{
  const auto decision = decide(both_changed({RuleKind::manual, {}}));
  CHECK(decision.verdict == FieldVerdict::held);
  CHECK(decision.value == Value("b"));
  CHECK(decision.conflict);
}

TEST_CASE("an owner's word counts, and an edit elsewhere is undone")
{
  Case c = both_changed({RuleKind::owner, {"csc"}});
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  c.remote_side = kCentral;
  c.hub_side = kCsc;
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  CHECK(decide(c).conflict);
  // Even when only the stranger changed it.
  c.hub = "a";
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  CHECK(decide(c).conflict);
}

TEST_CASE("prefer goes by the order of the sides, by endpoint or role")
{
  Case c = both_changed({RuleKind::prefer, {"csc", "local"}});
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  c.rule.sides = {"local", "csc"};
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  c.rule.sides = {"state"};
  CHECK(decide(c).verdict == FieldVerdict::held);
}

TEST_CASE("newest refuses inside the doubt of the clocks and without times")
{
  Case c = both_changed({RuleKind::newest, {}});
  CHECK(decide(c).verdict == FieldVerdict::held);
  c.hub_at = test::at("2026-11-23T10:00:00Z");
  c.remote_at = test::at("2026-11-23T10:00:03Z");
  CHECK(decide(c).verdict == FieldVerdict::held);
  c.remote_at = test::at("2026-11-23T10:00:05Z");
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  c.remote_at = test::at("2026-11-23T09:59:55Z");
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
}

TEST_CASE("max and min compare what can be ordered and hold the rest")
{
  Case c = both_changed({RuleKind::max, {}});
  c.base = 1;
  c.hub = 5;
  c.remote = 9;
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  c.rule.kind = RuleKind::min;
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  c.hub = "b";
  c.remote = "c";
  c.base = "a";
  CHECK(decide(c).verdict == FieldVerdict::held);
}

TEST_CASE("union keeps what either side added and drops what either removed")
{
  Case c = both_changed({RuleKind::union_, {}});
  c.field.type = FieldType::list;
  c.base = List{Value("a"), Value("b")};
  c.hub = List{Value("a"), Value("b"), Value("c")};
  c.remote = List{Value("b"), Value("d")};
  const auto decision = decide(c);
  CHECK(decision.verdict == FieldVerdict::merged);
  CHECK(decision.value == Value(List{Value("b"), Value("c"), Value("d")}));
}

TEST_CASE("a state never moves back, whichever side and whichever rule says so")
{
  for (const auto& rule : {Rule{RuleKind::state, {}}, Rule{RuleKind::owner, {"csc"}},
                           Rule{RuleKind::prefer, {"csc"}}, Rule{RuleKind::manual, {}}}) {
    Case c;
    c.field = state_field();
    c.rule = rule;
    c.base = c.hub = "paid";
    c.remote = "approved";
    CHECK(decide(c).verdict == FieldVerdict::keep_hub);
    CHECK(decide(c).conflict);
  }
}

TEST_CASE("an owner's state is moved by its owner alone")
{
  Case c;
  c.field = state_field();
  c.rule = {RuleKind::owner, {"central"}};
  c.base = c.hub = "approved";
  c.hub_side = kCentral;
  c.remote = "paid"; // csc has no business to say so
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  CHECK(decide(c).conflict);
  // What others said before the owner spoke is corrected by the owner's first word, ...
  c.hub_side = kCsc;
  c.remote_side = kCentral;
  c.base = Value();
  c.hub = "paid";
  c.remote = "approved";
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  // ... which it does not take back.
  c.hub_side = kCentral;
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
}

TEST_CASE("where two sides ended differently in good order, owner, preference and time decide")
{
  Case c;
  c.field = state_field();
  c.base = "approved";
  c.hub = "paid";
  c.remote = "failed";
  c.hub_at = test::at("2026-11-23T10:00:00Z");
  c.remote_at = test::at("2026-11-23T11:00:00Z");
  for (const auto& rule : {Rule{RuleKind::owner, {"csc"}}, Rule{RuleKind::prefer, {"csc"}},
                           Rule{RuleKind::newest, {}}}) {
    c.rule = rule;
    CHECK(decide(c).verdict == FieldVerdict::take_remote);
    CHECK(decide(c).conflict);
  }
  c.rule = {RuleKind::prefer, {"local", "csc"}};
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  // That side left the end which both had agreed on: nothing decides for that.
  c.base = "paid";
  c.rule = {RuleKind::prefer, {"csc"}};
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
}

TEST_CASE("a person's decision on a state stays, however the other side stood before")
{
  Case c;
  c.field = state_field();
  c.rule = {RuleKind::state, {}};
  c.base = c.remote = "approved";
  c.hub = "submitted";
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  CHECK_FALSE(decide(c).conflict);
}

TEST_CASE("two endpoints of the owner's role wait for a person when both changed it")
{
  Case c = both_changed({RuleKind::owner, {"csc"}});
  c.hub_side = {"csc_north", "csc"};
  CHECK(decide(c).verdict == FieldVerdict::held);
  CHECK(decide(c).reason == "both sides are the owner 'csc'");
  c.hub = "a"; // only one of them did
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  c.hub = "b";
  c.hub_side = kCsc; // its own earlier word
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
}

TEST_CASE("the side that a record came from first can be preferred")
{
  const Value base("a"), hub("b"), remote("c");
  const auto field = text_field();
  const Rule rule{RuleKind::prefer, {"issuer", "csc"}};
  Claim ours{hub, kHub, {}, {}, true}, theirs{remote, kCsc, {}, {}, false};
  CHECK(merge_field(field, rule, base, ours, theirs).verdict == FieldVerdict::keep_hub);
  ours.is_issuer = false;
  theirs.is_issuer = true;
  CHECK(merge_field(field, rule, base, ours, theirs).verdict == FieldVerdict::take_remote);
}

TEST_CASE("each side's own clock counts with its own doubt")
{
  const Value base("a"), hub("b"), remote("c");
  const auto field = text_field();
  const auto verdict = [&](int ours, int theirs) {
    using std::chrono::milliseconds;
    const Claim a{hub, kHub, test::at("2026-11-23T10:00:00Z"), milliseconds(ours)};
    const Claim b{remote, kCsc, test::at("2026-11-23T10:00:05Z"), milliseconds(theirs)};
    return merge_field(field, {RuleKind::newest, {}}, base, a, b);
  };
  CHECK(verdict(2000, 2000).verdict == FieldVerdict::take_remote);
  CHECK(verdict(2000, 3000).verdict == FieldVerdict::held);
  CHECK(verdict(4999, 0).verdict == FieldVerdict::take_remote);
  CHECK(verdict(5000, 0).reason ==
        "newest: both changed within 5000 ms, the doubt of their clocks");
}

TEST_CASE("decimals are compared as numbers")
{
  Case c = both_changed({RuleKind::max, {}});
  c.field.type = FieldType::decimal;
  const auto larger = [&](const char* hub, const char* remote) {
    c.base = "0";
    c.hub = hub;
    c.remote = remote;
    const auto decided = decide(c);
    CHECK(decided.verdict != FieldVerdict::held);
    return decided.value.text();
  };
  CHECK(larger("9.5", "10.25") == "10.25");
  CHECK(larger("-9.5", "-10.25") == "-9.5");
  CHECK(larger("-1", "0.5") == "0.5");
  CHECK(larger("2.5", "2.45") == "2.5");
  CHECK(larger("2", "2.01") == "2.01");
  CHECK(larger("-2.5", "-2.45") == "-2.45");
}

TEST_CASE("a terminal state is the end, and two different ends wait for a person")
{
  Case c;
  c.field = state_field();
  c.rule = {RuleKind::state, {}};
  c.base = "approved";
  c.hub = "paid";
  c.remote = "failed";
  CHECK(decide(c).verdict == FieldVerdict::held);
  c.remote = "submitted";
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
}

TEST_CASE("what a side does not state takes nothing away")
{
  Case c = both_changed({RuleKind::owner, {"csc"}});
  c.remote = Value();
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  CHECK(decide(c).value == Value("b"));
}

namespace {

Case guarded(Guards guards, Value base, Value hub, Value remote)
{
  Case c;
  c.rule = Rule{RuleKind::manual, {}, guards};
  c.base = std::move(base);
  c.hub = std::move(hub);
  c.remote = std::move(remote);
  return c;
}

Value words_of(std::initializer_list<const char*> items)
{
  List list;
  for (const char* item : items)
    list.emplace_back(item);
  return Value(std::move(list));
}

} // namespace

TEST_CASE("a blank never overwrites, whichever side it is on")
{
  const Guards guards{true, false, false};
  const auto kept = decide(guarded(guards, "a", "a", "  "));
  CHECK(kept.verdict == FieldVerdict::keep_hub);
  CHECK_FALSE(kept.conflict);
  CHECK(decide(guarded(guards, "a", "a", Null{})).verdict == FieldVerdict::keep_hub);
  CHECK(decide(guarded(guards, "a", Null{}, "b")).verdict == FieldVerdict::take_remote);
  CHECK(decide(guarded(guards, "a", "a", "b")).verdict == FieldVerdict::take_remote);
  CHECK(decide(guarded(guards, "a", "b", "c")).verdict == FieldVerdict::held);
}

TEST_CASE("an English repeat never overwrites a name in its own script, and is kept as the loser")
{
  const Guards guards{false, true, false};
  const auto kept = decide(guarded(guards, "ময়নাগুড়ি", "ময়নাগুড়ি", "MAYNAGURI"));
  CHECK(kept.verdict == FieldVerdict::keep_hub);
  CHECK(kept.conflict);
  // Nothing new there: no loser.
  CHECK_FALSE(decide(guarded(guards, "MAYNAGURI", "ময়নাগুড়ি", "MAYNAGURI")).conflict);
  CHECK(decide(guarded(guards, "MAYNAGURI", "MAYNAGURI", "ময়নাগুড়ি")).verdict ==
        FieldVerdict::take_remote);
  CHECK(decide(guarded(guards, "ময়না", "ময়না", "গুড়ি")).verdict == FieldVerdict::take_remote);
}

TEST_CASE("a newer word of the same side counts over the older one that a guard held on to")
{
  auto c = guarded({false, true, false}, "MAYNAGURI", "ময়না", "গুড়ি");
  c.hub_side = c.remote_side;
  const auto taken = decide(c);
  CHECK(taken.verdict == FieldVerdict::take_remote);
  CHECK(taken.conflict);
  c.hub_side = kCentral;
  CHECK(decide(c).verdict == FieldVerdict::held);
}

TEST_CASE("what is append only grows on both sides and loses nothing")
{
  const Guards guards{false, false, true};
  auto c = guarded(guards, words_of({"a", "b"}), words_of({"a", "b"}), words_of({"b", "c"}));
  c.field.type = FieldType::list;
  const auto grown = decide(c);
  CHECK(grown.verdict == FieldVerdict::merged);
  CHECK(same_value(c.field, grown.value, words_of({"a", "b", "c"})));
  c.remote = words_of({"a"});
  CHECK(decide(c).verdict == FieldVerdict::keep_hub);
  c.remote = words_of({"a", "b", "d"});
  CHECK(decide(c).verdict == FieldVerdict::take_remote);
  // What nobody may take is not taken by append_only either: the owner's word stands without a person.
  auto owned = guarded(guards, "a", "a", "b");
  owned.rule.kind = RuleKind::owner;
  owned.rule.sides = {"central"};
  owned.hub_side = kCentral;
  CHECK(decide(owned).verdict == FieldVerdict::keep_hub);
  owned.remote_side = kCentral; // the owner changes what it stated: an exception
  CHECK(decide(owned).verdict == FieldVerdict::held);
  // One value: stated once, it is not replaced without a person.
  CHECK(decide(guarded(guards, "a", "a", "b")).verdict == FieldVerdict::held);
  CHECK(decide(guarded(guards, Null{}, Null{}, "b")).verdict == FieldVerdict::take_remote);
}
