// plan -o writes what was planned to a file, page by page; apply carries such a file out.
#include "daemon/commands/plan.hpp"

#include "daemon/commands/commands.hpp"
#include "daemon/commands/flow_words.hpp"
#include "daemon/commands/plan_file.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

// One plan on its way to its file.
struct Writing {
  Session& session;
  std::string unmask;
  PlanWriter writer;
  bool headed = false;
};

// Writes what one run planned. False when the hub could not be asked.
bool write_part(Writing& writing, const std::string& run)
{
  Ask what{"GET", "/api/v1/runs" + segment(run) + "/plan", {{"limit", "500"}}, {}, {}};
  if (!writing.unmask.empty()) what.query["unmask"] = writing.unmask;
  auto& writer = writing.writer;
  bool begun = false;
  for (;;) {
    const auto page = writing.session.ask(what);
    if (!page) return false;
    if (!writing.headed)
      writer.begin(
          {member_text(*page, "hub"), member_text(*page, "by"), member_text(*page, "made_at"), {}});
    writing.headed = true;
    if (!begun) writer.part(member_text(*page, "flow"), run);
    begun = true;
    const auto& changes = member(*page, "changes");
    if (!changes.is_list()) return true;
    for (const auto& change : changes.list())
      writer.change(change.object());
    const auto next = member_text(*page, "next");
    if (next.empty()) return true;
    what.query["cursor"] = next;
  }
}

schema::Object body_of(const PlanFile& plan)
{
  schema::List parts;
  for (const auto& part : plan.parts) {
    schema::Object json;
    json.append("run", part.run);
    json.append("digest", to_hex(part.digest));
    parts.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("hub", plan.hub);
  body.append("plans", std::move(parts));
  return body;
}

// Waits for one run of the plan, and says what it did and left.
std::optional<Value> follow(Session& session, const Common& common, const Value& ticket)
{
  auto run = wait_for(session, ticket);
  if (!run) return std::nullopt;
  auto remarks = remarks_of(session, *run);
  if (!remarks) return std::nullopt;
  if (!common.json) {
    print_run(*run, session.times());
    print_remarks(*remarks);
    std::fflush(stdout);
  }
  run->object().append("remarks", std::move(*remarks));
  return run;
}

} // namespace

int write_plan(Session& session, const Common& common, const RunFlows& options, const Value& runs)
{
  Writing writing{session, options.unmask, PlanWriter(options.output)};
  for (const auto& run : runs.list()) {
    const auto state = member_text(run, "state");
    if (state != "done" && state != "partial") continue; // nothing was planned
    if (!write_part(writing, member_text(run, "run"))) return session.exit_code();
  }
  if (!writing.headed) return refuse(common, kFailed, "nothing was planned: there is no file");
  const auto written = writing.writer.finish();
  return written ? kDone : refuse(common, kFailed, written.error().what);
}

int apply(const Common& common, const std::string& path)
{
  const auto plan = read_plan_file(path);
  if (!plan) return refuse(common, kUsage, plan.error().what);
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  watch_interrupts();
  const auto asked = session->ask({"POST", "/api/v1/apply", {}, {}, body_of(*plan)});
  if (!asked) return session->exit_code();
  const auto& tickets = member(*asked, "runs");
  if (!tickets.is_list()) return kFailed;
  schema::List finished;
  for (const auto& ticket : tickets.list()) {
    auto run = follow(*session, common, ticket);
    if (!run) return session->exit_code();
    code = worst(code, exit_of(*run));
    finished.push_back(std::move(*run));
  }
  schema::Object all;
  all.append("runs", std::move(finished));
  const Value answer(std::move(all));
  if (common.json)
    print_json(answer);
  else
    print_advice(member(answer, "runs"));
  return code;
}

} // namespace gramsetu::commands
