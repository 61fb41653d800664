// conflicts and quarantine: what people decide.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/requests.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

Ask listing(const std::string& path, const QueueOptions& options)
{
  Ask what{"GET", path, {{"limit", "1000"}}, {}, {}};
  if (options.all) what.query["all"] = "true";
  if (!options.flow.empty()) what.query["flow"] = options.flow;
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return what;
}

Ask one(const std::string& method, const std::string& path, const QueueOptions& options)
{
  Ask what{method, path, {}, {}, {}};
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return what;
}

std::string path_of(std::string_view queue, std::int64_t id, std::string_view rest = "")
{
  return "/api/v1/" + std::string(queue) + "/" + std::to_string(id) + std::string(rest);
}

// Base, ours and theirs side by side; of a whole record only the fields that differ.
void print_sides(const Value& conflict)
{
  const auto &base = member(conflict, "base"), &ours = member(conflict, "ours"),
             &theirs = member(conflict, "theirs");
  schema::List rows;
  const auto row = [&](const std::string& field, const Value& b, const Value& o, const Value& t) {
    schema::Object line;
    line.append("field", field);
    line.append("base", b);
    line.append("ours", o);
    line.append("theirs", t);
    rows.emplace_back(std::move(line));
  };
  const auto field = member_text(conflict, "field");
  const auto& wide = ours.is_object() ? ours : theirs;
  if (!field.empty() || !wide.is_object()) {
    row(field.empty() ? "(whole record)" : field, base, ours, theirs);
  } else {
    for (const auto& pair : wide.object().members()) {
      const auto &o = member(ours, pair.name), &t = member(theirs, pair.name);
      if (o != t) row(pair.name, member(base, pair.name), o, t);
    }
  }
  print_table(Value(std::move(rows)),
              {plain("field"), plain("base"), plain("ours"), plain("theirs")});
}

void print_conflict(const Value& conflict, const Times& times)
{
  std::printf("conflict %ld: %s %s, %s\n", member_count(conflict, "id"),
              shown_value(member(conflict, "entity")).c_str(),
              shown_value(member(conflict, "key")).c_str(),
              shown_value(member(conflict, "flow")).c_str());
  std::printf("opened %s by run %s: %s\n", when(member(conflict, "opened_at"), times).c_str(),
              shown_value(member(conflict, "run")).c_str(),
              shown_value(member(conflict, "rule")).c_str());
  std::printf("ours came from %s, theirs from %s\n\n",
              shown_value(member(conflict, "ours_from")).c_str(),
              shown_value(member(conflict, "theirs_from")).c_str());
  print_sides(conflict);
  const auto outcome = member_text(conflict, "outcome");
  if (outcome == "open") {
    std::printf("\ngramsetu conflicts resolve %ld ours|theirs|value\n",
                member_count(conflict, "id"));
    return;
  }
  std::printf("\nsettled %s: %s won%s%s\n", when(member(conflict, "settled_at"), times).c_str(),
              escaped(outcome).c_str(),
              member_text(conflict, "settled_by").empty() ? "" : ", decided by ",
              escaped(member_text(conflict, "settled_by")).c_str());
  if (const auto note = member_text(conflict, "note"); !note.empty())
    std::printf("note: %s\n", escaped(note).c_str());
}

// What was sent, what is there, and the two ways to read it, one below the other.
void print_outcome(const Value& parked, const Times& times)
{
  const auto &outcome = member(parked, "outcome"), &sent = member(outcome, "sent"),
             &shown = member(outcome, "shown");
  std::printf("\nsent: %s, %ld times, first %s, last %s\n",
              shown_value(member(sent, "verb")).c_str(), member_count(sent, "times"),
              when(member(sent, "first_at"), times).c_str(),
              when(member(sent, "last_at"), times).c_str());
  if (member(sent, "record").is_object()) print_pairs(member(sent, "record"), 2);
  std::printf("asked %s: %s\n\n", when(member(shown, "at"), times).c_str(),
              shown_value(member(shown, "what")).c_str());
  print_table(member(outcome, "readings"), {plain("outcome"), plain("means"), plain("then")});
  std::printf("\ngramsetu quarantine resolve %ld took-effect|no-effect --note 'how you know'\n",
              member_count(parked, "id"));
}

