// What people write in histories: a note with a field for every rule, a clerk who edits it; and how it is told.
#pragma once

#include "schema/json.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>

namespace gramsetu::test {

inline constexpr std::uint64_t kRules = 6;

// A note with a field for every rule; the default rule, and whether it changes with the state, are the seed's.
inline std::unique_ptr<schema::Entities> note_of_all_rules(std::uint64_t seed)
{
  static const char* const rules[kRules] = {"manual",
                                            "newest",
                                            "{ prefer: [central, csc, state, local] }",
                                            "{ owner: central }",
                                            "{ prefer: [issuer, local, state] }",
                                            "{ owner: csc }"};
  std::string yaml = "entity: note\ntitle: Note\nkey: [note]\nauthority: [central]\nrule: ";
  yaml += rules[seed % kRules];
  if (seed / kRules % 2)
    yaml += "\nphases: { by: status, open: { prefer: [local, csc] }, done: { owner: central } }";
  yaml += R"(
fields:
  note: { type: text, privacy: open, help: Identity }
  title: { type: text, privacy: open, help: Title }
  remark: { type: text, privacy: open, help: Remark }
  name: { type: text, privacy: open, help: Name in its script,
          rule: [ignore_blank, ignore_ascii_repeat, newest] }
  money: { type: money, privacy: open, help: Never changed, rule: [append_only, manual] }
  highest: { type: integer, privacy: open, help: Highest, rule: max }
  lowest: { type: decimal, privacy: open, help: Lowest, rule: min }
  status: { type: state, choices: [draft, open, ready, done, gone], terminal: [done, gone],
            privacy: open, help: State }
  tags: { type: list, privacy: open, help: Tags, rule: union }
  papers: { type: list, privacy: open, help: Papers, rule: append_only }
  lines: { type: list, list_key: line, privacy: open, help: Lines, rule: union }
)";
  std::vector<schema::Finding> findings;
  auto entities = std::make_unique<schema::Entities>();
  entities->add(schema::parse_document(yaml, "note.yaml", findings), findings);
  for (const auto& finding : findings)
    FAIL(to_text(finding));
  return entities;
}

// Every note is worth something that nobody ever changes: what is added up anywhere is known.
inline std::string worth_of(const std::string& key)
{
  return "1" + key.substr(1) + "00.07";
}

// A run in one line, for whoever looks into one history.
inline std::string told(const engine::Report& report)
{
  const auto& counts = report.counts;
  return fmt::format(
      "{} created={} updated={} deleted={} kept={} opened={} pushed={} unknown={} {}",
      name_of(report.state), counts.created, counts.updated, counts.deleted, counts.kept,
      counts.opened, counts.pushed, counts.unknown, report.reason);
}

// Writes what nobody else ever writes, by the dice of the history.
class Clerk {
public:
  explicit Clerk(std::mt19937_64& random) : random_(random) {}

  // A field and what somebody would write into it, given what it holds.
  std::pair<std::string, schema::Value> change(const schema::Object* row)
  {
    const auto held = [&](const char* field) { return row ? row->find(field) : nullptr; };
    static const char* const states[] = {"draft", "open", "ready", "done", "gone"};
    switch (pick(10)) {
    case 0: return {"name", pick(3) ? schema::Value(fresh()) : schema::Value("")};
    case 1: return {"name", fresh() + "ব"};
    case 2: return {"highest", std::to_string(pick(1000))};
    case 3: return {"lowest", std::to_string(pick(90) + 1) + "." + std::to_string(pick(9) + 1)};
    case 4: return {"status", states[pick(5)]};
    case 5: return {"tags", edited(held("tags"), false)};
    case 6: return {"papers", edited(held("papers"), false)};
    case 7: return {"lines", edited(held("lines"), true)};
    default: return {pick(2) ? "title" : "remark", fresh()};
    }
  }

private:
  std::size_t pick(std::size_t bound)
  {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  std::string fresh() { return "v" + std::to_string(++written_); }

  schema::Value line()
  {
    schema::Object object;
    object.append("line", std::to_string(pick(3)));
    for (const auto* member : {"a", "b"})
      if (pick(2)) object.append(member, fresh());
    return object;
  }

  // Some items of what is there stay, some go, and something comes: a clerk at work on a list.
  schema::Value edited(const schema::Value* now, bool keyed)
  {
    schema::List list;
    std::set<std::string> lines;
    if (now && now->is_list()) {
      for (const auto& item : now->list()) {
        if (pick(4) == 0) continue;
        list.push_back(item);
        if (keyed) lines.insert(item.object().find("line")->text());
      }
    }
    if (!keyed) {
      list.emplace_back(fresh());
      return list;
    }
    auto added = line();
    if (lines.insert(added.object().find("line")->text()).second) list.push_back(std::move(added));
    return list;
  }

  std::mt19937_64& random_;
  int written_ = 0;
};

} // namespace gramsetu::test
