// The command line: records, places, what waits for people.
#include "daemon/commands/command_line.hpp"

#include "daemon/commands/attachment.hpp"

namespace gramsetu::commands {

void CommandLine::add_key(CLI::App* sub)
{
  sub->add_option("key", options_.record.key, "its key; parts are joined by /")->required();
}

void CommandLine::add_unmask(CLI::App* sub, std::string& reason)
{
  sub->add_option("--unmask", reason, "show personal values; the reason is logged");
}

void CommandLine::add_edit(CLI::App* sub)
{
  sub->add_option("--revision", options_.record.revision, "only if it is at this revision");
  sub->add_option("--note", options_.record.note, "why");
}

void CommandLine::add_records()
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
  auto* attachment =
      record_command(records, "attachment", "the document that a field names", records_attachment);
  add_key(attachment);
  attachment->add_option("field", options_.record.field, "the field")->required();
  attachment->add_option("-o,--output", options_.record.file,
                         "write it there; - or nothing: standard output");
  add_unmask(attachment, options_.record.unmask);
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

void CommandLine::add_places()
{
  auto& places = group("places", "what places were and are, and what waits for one");
  command(places, "unresolved", "codes that the directory has not brought",
          [](const Options& options) { return places_unresolved(options.common); });
  auto* show = command(places, "show", "versions, successions, records",
                       [](const Options& o) { return places_show(o.common, o.record); });
  show->add_option("kind", options_.record.entity, "local_body, district, ...")->required();
  show->add_option("code", options_.record.key, "its LGD code")->required();
}

void CommandLine::add_listing(CLI::App* sub)
{
  sub->add_flag("--all", options_.queue.all, "settled ones too");
  add_which(sub, "flow", "of this flow");
  add_which(sub, "entity", "of this entity");
  add_which(sub, "key", "of this record");
  add_unmask(sub, options_.queue.unmask);
}

CLI::Option* CommandLine::add_which(CLI::App* sub, const std::string& word, const std::string& help)
{
  return sub->add_option("--" + word, options_.queue.which[word], help);
}

// Which conflicts, besides those of a flow, an entity, a record.
void CommandLine::add_conflict_filters(CLI::App* sub)
{
  add_which(sub, "field", "about this field");
  add_which(sub, "place", "of this place (LGD code)");
  add_which(sub, "rule", "refused by this rule, or by words that begin so");
  add_which(sub, "since", "opened on this day or later");
}

void CommandLine::add_conflicts()
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

void CommandLine::add_quarantine()
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
  auto* discard = queue_command(parked, "discard", "close it without using it", quarantine_discard);
  discard->add_option("id", options_.queue.id, "its number")->required();
  discard->add_option("--note", options_.queue.note, "why")->required();
  discard->add_flag("--yes", options_.queue.yes, "also when others wait for it");
}

} // namespace gramsetu::commands
