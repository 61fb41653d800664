// The command line as one object: the words and options that there are, in three files by subject.
#pragma once

#include "daemon/commands/care.hpp"
#include "daemon/commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace gramsetu::commands {

// What the options of all commands are read into. One command runs, so they can share.
struct Options {
  Common common;
  RunFlows run;
  LogOptions log;
  RunsOptions runs;
  RecordOptions record;
  QueueOptions queue;
  ConnectorOptions connector;
  CareOptions care;
  TokenOptions token;
  std::string name, folder = "config";
  StatusOptions status;
  bool dry_run = false; // reload
  bool apply = false;   // connectors prepare: do it
};

// What was typed. It stands by itself: a service runs for months, and the table of all commands need not.
struct Typed {
  std::function<int(const Options&)> act; // none: all is said
  Options options;
  int code = 0; // of the process, where there is no act
};

// Declares all commands, and finds the one that was typed.
class CommandLine {
public:
  CommandLine();
  Typed parse(int argc, char** argv);

private:
  using Act = std::function<int(const Options&)>; // outlives the command line

  // A word where a command should be: the library would only say that a command is missing.
  bool name_mistyped();

  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help, Act act);
  CLI::App& group(const std::string& name, const std::string& help);

  void add_service();
  int write_package_pages(const std::string& folder) const;
  CLI::App* add_flow_command(const std::string& name, const std::string& kind,
                             const std::string& help);
  void add_flows();
  void add_runs();
  void add_logs();

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

  template <typename Function>
  CLI::App* queue_command(CLI::App& parent, const std::string& name, const std::string& help,
                          Function act)
  {
    return command(parent, name, help,
                   [act](const Options& options) { return act(options.common, options.queue); });
  }

  void add_key(CLI::App* sub);
  void add_unmask(CLI::App* sub, std::string& reason);
  void add_edit(CLI::App* sub);
  void add_records();
  void add_places();
  void add_listing(CLI::App* sub);
  CLI::Option* add_which(CLI::App* sub, const std::string& word, const std::string& help);
  // Which conflicts, besides those of a flow, an entity, a record.
  void add_conflict_filters(CLI::App* sub);
  void add_conflicts();
  void add_quarantine();
  CLI::App* connector_command(CLI::App& group, const std::string& name, const std::string& help,
                              int (*act)(const Common&, const ConnectorOptions&));
  void add_connectors();
  void add_probe(CLI::App& group);
  CLI::App* care_command(CLI::App& parent, const std::string& name, const std::string& help,
                         int (*act)(const Common&, const CareOptions&));
  void add_care();
  void add_personal();

  Act act_;
  Options options_;
  CLI::App app_{"GramSetu: keeps a district's panchayat records in step with the systems around it",
                "gramsetu"};
};

} // namespace gramsetu::commands
