// personal: what is held about a person or one record, its erasure, and the account of removals.
#include "daemon/commands/care.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

std::string path_of(const CareOptions& options, const std::string& rest = "")
{
  return "/api/v1/personal" + segment(options.entity) + segment(options.record) + rest;
}

// One record, or a person's: never half of the one, nor both.
bool is_one_or_the_other(const CareOptions& options)
{
  const bool record = !options.entity.empty() && !options.record.empty();
  const bool neither = options.entity.empty() && options.record.empty();
  return options.value.empty() ? record : neither;
}

int refuse_words(const Common& common)
{
  return refuse(common, kUsage, "say one record by its entity and key, or --person and a value");
}

void say_what_stays()
{
  std::printf(
      "endpoints keep what they have; it is not taken in again until gramsetu personal lift\n"
      "backups that were made before still hold it\n");
}

Ask find_of(const CareOptions& options)
{
  Ask what{"POST", "/api/v1/personal/find", {}, {}, {}};
  what.body.append("value", options.value);
  return what;
}

Print print_found()
{
  return table("found", {"entity", "key", "field", "deleted"});
}

// Each record once, though the value may stand in several of its fields.
schema::List records_of(const Value& found)
{
  schema::List records;
  for (const auto& item : member(found, "found").list()) {
    schema::Object record;
    for (const auto* name : {"entity", "key"})
      record.append(name, member(item, name));
    const Value value(std::move(record));
    if (std::find(records.begin(), records.end(), value) == records.end()) records.push_back(value);
  }
  return records;
}

int print_erased(const Common& common, const Value& answer)
{
  const auto& left = member(answer, "left");
  if (common.json) {
    print_json(answer);
  } else {
    print_table(member(answer, "erased"), {plain("entity"), plain("key"), plain("erased")});
    for (const auto& record : left.list())
      complain(fmt::format("{} {} was not erased: {}", member_text(record, "entity"),
                           member_text(record, "key"), member_text(record, "why")));
    say_what_stays();
  }
  return left.list().empty() ? kDone : kFailed;
}

int erase_person(const Common& common, const CareOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  const auto found = session->ask(find_of(options));
  if (!found) return session->exit_code();
  auto records = records_of(*found);
  if (!common.json) print_found()(*found, session->times());
  if (!options.yes || records.empty()) {
    if (common.json) print_json(*found);
    if (!records.empty() && !common.json)
      std::printf("\nthese %zu records would be erased; namesakes are among them if it was a name. "
                  "Say --yes to do it\n",
                  records.size());
    return kDone;
  }
  // Those that were shown: what came meanwhile is seen by the next look.
  Ask what{"POST", "/api/v1/personal/erase", {}, {}, {}};
  what.body.append("records", std::move(records));
  what.body.append("note", options.note);
  if (options.compact) what.body.append("compact", true);
  const auto answer = session->ask(what);
  return answer ? print_erased(common, *answer) : session->exit_code();
}

} // namespace

int personal_find(const Common& common, const CareOptions& options)
{
  return ask_and_print(common, find_of(options), print_found());
}

// A document for the person that asked, on a terminal too.
int personal_export(const Common& common, const CareOptions& options)
{
  if (!is_one_or_the_other(options)) return refuse_words(common);
  Ask what{"GET", path_of(options), {}, {}, {}};
  if (!options.value.empty()) {
    what = find_of(options);
    what.path = "/api/v1/personal/export";
  }
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return ask_and_print(common, what, [](const Value& answer, const Times&) { print_json(answer); });
}

int personal_erase(const Common& common, const CareOptions& options)
{
  if (!is_one_or_the_other(options)) return refuse_words(common);
  if (!options.value.empty()) return erase_person(common, options);
  Ask what{"POST", path_of(options, "/erase"), {}, {}, {}};
  what.body.append("note", options.note);
  if (options.compact) what.body.append("compact", true);
  return ask_and_print(common, what, [](const Value& answer, const Times&) {
    print_pairs(answer);
    say_what_stays();
  });
}

int personal_lift(const Common& common, const CareOptions& options)
{
  Ask what{"POST", path_of(options, "/lift"), {}, {}, {}};
  what.body.append("note", options.note);
  return ask_and_print(common, what, [](const Value&, const Times&) {
    std::printf("lifted: what endpoints have is taken in again with their next complete reading\n");
  });
}

int personal_removals(const Common& common, const CareOptions& options)
{
  Ask what{"GET", "/api/v1/removals", {}, {}, {}};
  what.query["limit"] = std::to_string(options.limit);
  return ask_and_print(common, what, [](const Value& answer, const Times& times) {
    print_table(member(answer, "removals"),
                {plain("id"), aged("when", "at", times), plain("kind"), plain("entity"),
                 plain("key"), plain("removed"), plain("rule"), aged("older than", "before", times),
                 plain("by"), plain("note")});
  });
}

} // namespace gramsetu::commands
