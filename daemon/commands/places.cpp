// places, and records count: what places were and are, what waits for one, and what adds up by place.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/requests.hpp"
#include "schema/node_reader.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

// "name=Banarhat, district=309"; what is empty is left out.
std::string pairs_text(const Value& object)
{
  std::string text;
  if (!object.is_object()) return text;
  for (const auto& pair : object.object().members())
    if (!pair.value.is_empty())
      text += fmt::format("{}{}={}", text.empty() ? "" : ", ", escaped(pair.name),
                          shown_value(pair.value));
  return text;
}

std::string words(const Value& list)
{
  std::vector<std::string> all;
  if (list.is_list())
    for (const auto& item : list.list())
      all.push_back(shown_value(item));
  return schema::join(all);
}

std::string state_of(const Value& version)
{
  std::string text = words(member(version, "became"));
  if (member(version, "corrected") == Value(true))
    text += text.empty() ? "corrected" : ", corrected";
  if (member(version, "ended") == Value(true)) text += text.empty() ? "ended" : ", ended";
  return text;
}

void print_succession(const Value& list, const char* title)
{
  if (!list.is_list() || list.list().empty()) return;
  std::printf("\n%s\n", title);
  print_table(list, {plain("code"), plain("extent"), plain("cause"), plain("effective_date"),
                     plain("order_number"), plain("said_by")});
}

void print_place(const Value& place, const Times&)
{
  print_table(member(place, "versions"),
              {plain("version"),
               plain("from"),
               plain("until"),
               {"names", [](const Value& one) { return pairs_text(member(one, "names")); }},
               {"in", [](const Value& one) { return pairs_text(member(one, "parents")); }},
               {"what", state_of}});
  print_succession(member(place, "replaces"), "replaces");
  print_succession(member(place, "replaced_by"), "replaced by");
  std::printf("\ntoday: %s\n", words(member(place, "today")).c_str());
  const auto records = pairs_text(member(place, "records"));
  std::printf("records that name it: %s\n", records.empty() ? "none" : records.c_str());
}

// Paise as rupees, other sums as they are.
std::string sum_text(const Value& row, bool money)
{
  const auto sum = member_count(row, "sum");
  return money ? schema::write_money(sum, schema::MoneyUnit::rupees) : std::to_string(sum);
}

void print_counts(const Value& answer)
{
  const bool money = member_text(answer, "unit") == "paise";
  const auto& total = member(answer, "total");
  const bool summed = !member(total, "sum").is_absent();
  auto rows = member(answer, "groups").is_list() ? member(answer, "groups").list() : schema::List();
  rows.push_back(total);
  rows.back().object().set("group", "total");
  std::vector<Column> columns{{"group",
                               [](const Value& row) {
                                 const auto group = member_text(row, "group");
                                 return group.empty() ? std::string("(not said)") : escaped(group);
                               }},
                              plain("name"),
                              plain("records")};
  if (summed)
    columns.push_back({"sum", [money](const Value& row) { return sum_text(row, money); }});
  print_table(Value(std::move(rows)), columns);
}

} // namespace

int places_unresolved(const Common& common)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/places/unresolved", {{"limit", "1000"}}, {}, {}};
  schema::List all;
  for (;;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    const auto& page = member(*answer, "unresolved");
    if (page.is_list()) all.insert(all.end(), page.list().begin(), page.list().end());
    const auto next = member_text(*answer, "next");
    if (next.empty()) break;
    what.query["cursor"] = next;
  }
  if (common.json) {
    schema::Object object;
    object.append("unresolved", std::move(all));
    print_json(Value(std::move(object)));
    return kDone;
  }
  const auto times = session->times();
  print_table(Value(std::move(all)),
              {plain("kind"),
               plain("code"),
               plain("records"),
               aged("since", "since", times),
               {"examples", [](const Value& one) { return words(member(one, "examples")); }}});
  return kDone;
}

int places_show(const Common& common, const RecordOptions& options)
{
  Ask what{"GET", "/api/v1/places" + segment(options.entity) + segment(options.key), {}, {}, {}};
  return ask_and_print(common, what, print_place);
}

int records_count(const Common& common, const RecordOptions& options)
{
  Ask what{"GET", "/api/v1/counts" + segment(options.entity), {}, {}, {}};
  what.query["as"] = options.as_is ? "is" : "was";
  if (!options.by.empty()) what.query["by"] = options.by;
  if (!options.sum.empty()) what.query["sum"] = options.sum;
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return ask_and_print(common, what,
                       [](const Value& answer, const Times&) { print_counts(answer); });
}

} // namespace gramsetu::commands
