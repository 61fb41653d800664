// quarantine: the parking place of records that could not be used.
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/queue_requests.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>

namespace gramsetu::commands {

namespace {

using schema::Value;

// What became of many.
struct Replayed {
  std::int64_t went = 0, wrong = 0, waiting = 0;
};

void replay_row(Session& session, std::int64_t id, Replayed& done)
{
  const auto tried = session.send({"POST", queue_path("quarantine", id, "/replay"), {}, {}, {}});
  if (!tried || tried->status >= 400) {
    ++done.wrong;
    complain(
        fmt::format("{}: {}", id, tried ? member_text(tried->body, "title") : tried.error().what));
    return;
  }
  ++(member_text(tried->body, "state") == "open" ? done.waiting : done.went);
}

// Those that only wait for another record follow it by themselves: only causes are tried.
int replay_all(const Common& common, QueueOptions options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  options.causes = true;
  options.all = false;
  auto what = queue_listing("/api/v1/quarantine", options);
  Replayed done;
  std::optional<ProgressLine> line("replay: begins");
  for (;;) {
    const auto answer = session->ask(what);
    if (!answer) return session->exit_code();
    const auto& rows = member(*answer, "quarantine");
    if (!rows.is_list() || rows.list().empty()) break;
    for (const auto& row : rows.list()) {
      line->say("replay: " + grouped(done.went + done.wrong + done.waiting) + " records");
      replay_row(*session, member_count(row, "id"), done);
    }
    what.query["after"] = std::to_string(member_count(*answer, "after"));
  }
  line.reset();
  schema::Object summary;
  summary.append("replayed", done.went);
  summary.append("waiting_for_a_parent", done.waiting);
  summary.append("still_wrong", done.wrong);
  if (common.json)
    print_json(Value(std::move(summary)));
  else
    print_pairs(Value(std::move(summary)));
  return done.wrong > 0 ? kPartial : kDone;
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

void print_parked(const Value& row, const Times& times)
{
  schema::Object shown;
  for (const auto& pair : row.object().members())
    if (pair.name != "waiting" && pair.name != "outcome" && pair.name != "proposal")
      shown.append(pair.name, pair.value);
  print_pairs(Value(std::move(shown)));
  if (member(row, "outcome").is_object()) print_outcome(row, times);
  print_proposal(row, times);
  const auto& waiting = member(row, "waiting");
  const auto count = member_count(waiting, "count");
  if (count == 0) return;
  std::printf("\nwaiting for it: %ld%s\n", count,
              member(waiting, "more") == Value(true) ? " or more" : "");
  print_table(member(waiting, "records"), {plain("id"), plain("flow"), plain("key")});
}

} // namespace

int quarantine_list(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, queue_listing("/api/v1/quarantine", options),
                       [](const Value& answer, const Times& times) {
                         print_table(member(answer, "quarantine"),
                                     {plain("id"), plain("flow"), plain("key"), plain("direction"),
                                      plain("code"), plain("pointer"), plain("state"),
                                      aged("last", "last_at", times), plain("reason")});
                       });
}

int quarantine_show(const Common& common, const QueueOptions& options)
{
  return ask_and_print(common, queue_request("GET", queue_path("quarantine", options.id), options),
                       print_parked);
}

int quarantine_replay(const Common& common, const QueueOptions& options)
{
  if (options.all) return replay_all(common, options);
  if (options.id == 0) return refuse(common, kUsage, "which one? its number, or --all");
  return ask_and_print(
      common, queue_request("POST", queue_path("quarantine", options.id, "/replay"), options),
      print_parked);
}

int quarantine_resolve(const Common& common, const QueueOptions& options)
{
  auto what = queue_request("POST", queue_path("quarantine", options.id, "/resolve"), options);
  what.body.append("outcome", options.choice);
  what.body.append("note", options.note);
  if (!options.remote_id.empty()) what.body.append("remote_id", options.remote_id);
  return ask_and_print(common, what, print_parked);
}

int quarantine_discard(const Common& common, const QueueOptions& options)
{
  auto what = queue_request("POST", queue_path("quarantine", options.id, "/discard"), options);
  what.body.append("note", options.note);
  if (options.yes) what.body.append("leave_waiting", true);
  return ask_and_print(common, what, print_parked);
}

} // namespace gramsetu::commands