void print_quarantined(const Value& answer, const Times& times)
{
  if (!member(answer, "outcome").is_object()) return pairs(answer, times);
  schema::Object parked;
  for (const auto& pair : answer.object().members())
    if (pair.name != "outcome") parked.append(pair.name, pair.value);
  pairs(Value(std::move(parked)), times);
  print_outcome(answer, times);
}

int replay_all(const Common& common, const QueueOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  auto what = listing("/api/v1/quarantine", options);
  std::int64_t went = 0, stayed = 0;
  std::optional<ProgressLine> line("replay: begins");
  for (;;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    const auto& rows = member(*answer, "quarantine");
    if (!rows.is_list() || rows.list().empty()) break;
    for (const auto& row : rows.list()) {
      const auto id = member_count(row, "id");
      line->say("replay: " + grouped(went + stayed) + " records");
      const auto tried = session->send({"POST", path_of("quarantine", id, "/replay"), {}, {}, {}});
      const bool done = tried && tried->status < 400;
      ++(done ? went : stayed);
      if (!done)
        complain(fmt::format("{}: {}", id,
                             tried ? member_text(tried->body, "title") : tried.error().what));
    }
    what.query["after"] = std::to_string(member_count(*answer, "after"));
  }
  line.reset();
  schema::Object summary;
  summary.append("replayed", went);
  summary.append("still_wrong", stayed);
  if (common.json)
    print_json(Value(std::move(summary)));
  else
    print_pairs(Value(std::move(summary)));
  return stayed > 0 ? kPartial : kDone;
}

} // namespace

int conflicts_list(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, listing("/api/v1/conflicts", options),
                       [](const Value& answer, const Times& times) {
                         print_table(member(answer, "conflicts"),
                                     {plain("id"), plain("flow"), plain("key"), plain("field"),
                                      plain("ours"), plain("theirs"), plain("outcome"),
                                      aged("opened", "opened_at", times), plain("rule")});
                       });
}

int conflicts_show(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, one("GET", path_of("conflicts", options.id), options),
                       print_conflict);
}

int conflicts_resolve(const Common& common, const QueueOptions& options)
{
  auto what = one("POST", path_of("conflicts", options.id, "/resolve"), options);
  what.body.append("choice", options.choice);
  if (!options.note.empty()) what.body.append("note", options.note);
  if (options.value) {
    // What is no JSON is a text: nobody likes to quote twice in a shell.
    auto value = schema::parse_json(*options.value);
    what.body.append("value", value ? std::move(*value) : Value(*options.value));
  }
  return ask_and_print(common, what, print_conflict);
}

int quarantine_list(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, listing("/api/v1/quarantine", options),
                       [](const Value& answer, const Times& times) {
                         print_table(member(answer, "quarantine"),
                                     {plain("id"), plain("flow"), plain("key"), plain("direction"),
                                      plain("code"), plain("pointer"), plain("state"),
                                      aged("last", "last_at", times), plain("reason")});
                       });
}

int quarantine_show(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, one("GET", path_of("quarantine", options.id), options),
                       print_quarantined);
}

int quarantine_resolve(const Common& common, const QueueOptions& options)
{
  auto what = one("POST", path_of("quarantine", options.id, "/resolve"), options);
  what.body.append("outcome", options.choice);
  what.body.append("note", options.note);
  if (!options.remote_id.empty()) what.body.append("remote_id", options.remote_id);
  return ask_and_print(common, what, print_quarantined);
}

int quarantine_replay(const Common& common, const QueueOptions& options)
{
  if (options.all) return replay_all(common, options);
  if (options.id == 0) return refuse(common, kUsage, "which one? its number, or --all");
  return ask_and_print(common, one("POST", path_of("quarantine", options.id, "/replay"), options),
                       pairs);
}

int quarantine_discard(const Common& common, const QueueOptions& options)
{
  auto what = one("POST", path_of("quarantine", options.id, "/discard"), options);
  what.body.append("note", options.note);
  return ask_and_print(common, what, pairs);
}

} // namespace gramsetu::commands
