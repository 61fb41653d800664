// The command line: connectors, and the kit for those who make them.
#include "daemon/commands/command_line.hpp"

namespace gramsetu::commands {

CLI::App* CommandLine::connector_command(CLI::App& group, const std::string& name,
                                         const std::string& help,
                                         int (*act)(const Common&, const ConnectorOptions&))
{
  return command(group, name, help,
                 [act](const Options& options) { return act(options.common, options.connector); });
}

void CommandLine::add_connectors()
{
  auto& connectors = group("connectors", "the kinds of systems there are, and the endpoints");
  auto& given = options_.connector;
  command(connectors, "list", "manifests, ours and yours",
          [](const Options& options) { return connectors_list(options.common); });
  connector_command(connectors, "describe", "a page about one manifest", connectors_describe)
      ->add_option("connector", given.name, "its name")
      ->required();
  add_probe(connectors);
  auto* test = connector_command(connectors, "test",
                                 "play fixtures, as recorded and with faults; 1 when one fails",
                                 connectors_test);
  auto* name = test->add_option("connector", given.name, "its name");
  test->add_flag("--all", given.all, "every connector")->excludes(name);
  test->add_option("--fixtures", given.fixtures, "the folder, instead of the one beside it")
      ->needs(name);
  test->add_flag("--accept", given.accept, "write what comes out as what must come out")
      ->needs(name);
  auto* make = connector_command(connectors, "new", "begin a manifest", connectors_new);
  make->add_option("connector", given.name, "its name")->required();
  make->add_option("--transport", given.transport, "http, files");
  make->add_option("--entity", given.entity, "what its records are: voucher, asset, ...")
      ->required();
  make->add_option("--from", given.from, "a sample of its records: a file, or an http(s) address");
  make->add_option("-o,--out", given.folder, "the folder; connectors/ beside the operator's file");
}

void CommandLine::add_probe(CLI::App& group)
{
  auto& given = options_.connector;
  auto* probe = connector_command(
      group, "probe", "can endpoints be reached, and what would a page give?", connectors_probe);
  auto* endpoint = probe->add_option("endpoint", given.name, "this one alone");
  probe->add_option("--stream", given.stream, "read a page of it, and keep nothing")
      ->needs(endpoint);
  auto* record = connector_command(group, "record",
                                   "keep an exchange as a fixture, without secrets and persons",
                                   connectors_record);
  record->add_option("endpoint", given.name, "which")->required();
  record->add_option("--stream", given.stream, "of what")->required();
  record->add_option("--pages", given.pages, "how many at most")->check(CLI::Range(1, 20));
  record->add_option("--records", given.records, "records a page, where the manifest lets choose")
      ->check(CLI::Range(1, 1000));
  record->add_option("-o,--out", given.folder, "the folder")->required();
  for (auto* sub : {probe, record})
    sub->add_option("--slice", given.slice, "NAME=VALUE; the first one unless given");
  auto* prepare =
      command(group, "prepare", "what a database lacks before it can be used, as SQL",
              [](const Options& o) { return connectors_prepare(o.common, o.name, o.apply); });
  prepare->add_option("endpoint", options_.name, "its name")->required();
  prepare->add_flag("--apply", options_.apply, "carry it out; without it nothing is changed");
}

} // namespace gramsetu::commands
