// logs: the sync log, as the hub keeps it.
#include "daemon/commands/audit.hpp"
#include "daemon/commands/moment.hpp"
#include "daemon/commands/print.hpp"
#include "schema/json.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

constexpr std::chrono::seconds kFollowEvery{1};

std::string pair_text(const schema::Member& field)
{
  const auto text = shown_value(field.value);
  const bool plain = text.find_first_of(" \"=") == std::string::npos;
  return " " + escaped(field.name) + "=" + (plain ? text : schema::to_json(Value(text)));
}

// The same order as in the journal: time, level, event, words, pairs.
void print_entry(const Value& entry, const Times& times)
{
  auto line = local_time(member(entry, "at"), times) + " " + member_text(entry, "level") + " " +
              member_text(entry, "event");
  if (const auto text = member_text(entry, "text"); !text.empty()) line += ": " + escaped(text);
  const auto& fields = member(entry, "fields");
  if (fields.is_object())
    for (const auto& field : fields.object().members())
      line += pair_text(field);
  std::printf("%s\n", line.c_str());
}

} // namespace

int logs(const Common& common, const LogOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/logs", {{"limit", std::to_string(options.limit)}}, {}, {}};
  if (!options.flow.empty()) what.query["flow"] = options.flow;
  if (!options.run.empty()) what.query["run"] = options.run;
  if (!options.level.empty()) what.query["level"] = options.level;
  if (!options.event.empty()) what.query["event"] = options.event;
  if (!options.endpoint.empty()) what.query["endpoint"] = options.endpoint;
  for (const auto& [name, given] : {std::pair("from", options.since), {"till", options.until}})
    if (!given.empty() && !take_moment(common, given, session->times(), what.query[name]))
      return kUsage;
  for (;;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    const auto& entries = member(*answer, "entries");
    if (entries.is_list()) {
      for (const auto& entry : entries.list()) {
        if (common.json)
          std::printf("%s\n", schema::to_json(entry).c_str());
        else
          print_entry(entry, session->times());
      }
    }
    std::fflush(stdout);
    if (!options.follow || session->own_hub()) return kDone; // nobody else writes to our own
    what.query["after"] = std::to_string(member_count(*answer, "after"));
    session->clock().sleep_until(session->clock().ticks() + kFollowEvery, {});
  }
}

} // namespace gramsetu::commands
