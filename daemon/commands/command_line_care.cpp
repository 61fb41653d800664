// The command line: what keeps the store well.
#include "daemon/commands/care.hpp"
#include "daemon/commands/command_line.hpp"

namespace gramsetu::commands {

CLI::App* CommandLine::care_command(CLI::App& parent, const std::string& name,
                                    const std::string& help,
                                    int (*act)(const Common&, const CareOptions&))
{
  return command(parent, name, help,
                 [act](const Options& options) { return act(options.common, options.care); });
}

void CommandLine::add_care()
{
  auto& care = options_.care;
  const auto with_file = [&](CLI::App* sub, const std::string& help) {
    sub->add_option("file", care.file, help)->required();
    sub->add_option("--key", care.key,
                    "credential:NAME, env:NAME or file:PATH; without it the key of `backup` in the "
                    "operator's file, if there is one");
  };
  with_file(care_command(app_, "backup", "a copy of the store, while the hub works", backup),
            "the backup; a backup of that name is replaced");
  with_file(care_command(app_, "restore",
                         "put a backup in the place of the store, while no hub runs; the store is "
                         "moved aside",
                         restore),
            "the backup");
  care_command(
      app_, "doctor",
      "look the store over while no hub runs; 0 sound, 1 something is wrong, 74 it cannot be "
      "trusted",
      doctor)
      ->add_flag("--repair", care.repair,
                 "mend what can be mended without loss, save what can be read of the rest");
  auto& rewind = group("rewind", "a store that is older than it was: what it means, going on");
  care_command(rewind, "show", "whether the store went back in time, and why", rewind_show);
  care_command(rewind, "accept", "it is as it is: send changes as ever", rewind_accept)
      ->add_option("--note", care.note, "why")
      ->required();
  add_personal();
}

void CommandLine::add_personal()
{
  auto& care = options_.care;
  auto& personal = group("personal", "what is held about a person: show, erase, account");
  care_command(personal, "find", "records that have a value in a personal field", personal_find)
      ->add_option("value", care.value, "a name, a number, as it is written")
      ->required();
  const auto of_record = [&](const std::string& name, const std::string& help, auto act) {
    auto* sub = care_command(personal, name, help, act);
    sub->add_option("entity", care.entity, "service_request, ...");
    sub->add_option("key", care.record, "of the record");
    return sub;
  };
  const auto of_person = [&](const std::string& name, const std::string& help, auto act) {
    auto* sub = of_record(name, help, act);
    sub->add_option("--person", care.value,
                    "in place of one record: all that `find` finds by this value");
    return sub;
  };
  add_unmask(
      of_person("export", "everything that is held of one record, or of a person", personal_export),
      care.unmask);
  auto* erase = of_person("erase", "take personal fields out of everything, and keep them out",
                          personal_erase);
  erase->add_flag("--compact", care.compact, "write the store's file anew: clears old remnants");
  erase->add_flag("--yes", care.yes, "with --person: do it; without it the records are shown");
  auto* lift = of_record("lift", "take its personal fields in again", personal_lift);
  for (const auto* name : {"entity", "key"})
    lift->get_option(name)->required();
  for (auto* sub : {erase, lift})
    sub->add_option("--note", care.note, "why")->required();
  care_command(personal, "removals", "what was removed, how much, by which rule", personal_removals)
      ->add_option("-n,--limit", care.limit, "how many");
}

} // namespace gramsetu::commands
