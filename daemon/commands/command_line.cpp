// The command line: the service, its flows and runs, the log.
#include "daemon/commands/command_line.hpp"

#include "daemon/commands/audit.hpp"
#include "daemon/commands/command_pages.hpp"
#include "schema/document.hpp"

#include <cstdlib>

namespace gramsetu::commands {

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 failed, or the sides differ; 2 the command line or the configuration is "
    "wrong;\n3 a rail holds a run and a person must decide; 4 done, but some records went to "
    "quarantine or conflict.";

constexpr int kRunsMost = 1000; // that one request lists

std::string usual_config()
{
  const char* path = std::getenv("GRAMSETU_CONFIG");
  return path && *path ? path : "/etc/gramsetu/gramsetu.yaml";
}

} // namespace

CommandLine::CommandLine()
{
  app_.require_subcommand(1);
  app_.footer(kExitCodes);
  app_.set_version_flag("--version", "gramsetu " GRAMSETU_VERSION, "which version this is");
  options_.common.config = usual_config();
  add_service();
  add_flows();
  add_runs();
  add_logs();
  const auto make = [this](CLI::App& parent, const std::string& name, const std::string& help,
                           std::function<int(const Common&)> act) {
    return command(parent, name, help,
                   [act = std::move(act)](const Options& options) { return act(options.common); });
  };
  add_audit(group("audit", "who did what: a chain of entries, and its newest one signed"), make);
  add_records();
  add_places();
  add_conflicts();
  add_quarantine();
  add_connectors();
  add_care();
}

Typed CommandLine::parse(int argc, char** argv)
{
  try {
    app_.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return {nullptr, {}, app_.exit(asked)};
  } catch (const CLI::ParseError& error) {
    if (!name_mistyped()) app_.exit(error);
    return {nullptr, {}, kUsage};
  }
  return {std::move(act_), std::move(options_), 0};
}

