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
  if (actor.empty()) return escaped(from);
  return escaped(fmt::format("{} ({})", from, actor));
}

void print_losers(const Value& field, const Times& times)
{
  const auto& losing = member(field, "losing");
  if (!losing.is_list()) return;
  for (const auto& row : losing.list()) {
    const auto outcome = member_text(row, "outcome");
    std::printf("  %s %s: %s from %s, %s, %s; %s (conflict %ld)\n",
                escaped(member_text(field, "field")).c_str(),
                outcome == "open" ? "waits for a person" : "superseded",
                shown_value(member(row, "value")).c_str(), side_of(row).c_str(),
                when(member(row, "at"), times).c_str(), shown_value(member(row, "run")).c_str(),
                shown_value(member(row, "rule")).c_str(), member_count(row, "conflict"));
  }
}

void print_why(const Value& answer, const Times& times)
{
  const auto& fields = member(answer, "fields");
  const auto& deleted = member(answer, "deleted");
  std::printf("%s %s, revision %ld%s\n\n", shown_value(member(answer, "entity")).c_str(),
              shown_value(member(answer, "key")).c_str(), member_count(answer, "revision"),
              deleted == Value(true) ? ", deleted" : "");
  print_table(fields, {plain("field"),
                       plain("value"),
                       {"from", side_of},
                       {"when", [&](const auto& row) { return when(member(row, "at"), times); }},
                       plain("rule"),
                       plain("run")});
  if (!fields.is_list()) return;
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

} // namespace

int why(const Common& common, const RecordOptions& options)
{
  Ask what{"GET", "/api/v1/why" + segment(options.entity) + segment(options.key), {}, {}, {}};
  if (!options.field.empty()) what.path += segment(options.field);
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return ask_and_print(common, what, print_why);
}

} // namespace gramsetu::commands
