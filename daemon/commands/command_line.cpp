// The command line: which words and options there are, and the function behind each.
#include "daemon/commands/commands.hpp"
#include "schema/document.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <functional>

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

// What the options of all commands are read into. One command runs, so they can share.
struct Options {
  Common common;
  RunFlows run;
  LogOptions log;
  RunsOptions runs;
  RecordOptions record;
  QueueOptions queue;
  std::string name, folder = "config";
  bool watch = false;
};

class CommandLine {
public:
  CommandLine()
  {
    app_.require_subcommand(1);
    app_.footer(kExitCodes);
    options_.common.config = usual_config();
    add_service();
    add_flows();
    add_runs();
    add_logs();
    add_records();
    add_places();
    add_conflicts();
    add_quarantine();
    add_connectors();
  }

  int parse(int argc, char** argv)
  {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& asked) {
      return app_.exit(asked);
    } catch (const CLI::ParseError& error) {
      if (!name_mistyped()) app_.exit(error);
      return kUsage;
    }
    return code_;
  }

private:
  // A word where a command should be: the library would only say that a command is missing.
  bool name_mistyped()
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

  using Act = std::function<int(const Options&)>;

  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help, Act act)
  {
    auto* sub = parent.add_subcommand(name, help);
    sub->add_option("-c,--config", options_.common.config, "the operator's file");
    sub->add_flag("--json", options_.common.json, "answer in JSON");
    sub->callback([this, act = std::move(act)] { code_ = act(options_); });
    return sub;
  }

  CLI::App& group(const std::string& name, const std::string& help)
  {
    auto* sub = app_.add_subcommand(name, help);
    sub->require_subcommand(1);
    return *sub;
  }

  void add_service()
  {
    command(app_, "run", "the service, in the foreground",
            [](const Options& options) { return serve(options.common); });
    command(app_, "check", "every problem of the operator's file",
            [](const Options& options) { return check(options.common); });
    auto* docs = command(app_, "docs", "write the generated pages",
                         [](const Options& options) { return write_docs(options.folder); });
    docs->group(""); // for developers: not in the list
    docs->add_option("--out", options_.folder, "the folder");
    auto* look =
        command(app_, "status", "flows, freshness, what waits",
                [](const Options& options) { return status(options.common, options.watch); });
    look->add_flag("-w,--watch", options_.watch, "again every two seconds");
  }

  CLI::App* add_flow_command(const std::string& name, const std::string& kind,
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

  void add_flows()
  {
    auto* sync = add_flow_command("sync", "runs", "run flows now and wait for them");
    sync->add_flag("--full", options_.run.full, "forget cursors, read everything");
    auto* plan = add_flow_command("plan", "plan", "what a run would write");
    plan->add_flag("--full", options_.run.full, "forget cursors, read everything");
    auto* out = plan->add_option("-o,--output", options_.run.output, "write the plan to a file");
    plan->add_option("--unmask", options_.run.unmask,
                     "with -o: write personal values, too; the reason is logged")
        ->needs(out);
    auto* apply_sub = command(
        app_, "apply", "carry out a plan, and nothing else; 1 when something of it was left",
        [](const Options& options) { return apply(options.common, options.name); });
    apply_sub->add_option("plan", options_.name, "the file that `plan -o` wrote")->required();
    auto* verify = add_flow_command("verify", "verify", "do both sides agree? 0 agree, 1 differ");
    auto* repair = verify->add_flag("--repair", options_.run.repair,
                                    "hear what differs anew, send what is lacking, verify again");
    auto& proof = options_.run.proof;
    verify->add_option("--certificate", proof.certificates,
                       "write the certificates to this folder");
    verify
        ->add_option("--evidence", proof.evidence,
                     "write certificates and both sides' records to this folder")
        ->excludes(repair);
    add_unmask(verify, proof.unmask);
  }

  void add_runs()
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

  void add_logs()
  {
    auto* sub = command(app_, "logs", "the sync log",
                        [](const Options& options) { return logs(options.common, options.log); });
    sub->add_flag("-f,--follow", options_.log.follow, "go on as new entries come");
    sub->add_option("--flow", options_.log.flow, "of this flow");
    sub->add_option("--run", options_.log.run, "of this run");
    sub->add_option("--level", options_.log.level, "this level and graver")
        ->check(CLI::IsMember({"info", "warning", "error"}));
    sub->add_option("-n,--lines", options_.log.limit, "how many");
  }

  // A command on one record, or on all of an entity.
  template <typename Function>
  CLI::App* record_command(CLI::App& parent, const std::string& name, const std::string& help,
                           Function act)
  {
    auto* sub = command(parent, name, help, [act](const Options& options) {
      return act(options.common, options.record);
    });
    sub->add_option("entity", options_.record.entity, "voucher, local_body, ...")->required();
    return sub;
  }

  void add_key(CLI::App* sub)
  {
    sub->add_option("key", options_.record.key, "its key; parts are joined by /")->required();
  }

  void add_unmask(CLI::App* sub, std::string& reason)
  {
    sub->add_option("--unmask", reason, "show personal values; the reason is logged");
  }

  void add_edit(CLI::App* sub)
  {
    sub->add_option("--revision", options_.record.revision, "only if it is at this revision");
    sub->add_option("--note", options_.record.note, "why");
  }

  void add_records()
  {
    auto* why_sub =
        record_command(app_, "why", "which value came from whom, when, by which rule and run", why);
    add_key(why_sub);
    why_sub->add_option("field", options_.record.field, "this field alone");
    add_unmask(why_sub, options_.record.unmask);
    auto& records = group("records", "the hub's own records");
    for (auto* sub : {record_command(records, "get", "one record", records_get),
                      record_command(records, "history", "its changes", records_history)}) {
      add_key(sub);
      add_unmask(sub, options_.record.unmask);
    }
    auto* put = record_command(records, "put", "enter or change a record", records_put);
    add_key(put);
    put->add_option("file", options_.record.file,
                    "a JSON object of fields; - or nothing: standard input");
    add_edit(put);
    auto* remove = record_command(records, "delete", "delete a record", records_delete);
    add_key(remove);
    add_edit(remove);
    auto* list = record_command(records, "list", "records in key order", records_list);
    list->add_option("-n,--lines", options_.record.limit, "how many");
    auto* out =
        record_command(records, "export", "all records, a JSON object a line", records_export);
    for (auto* sub : {list, out}) {
      sub->add_option("--place", options_.record.place, "of this place (LGD code)");
      sub->add_flag("--deleted", options_.record.deleted, "deleted ones too");
      add_unmask(sub, options_.record.unmask);
    }
    auto* projection = out->add_option("--projection", options_.record.projection,
                                       "as the endpoint of this flow should hold them, with keys");
    projection->excludes("--place")->excludes("--deleted");
    auto* count = record_command(records, "count", "records counted and summed", records_count);
    count->add_option("--by", options_.record.by, "place, district, block, ... or a field");
    count->add_option("--sum", options_.record.sum, "a field of money or whole numbers");
    auto* was = count->add_flag("--as-was", options_.record.as_was,
                                "by the places as they were on each record's day; the usual way");
    count->add_flag("--as-is", options_.record.as_is, "by the places that followed, as of today")
        ->excludes(was);
    add_unmask(count, options_.record.unmask);
    auto* in =
        record_command(records, "import", "enter records, a JSON object a line", records_import);
    in->add_option("file", options_.record.file, "- or nothing: standard input");
    in->add_option("--note", options_.record.note, "why");
  }

  void add_places()
  {
    auto& places = group("places", "what places were and are, and what waits for one");
    command(places, "unresolved", "codes that the directory has not brought",
            [](const Options& options) { return places_unresolved(options.common); });
    auto* show = command(places, "show", "versions, successions, records",
                         [](const Options& o) { return places_show(o.common, o.record); });
    show->add_option("kind", options_.record.entity, "local_body, district, ...")->required();
    show->add_option("code", options_.record.key, "its LGD code")->required();
  }

  template <typename Function>
  CLI::App* queue_command(CLI::App& parent, const std::string& name, const std::string& help,
                          Function act)
  {
    return command(parent, name, help,
                   [act](const Options& options) { return act(options.common, options.queue); });
  }

  void add_listing(CLI::App* sub)
  {
    sub->add_flag("--all", options_.queue.all, "settled ones too");
    add_which(sub, "flow", "of this flow");
    add_which(sub, "entity", "of this entity");
    add_which(sub, "key", "of this record");
    add_unmask(sub, options_.queue.unmask);
  }

  CLI::Option* add_which(CLI::App* sub, const std::string& word, const std::string& help)
  {
    return sub->add_option("--" + word, options_.queue.which[word], help);
  }

  // Which conflicts, besides those of a flow, an entity, a record.
  void add_conflict_filters(CLI::App* sub)
  {
    add_which(sub, "field", "about this field");
    add_which(sub, "place", "of this place (LGD code)");
    add_which(sub, "rule", "refused by this rule, or by words that begin so");
    add_which(sub, "since", "opened on this day or later");
  }

  void add_conflicts()
  {
    auto& conflicts = group("conflicts", "what two sides changed and a person decides");
    auto* list = queue_command(conflicts, "list", "open conflicts",
                               [](const Common& common, const QueueOptions& options) {
                                 return options.exceptions ? exceptions_list(common, options)
                                                           : conflicts_list(common, options);
                               });
    add_listing(list);
    add_conflict_filters(list);
    list->add_flag("--group", options_.queue.group, "by cause, with their number");
    list->add_flag("--exceptions", options_.queue.exceptions,
                   "the report on closed books: what came all the same, late records among it");
    auto* show = queue_command(conflicts, "show", "base, ours and theirs", conflicts_show);
    show->add_option("id", options_.queue.id, "its number")->required();
    add_unmask(show, options_.queue.unmask);
    auto* resolve = queue_command(conflicts, "resolve", "decide one or many", conflicts_resolve);
    resolve
        ->add_option("words", options_.queue.words,
                     "numbers, then ours, theirs, or value and a value: JSON, or a plain text")
        ->required();
    auto* matching = resolve->add_flag("--all-matching", options_.queue.all_matching,
                                       "instead of numbers: all open ones that the filters name");
    resolve->add_flag("--yes", options_.queue.yes, "do it; without it their number is told")
        ->needs(matching);
    for (const auto* word : {"flow", "entity", "key"})
      add_which(resolve, word, std::string("of this ") + word)->needs(matching);
    add_conflict_filters(resolve);
    resolve->add_option("--note", options_.queue.note, "why");
  }

  void add_quarantine()
  {
    auto& parked = group("quarantine", "records that could not be used");
    auto* list = queue_command(parked, "list", "what waits", quarantine_list);
    add_listing(list);
    list->add_flag("--causes", options_.queue.causes, "none that only waits for another record");
    auto* show = queue_command(parked, "show", "one, with its reason and pointer", quarantine_show);
    show->add_option("id", options_.queue.id, "its number")->required();
    add_unmask(show, options_.queue.unmask);
    auto* replay = queue_command(parked, "replay", "try it again", quarantine_replay);
    auto* id = replay->add_option("id", options_.queue.id, "its number");
    auto* all = replay->add_flag("--all", options_.queue.all, "every open one");
    add_which(replay, "flow", "with --all: of this flow")->needs(all);
    id->excludes(all);
    auto* resolve = queue_command(parked, "resolve", "say what became of a write without an answer",
                                  quarantine_resolve);
    resolve->add_option("id", options_.queue.id, "its number")->required();
    resolve->add_option("outcome", options_.queue.choice, "took-effect or no-effect")
        ->required()
        ->check(CLI::IsMember({"took-effect", "no-effect"}));
    resolve->add_option("--remote-id", options_.queue.remote_id, "what the endpoint calls it");
    resolve->add_option("--note", options_.queue.note, "how you know")->required();
    auto* discard =
        queue_command(parked, "discard", "close it without using it", quarantine_discard);
    discard->add_option("id", options_.queue.id, "its number")->required();
    discard->add_option("--note", options_.queue.note, "why")->required();
    discard->add_flag("--yes", options_.queue.yes, "also when others wait for it");
  }

  void add_connectors()
  {
    auto& connectors = group("connectors", "the kinds of systems there are, and the endpoints");
    command(connectors, "list", "manifests, ours and yours",
            [](const Options& options) { return connectors_list(options.common); });
    auto* describe = command(connectors, "describe", "one manifest", [](const Options& options) {
      return connectors_describe(options.common, options.name);
    });
    describe->add_option("connector", options_.name, "its name")->required();
    auto* probe = command(
        connectors, "probe", "can endpoints be reached, and are we let in?",
        [](const Options& options) { return connectors_probe(options.common, options.name); });
    probe->add_option("endpoint", options_.name, "this one alone");
  }

  int code_ = kDone;
  Options options_;
  CLI::App app_{"GramSetu: keeps a district's panchayat records in step with the systems around it",
                "gramsetu"};
};

} // namespace

int main(int argc, char** argv)
{
  return CommandLine().parse(argc, argv);
}

} // namespace gramsetu::commands