// A word where a command should be: the library would only say that a command is missing.
bool CommandLine::name_mistyped()
{
  const CLI::App* group = &app_;
  std::string before;
  while (!group->get_subcommands().empty()) {
    group = group->get_subcommands().front();
    before += group->get_name() + " ";
  }
  const auto rest = app_.remaining(true);
  if (rest.empty() || rest.front().starts_with("-")) return false;
  std::vector<std::string> names;
  for (const auto* command : group->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (names.empty()) return false;
  const auto near = schema::nearest(rest.front(), names);
  complain("there is no command '" + before + rest.front() + "'" +
           (near.empty() ? "; see gramsetu " + before + "--help"
                         : "; did you mean '" + before + near + "'?"));
  return true;
}

CLI::App* CommandLine::command(CLI::App& parent, const std::string& name, const std::string& help,
                               Act act)
{
  auto* sub = parent.add_subcommand(name, help);
  sub->add_option("-c,--config", options_.common.config, "the operator's file");
  sub->add_flag("--json", options_.common.json, "answer in JSON");
  sub->callback([this, act = std::move(act)] { act_ = act; });
  return sub;
}

CLI::App& CommandLine::group(const std::string& name, const std::string& help)
{
  auto* sub = app_.add_subcommand(name, help);
  sub->require_subcommand(1);
  return *sub;
}

void CommandLine::add_service()
{
  command(app_, "run", "the service, in the foreground",
          [](const Options& options) { return serve(options.common); });
  command(app_, "check", "every problem of the operator's file",
          [](const Options& options) { return check(options.common); });
  auto* docs = command(app_, "docs", "write the generated pages", [](const Options& options) {
    return options.name.empty() ? write_docs(options.folder)
                                : CommandLine().write_package_pages(options.name);
  });
  docs->group(""); // for developers: not in the list
  docs->add_option("--out", options_.folder, "the folder");
  docs->add_option("--package", options_.name,
                   "the folder for what a package has: manual, completions");
  auto& tokens = group("token", "who may come over TCP");
  auto* fresh = command(tokens, "new", "a token, and the line that lets it in",
                        [](const Options& o) { return token_new(o.common, o.token); });
  fresh->add_option("name", options_.token.name, "whose: a person or a program")->required();
  fresh->add_option("--role", options_.token.role, "viewer, operator, admin or app")
      ->check(CLI::IsMember({"viewer", "operator", "admin", "app"}));
  fresh->add_option("--entities", options_.token.entities, "what an app reads and writes");
  auto* look = command(app_, "status", "flows, freshness, what waits", [](const Options& options) {
    return status(options.common, options.status);
  });
  auto* watch = look->add_flag("-w,--watch", options_.status.watch, "again every two seconds");
  auto* places = look->add_flag("--places", options_.status.places,
                                "how old the data of each place is, the stalest first");
  places->excludes(watch);
  look->add_option("--flow", options_.status.flow, "with --places: of this flow")->needs(places);
  look->add_option("-n,--lines", options_.status.limit, "with --places: how many of each flow")
      ->needs(places);
  auto* again =
      command(app_, "reload", "the service reads its file again",
              [](const Options& options) { return reload(options.common, options.dry_run); });
  again->add_flag("--dry-run", options_.dry_run, "only say what would change");
}

int CommandLine::write_package_pages(const std::string& folder) const
{
  return write_files(folder, {{"gramsetu.1", man_page(app_, GRAMSETU_VERSION)},
                              {"gramsetu.bash", bash_completion(app_)},
                              {"_gramsetu", zsh_completion(app_)},
                              {"gramsetu.fish", fish_completion(app_)}});
}

CLI::App* CommandLine::add_flow_command(const std::string& name, const std::string& kind,
                                        const std::string& help)
{
  auto* sub = command(app_, name, help, [kind](const Options& options) {
    auto run = options.run;
    run.kind = kind;
    return run_flows(options.common, run);
  });
  sub->add_option("flows", options_.run.flows,
                  "voucher@central, or voucher for all of its flows; every flow without one");
  return sub;
}

void CommandLine::add_flows()
{
  auto* sync = add_flow_command("sync", "runs", "run flows now and wait for them");
  sync->add_flag("--full", options_.run.full, "forget cursors, read everything");
  auto* plan = add_flow_command("plan", "plan", "what a run would write");
  plan->add_flag("--full", options_.run.full, "forget cursors, read everything");
  auto* out = plan->add_option("-o,--output", options_.run.output, "write the plan to a file");
  plan->add_option("--unmask", options_.run.unmask,
                   "with -o: write personal values, too; the reason is logged")
      ->needs(out);
  auto* apply_sub =
      command(app_, "apply", "carry out a plan, and nothing else; 1 when something of it was left",
              [](const Options& options) { return apply(options.common, options.name); });
  apply_sub->add_option("plan", options_.name, "the file that `plan -o` wrote")->required();
  auto* verify = add_flow_command("verify", "verify", "do both sides agree? 0 agree, 1 differ");
  auto* repair = verify->add_flag("--repair", options_.run.repair,
                                  "hear what differs anew, send what is lacking, verify again");
  auto& proof = options_.run.proof;
  verify->add_option("--certificate", proof.certificates, "write the certificates to this folder");
  verify
      ->add_option("--evidence", proof.evidence,
                   "write certificates and both sides' records to this folder")
      ->excludes(repair);
  add_unmask(verify, proof.unmask);
}

void CommandLine::add_runs()
{
  auto& runs = group("runs", "history of runs; release, undo");
  auto* list = command(runs, "list", "the newest runs", [](const Options& options) {
    return runs_list(options.common, options.runs);
  });
  list->add_option("--flow", options_.runs.flow, "of this flow");
  list->add_option("--state", options_.runs.state, "done, partial, held, failed, running, ...");
  list->add_option("-n,--lines", options_.runs.limit, "how many");
  const auto by_id = [&](const char* name, const char* help, auto act) {
    auto* sub = command(runs, name, help, [act](const Options& options) {
      return act(options.common, options.runs);
    });
    sub->add_option("run", options_.runs.run, "its id")->required();
    return sub;
  };
  auto* show =
      by_id("show", "one run; of a held one: by which rail, and what it would change", runs_show);
  show->add_option("--certificate", options_.runs.certificate, "write its certificate to a file");
  add_unmask(show, options_.runs.unmask);
  for (auto* sub :
       {by_id("approve", "let a held run go: what it showed is done", runs_approve),
        by_id("undo", "put back what it changed, where nothing has changed since", runs_undo)})
    sub->add_option("--note", options_.runs.note, "why");
  auto* certificates =
      command(runs, "certificates", "write the certificates of the newest runs to a folder",
              [](const Options& options) {
                auto runs_options = options.runs;
                runs_options.limit = kRunsMost;
                return runs_certificates(options.common, runs_options);
              });
  certificates->add_option("folder", options_.runs.folder, "the folder")->required();
  certificates->add_option("--flow", options_.runs.flow, "of this flow");
}

void CommandLine::add_logs()
{
  auto* sub = command(app_, "logs", "the sync log",
                      [](const Options& options) { return logs(options.common, options.log); });
  sub->add_flag("-f,--follow", options_.log.follow, "go on as new entries come");
  sub->add_option("--flow", options_.log.flow, "of this flow");
  sub->add_option("--run", options_.log.run, "of this run");
  sub->add_option("--level", options_.log.level, "this level and graver")
      ->check(CLI::IsMember({"info", "warning", "error"}));
  sub->add_option("--event", options_.log.event,
                  "of this kind: run_failed, ... (config/events.md)");
  sub->add_option("--endpoint", options_.log.endpoint, "of its flows, and of itself");
  sub->add_option("--since", options_.log.since, "from then on: a time, a day, or 2h ago as 2h");
  sub->add_option("--until", options_.log.until, "before then, likewise");
  sub->add_option("-n,--lines", options_.log.limit, "how many");
}

int main(int argc, char** argv)
{
  const auto typed = CommandLine().parse(argc, argv);
  return typed.act ? typed.act(typed.options) : typed.code;
}

} // namespace gramsetu::commands
