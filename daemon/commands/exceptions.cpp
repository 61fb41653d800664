// conflicts list --exceptions: the report on closed books.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/session.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

// "conflict 12", as `gramsetu conflicts show 12` knows it.
std::string where(const Value& row)
{
  const auto id = member_count(row, "conflict");
  return id > 0 ? "conflict " + std::to_string(id)
                : "quarantine " + std::to_string(member_count(row, "quarantine"));
}

// Whole records are told by their number; the values of one field are short.
std::string value_of(const Value& row, std::string_view name)
{
  const auto& value = member(row, name);
  const bool whole = member_text(row, "field") == "*";
  return whole && !value.is_null() ? "(record)" : shown_value(value);
}

std::string outcome_of(const Value& row, const Times& times)
{
  if (member_text(row, "state") == "open") return "waits";
  const auto by = member_text(row, "settled_by");
  return "settled " + when(member(row, "settled_at"), times) +
         (by.empty() ? " by itself" : " by " + escaped(by));
}

Column valued(const std::string& title, const std::string& name)
{
  return {title, [name](const Value& row) { return value_of(row, name); }};
}

void print_exceptions(const Value& rows, const Times& times)
{
  print_table(rows, {{"number", where},
                     plain("book"),
                     plain("entity"),
                     plain("key"),
                     plain("field"),
                     valued("closed with", "closed_with"),
                     valued("came", "came"),
                     plain("from"),
                     {"at", [&](const Value& row) { return when(member(row, "at"), times); }},
                     {"outcome", [&](const Value& row) { return outcome_of(row, times); }},
                     plain("note")});
}

} // namespace

int exceptions_list(const Common& common, const QueueOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/exceptions", {{"limit", "1000"}}, {}, {}};
  if (options.all) what.query["all"] = "true";
  if (const auto flow = options.which.find("flow"); flow != options.which.end())
    if (!flow->second.empty()) what.query["flow"] = flow->second;
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  schema::List rows;
  for (;;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    const auto& page = member(*answer, "exceptions");
    if (page.is_list()) rows.insert(rows.end(), page.list().begin(), page.list().end());
    what.query["after"] = member_text(*answer, "after");
    if (what.query["after"].empty()) break;
  }
  if (!common.json) {
    print_exceptions(Value(std::move(rows)), session->times());
    return kDone;
  }
  schema::Object all;
  all.append("exceptions", std::move(rows));
  print_json(Value(std::move(all)));
  return kDone;
}

} // namespace gramsetu::commands
