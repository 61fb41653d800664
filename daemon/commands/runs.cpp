// runs: history; one run; release of a held one; undo.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/flow_words.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/requests.hpp"

#include <cstdio>

namespace gramsetu::commands {

using schema::Value;

namespace {

constexpr int kConflict = 409;

// A run with what it says of single records. False when the hub cannot be asked any more.
bool say(Session& session, const Common& common, const Value& run)
{
  auto remarks = remarks_of(session, run);
  if (!remarks) return false;
  if (common.json) {
    auto all = run.object();
    all.append("remarks", std::move(*remarks));
    print_json(std::move(all));
  } else {
    print_run(run, session.times());
    print_remarks(*remarks);
  }
  return true;
}

} // namespace

int runs_list(const Common& common, const RunsOptions& options)
{
  Ask what{"GET", "/api/v1/runs", {{"limit", std::to_string(options.limit)}}, {}, {}};
  if (!options.flow.empty()) what.query["flow"] = options.flow;
  if (!options.state.empty()) what.query["state"] = options.state;
  return ask_and_print(common, what, [](const Value& answer, const Times& times) {
    print_table(
        member(answer, "runs"),
        {plain("run"),
         plain("flow"),
         plain("state"),
         {"started", [&](const auto& run) { return when(member(run, "started_at"), times); }},
         {"counts", [](const auto& run) { return counts_line(member(run, "counts")); }},
         plain("reason")});
  });
}

int runs_show(const Common& common, const RunsOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/runs" + segment(options.run), {}, {}, {}};
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  const auto run = session->ask(what);
  if (!run) return session->exit_code();
  if (!options.certificate.empty() && !write_certificate(common, *run, options.certificate))
    return kFailed;
  return say(*session, common, *run) ? kDone : session->exit_code();
}

// Every certificate of the newest runs, for whoever checks that none is missing.
int runs_certificates(const Common& common, const RunsOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"GET", "/api/v1/runs", {{"limit", std::to_string(options.limit)}}, {}, {}};
  if (!options.flow.empty()) what.query["flow"] = options.flow;
  const auto answer = session->ask(what);
  if (!answer) return session->exit_code();
  std::int64_t written = 0;
  const auto& runs = member(*answer, "runs");
  for (std::size_t i = 0; runs.is_list() && i < runs.list().size(); ++i) {
    if (!member(runs.list()[i], "certificate").is_object()) continue;
    const auto id = member_text(runs.list()[i], "run");
    const auto run = session->ask({"GET", "/api/v1/runs" + segment(id), {}, {}, {}});
    if (!run) return session->exit_code();
    if (!write_certificate_into(common, *run, options.folder)) return kFailed;
    ++written;
  }
  schema::Object summary;
  summary.append("written", written);
  if (common.json)
    print_json(Value(std::move(summary)));
  else
    print_pairs(Value(std::move(summary)));
  return kDone;
}

int runs_approve(const Common& common, const RunsOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"POST", "/api/v1/runs" + segment(options.run) + "/approve", {}, {}, {}};
  if (!options.note.empty()) what.body.append("note", options.note);
  const auto started = session->ask(what);
  // The same person again: it still waits for somebody else.
  if (!started) return session->status() == kConflict ? kHeld : session->exit_code();
  const auto run = wait_for(*session, *started);
  if (!run) return session->exit_code();
  if (common.json)
    print_json(*run);
  else
    print_run(*run, session->times());
  return exit_of(*run);
}

int runs_undo(const Common& common, const RunsOptions& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  Ask what{"POST", "/api/v1/runs" + segment(options.run) + "/undo", {}, {}, {}};
  if (!options.note.empty()) what.body.append("note", options.note);
  const auto started = session->ask(what);
  if (!started) return session->exit_code();
  const auto run = wait_for(*session, *started);
  if (!run) return session->exit_code();
  return say(*session, common, *run) ? exit_of(*run) : session->exit_code();
}

} // namespace gramsetu::commands
