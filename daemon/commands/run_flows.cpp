// sync, plan and verify: ask for runs, follow them, say what they came to.
#include "daemon/commands/commands.hpp"
#include "daemon/commands/flow_words.hpp"
#include "daemon/commands/plan.hpp"
#include "daemon/commands/print.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

schema::Object body_of(const RunFlows& options)
{
  schema::Object body;
  schema::List names;
  for (const auto& flow : options.flows)
    names.emplace_back(flow);
  body.append("flows", std::move(names));
  if (options.full) body.append("full", true);
  if (options.repair) body.append("repair", true);
  if (!options.proof.evidence.empty()) body.append("evidence", true);
  return body;
}

} // namespace

int run_flows(const Common& common, const RunFlows& options)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  watch_interrupts();
  const auto asked = session->ask({"POST", "/api/v1/" + options.kind, {}, {}, body_of(options)});
  if (!asked) return session->exit_code();
  const auto& tickets = member(*asked, "runs");
  if (!tickets.is_list()) return kFailed;
  schema::List finished;
  for (const auto& ticket : tickets.list()) {
    auto run = wait_for(*session, ticket);
    if (!run) return session->exit_code();
    code = worst(code, exit_of(*run));
    // A run that failed has none, and its flow has said why.
    if (member(*run, "certificate").is_object() &&
        !write_proof(*session, common, *run, options.proof))
      return kFailed;
    if (!common.json) {
      print_run(*run, session->times());
      std::fflush(stdout);
    }
    finished.push_back(std::move(*run));
  }
  schema::Object all;
  all.append("runs", std::move(finished));
  const Value answer(std::move(all));
  if (!options.output.empty()) {
    const int written = write_plan(*session, common, options, member(answer, "runs"));
    if (written != kDone) return written;
  }
  if (common.json)
    print_json(answer);
  else
    print_advice(member(answer, "runs"));
  return code;
}

} // namespace gramsetu::commands
