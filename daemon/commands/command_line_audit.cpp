// The command line: the audit log, and the filters of the other one.
#include "daemon/commands/audit.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace gramsetu::commands {

namespace {

void add_window(CLI::App& command, AuditOptions& given, bool required)
{
  command.add_option("--from", given.from, "a time, a day, or 2h ago as 2h")->required(required);
  command.add_option("--to", given.till, "before then, likewise; now unless given");
}

} // namespace

void add_audit(CLI::App& group, const MakeCommand& make)
{
  const auto given = std::make_shared<AuditOptions>(); // lives as long as the commands
  auto* list = make(group, "list", "entries, oldest first; the newest ones unless --from",
                    [given](const Common& common) { return audit_list(common, *given); });
  add_window(*list, *given, false);
  list->add_option("--who", given->who, "a user's or a token's name");
  list->add_option("--what", given->what, "conflict.resolve, or conflict for all done to them");
  list->add_option("--object", given->object, "what it was done to");
  list->add_option("-n,--lines", given->limit, "how many")->check(CLI::Range(1, 5000));
  auto* show = make(group, "show", "one entry, with its hash and the one before it",
                    [given](const Common& common) { return audit_show(common, *given); });
  show->add_option("sequence", given->sequence, "its number")->required();
  make(group, "verify", "is the chain whole? 0 yes, 1 no; gramsetu-audit asks nobody",
       audit_verify);
  make(group, "head", "the newest entry, signed: keep it elsewhere", audit_head);
  auto* out = make(group, "export",
                   "one timeline of an incident: who did what, and what the hub did meanwhile",
                   [given](const Common& common) { return audit_export(common, *given); });
  add_window(*out, *given, true);
  out->add_option("-o,--output", given->output, "the file; FILE.sha256 is written beside it")
      ->required();
  out->add_option("--reason", given->reason, "what it is for; stands in the audit log")->required();
}

} // namespace gramsetu::commands
