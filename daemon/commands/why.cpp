// why: which value came from whom, when, by which rule and run, and what lost against it.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

std::string side_of(const Value& row)
{
  const auto from = member_text(row, "from"), actor = member_text(row, "actor");
  if (from.empty()) return "-";
  if (actor.empty()) return escaped(from);
  return escaped(fmt::format("{} ({})", from, actor));
}

// The reason that a person gave, or nothing.
std::string reason_of(const Value& row)
{
  const auto note = member_text(row, "note");
  return note.empty() ? std::string() : "; " + escaped(note);
}

void print_losers(const Value& field, const Times& times)
{
  const auto& losing = member(field, "losing");
  if (!losing.is_list()) return;
  for (const auto& row : losing.list()) {
    const auto outcome = member_text(row, "outcome"), by = member_text(row, "settled_by");
    std::printf("  %s %s: %s from %s, %s, %s; %s (conflict %ld)%s%s%s\n",
                escaped(member_text(field, "field")).c_str(),
                outcome == "open" ? "waits for a person" : "superseded",
                shown_value(member(row, "value")).c_str(), side_of(row).c_str(),
                when(member(row, "at"), times).c_str(), shown_value(member(row, "run")).c_str(),
                shown_value(member(row, "rule")).c_str(), member_count(row, "conflict"),
                by.empty() ? "" : ", decided by ", escaped(by).c_str(), reason_of(row).c_str());
  }
}

void print_all_losers(const Value& fields, const Times& times)
{
  bool any = false;
  for (const auto& field : fields.list()) {
    const auto& losing = member(field, "losing");
    if (!any && losing.is_list() && !losing.list().empty()) {
      std::printf("\nvalues that are not in the record:\n");
      any = true;
    }
    print_losers(field, times);
  }
}

// Who made an item or a value what it is: "csc, 2026-11-23 10:04 (3 d ago), union, run ..."
std::string made_by(const Value& row, const Times& times)
{
  return fmt::format("{}, {}, {}, {}{}", side_of(row), when(member(row, "at"), times),
                     shown_value(member(row, "rule")), shown_value(member(row, "run")),
                     reason_of(row));
}

// One field in full: its items, and what it said before.
void print_history(const Value& field, const Times& times)
{
  const auto& items = member(field, "items");
  if (items.is_list() && !items.list().empty()) {
    std::printf("\nitems:\n");
    for (const auto& item : items.list()) {
      const auto& came = member(item, "came");
      std::printf("  %s from %s\n", shown_value(member(item, "item")).c_str(),
                  made_by(came.is_object() ? came : item, times).c_str());
    }
  }
  const auto& earlier = member(field, "earlier");
  if (!earlier.is_list() || earlier.list().empty()) return;
  std::printf("\nit said before:\n");
  for (const auto& row : earlier.list())
    std::printf("  %s, until %s\n", shown_value(member(row, "value")).c_str(),
                made_by(member(row, "replaced"), times).c_str());
}

void print_decisions(const Value& fields, const Times& times)
{
  for (const auto& field : fields.list()) {
    const auto& decided = member(field, "decided");
    if (!decided.is_object()) continue;
    std::printf(
        "%s was decided by %s, %s%s (conflict %ld)\n", escaped(member_text(field, "field")).c_str(),
        escaped(member_text(decided, "by")).c_str(), when(member(decided, "at"), times).c_str(),
        reason_of(decided).c_str(), member_count(decided, "conflict"));
  }
}

void print_why(const Value& answer, const Times& times)
{
  const auto& fields = member(answer, "fields");
  const auto& deletion = member(answer, "deletion");
  std::printf("%s %s, revision %ld\n", shown_value(member(answer, "entity")).c_str(),
              shown_value(member(answer, "key")).c_str(), member_count(answer, "revision"));
  if (deletion.is_object()) std::printf("deleted: %s\n", made_by(deletion, times).c_str());
  std::printf("\n");
  print_table(fields, {plain("field"),
                       plain("value"),
                       {"from", side_of},
                       {"when", [&](const auto& row) { return when(member(row, "at"), times); }},
                       plain("rule"),
                       plain("run")});
  if (!fields.is_list()) return;
  print_decisions(fields, times);
  print_all_losers(fields, times);
  for (const auto& field : fields.list())
    print_history(field, times);
}

} // namespace

int why(const Common& common, const RecordOptions& options)
{
  Ask what{"GET", "/api/v1/why" + segment(options.entity) + segment(options.key), {}, {}, {}};
  if (!options.field.empty()) what.path += segment(options.field);
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return ask_and_print(common, what, print_why);
}

} // namespace gramsetu::commands
