// The tables of the operator's file, from the leaves to the whole.
#include "config/options.hpp"

#include "config/options_backup.hpp"
#include "config/options_store.hpp"

#include <algorithm>

namespace gramsetu::config {

namespace {

const Table kArea{{
    {.name = "state",
     .kind = Kind::code,
     .help = "LGD code of the state; records that name another one go to quarantine",
     .example = "19"},
    {.name = "district",
     .kind = Kind::code,
     .help = "LGD code of the district; records that name another one go to quarantine",
     .example = "309"},
}};

const Table kHub{{
    {.name = "name",
     .kind = Kind::name,
     .help = "What the hub is called in logs, metrics and idempotency keys; keep it once it is in "
             "use",
     .required = true,
     .example = "jalpaiguri"},
    {.name = "area", .kind = Kind::block, .help = "What the hub is for", .members = &kArea},
    {.name = "timezone",
     .kind = Kind::choice,
     .help = "Of cron, windows and log lines; India's unless a hub stands elsewhere",
     .default_text = "Asia/Kolkata",
     .choices = {"Asia/Kolkata", "UTC"}},
    {.name = "clock_doubt",
     .kind = Kind::duration,
     .help = "How far the hub's own clock may be off, for what is entered here; two seconds, for a "
             "clock that is kept by NTP",
     .default_text = "2s",
     .max = "1d"},
}};

const Table kLimit{{
    {.name = "share", .kind = Kind::percent, .help = "Of the slice's records", .example = "5%"},
    {.name = "records", .kind = Kind::integer, .help = "So many", .example = "200"},
}};

const Table kRails{{
    {.name = "max_deletes",
     .kind = Kind::limit,
     .help = "What one run may delete of a slice; more than one record in twenty is rarely meant",
     .default_text = "5%",
     .max = "100%"},
    {.name = "max_changes",
     .kind = Kind::limit,
     .help = "What one run may change of a slice; half a slice is a migration, and somebody should "
             "know",
     .default_text = "50%",
     .max = "100%"},
    {.name = "max_creates",
     .kind = Kind::limit,
     .help =
         "What one run may add to a slice that has records already; generous, because camps and "
         "month ends bring many at once, and meant for a source that has begun to call every "
         "record by another name",
     .default_text = "10000"},
    {.name = "at_least",
     .kind = Kind::integer,
     .help = "A share is never hit by so few records; small villages have small slices",
     .default_text = "20",
     .min = "0",
     .max = "1000000"},
    {.name = "empty_source",
     .kind = Kind::choice,
     .help =
         "When a slice that had records comes back empty and they would be deleted; hold, because "
         "it is mostly a broken portal",
     .default_text = "hold",
     .choices = {"hold", "allow"}},
    {.name = "sudden_drop",
     .kind = Kind::percent,
     .help =
         "By how much a slice that is read whole may be shorter than the last time, also where no "
         "record is deleted for it; lists grow, and one that lost a fifth was cut, or we lost a "
         "right. 100% allows any",
     .default_text = "20%",
     .max = "100%"},
    {.name = "null_rate",
     .kind = Kind::percent,
     .help = "In how many more of a slice's records one run may leave a field blank; a column that "
             "empties is a change of the source's form, not of the villages. 100% allows any",
     .default_text = "10%",
     .max = "100%"},
    {.name = "second_approver_above",
     .kind = Kind::integer,
     .help = "A held run that would change more records than this is released by two people; a "
             "thousand are a block's worth, and one pair of eyes is not enough",
     .default_text = "1000",
     .min = "0"},
    {.name = "second_approver_for_money",
     .kind = Kind::flag,
     .help =
         "A conflict about a field of money, and a write of money without an answer, are settled "
         "by two people who decide the same; a flow may ask for it, and not do without where "
         "the hub asks",
     .default_text = "false"},
}};

// A flow's own rails: what it does not say is the hub's, so nothing has a default.
Table of_one_flow(Table rails)
{
  for (auto& option : rails.options)
    option.default_text = {};
  return rails;
}
const Table kFlowRails = of_one_flow(kRails);

const Table kFlow{{
    {.name = "direction",
     .kind = Kind::choice,
     .help = "pull: from the endpoint to the hub; push: the other way; both: either side may "
             "change a record",
     .required = true,
     .choices = {"pull", "push", "both"}},
    {.name = "every",
     .kind = Kind::duration,
     .help = "Time from one start to the next; either this or cron",
     .min = "1s",
     .max = "366d",
     .example = "15m"},
    {.name = "cron",
     .kind = Kind::cron,
     .help = "Minute, hour, day, month, weekday in the hub's time zone; either this or every",
     .example = "\"30 2 * * *\""},
    {.name = "window",
     .kind = Kind::window,
     .help = "Times of day in which it may start; may go over midnight",
     .example = "\"20:00-06:00\""},
    {.name = "jitter",
     .kind = Kind::duration,
     .help = "A random delay up to this before each start, so that hubs do not all call at once",
     .default_text = "0s",
     .max = "1d"},
    {.name = "lookback",
     .kind = Kind::duration,
     .help = "How far behind its cursor a pull reads again; ten minutes for records that were "
             "stamped before they could be seen. Longer where systems deliver late",
     .default_text = "10m",
     .max = "366d"},
    {.name = "stream",
     .help = "Which stream of the manifest, where it has several for the entity; the first "
             "unless stated",
     .example = "vouchers"},
    {.name = "rails",
     .kind = Kind::block,
     .help = "Rails of this flow alone; what is not written here is as for the whole hub",
     .members = &kFlowRails},
}};

const Table kConflicts{{
    {.name = "default",
     .kind = Kind::rule,
     .help = "For every field without a rule of its own",
     .example = "newest"},
    {.name = "fields",
     .kind = Kind::rules,
     .help = "Field by field",
     .example = "{ status: { owner: csc }, remarks: manual }"},
}};

const Table kRetention{{
    {.name = "log",
     .kind = Kind::duration,
     .help = "Runs and their log; CERT-In asks for 180 days, auditors for a year",
     .default_text = "365d",
     .min = "1d"},
    {.name = "audit",
     .kind = Kind::duration,
     .help = "The audit log, file by file; CERT-In asks for 180 days, and less is refused; DPDP's "
             "rules and auditors ask for a year",
     .default_text = "365d",
     .min = "180d"},
    {.name = "change_log",
     .kind = Kind::duration,
     .help = "Every superseded value; three years cover an audit cycle",
     .default_text = "3y",
     .min = "1d"},
    {.name = "tombstones",
     .kind = Kind::duration,
     .help = "How long a delete is remembered; must exceed the longest outage of any endpoint, or "
             "stale data brings records back",
     .default_text = "1y",
     .min = "30d"},
    {.name = "quarantine",
     .kind = Kind::duration,
     .help = "How long a record that could not be used waits for a person; half a year covers "
             "a season of corrections",
     .default_text = "180d",
     .min = "1d"},
}};

const Table kLog{{
    {.name = "level",
     .kind = Kind::choice,
     .help = "The lowest level that is logged; info says what each run did",
     .default_text = "info",
     .choices = {"debug", "info", "warning", "error"}},
    {.name = "format",
     .kind = Kind::choice,
     .help = "auto: the journal under systemd, text elsewhere",
     .default_text = "auto",
     .choices = {"auto", "text", "json"}},
}};

const Table kFile{{
    {.name = "hub",
     .kind = Kind::block,
     .help = "Who this hub is",
     .required = true,
     .members = &kHub},
    {.name = "store",
     .kind = Kind::block,
     .help = "Where records are kept",
     .members = &store_options()},
    {.name = "endpoints",
     .kind = Kind::blocks,
     .help = "The systems around the hub, each under a name of your choice",
     .members = &endpoint_options(),
     .names = {"endpoint"}},
    {.name = "flows",
     .kind = Kind::blocks,
     .help = "What is kept in step with whom, and when",
     .members = &kFlow,
     .names = {"entity", "endpoint"}},
    {.name = "conflicts",
     .kind = Kind::blocks,
     .help = "Rules for fields that two sides change; they override those that ship with the "
             "entities. A rule is newest, { newest: FIELD }, manual, union, max, min, state, "
             "{ owner: X } or { prefer: [X, Y] }, or a list of guards and one of those, where X is "
             "an endpoint, a role, or issuer, the side that the record came from first; values "
             "entered at the hub have the role local",
     .members = &kConflicts,
     .names = {"entity"}},
    {.name = "rails",
     .kind = Kind::block,
     .help = "What a run may not do without a person",
     .members = &kRails},
    {.name = "retention",
     .kind = Kind::block,
     .help = "How long things are kept",
     .members = &kRetention},
    {.name = "backup",
     .kind = Kind::block,
     .help = "Backups of the store by schedule; none unless written",
     .members = &backup_options()},
    {.name = "audit",
     .kind = Kind::block,
     .help = "The chain of who did what; it is always kept",
     .members = &audit_options()},
    {.name = "api", .kind = Kind::block, .help = "The admin API", .members = &api_options()},
    {.name = "log", .kind = Kind::block, .help = "What is logged, and how", .members = &kLog},
    {.name = "workers",
     .kind = Kind::integer,
     .help = "Runs at the same time; four keep a small machine responsive",
     .default_text = "4",
     .min = "1",
     .max = "64"},
}};

} // namespace

const Option* Table::find(std::string_view name) const
{
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

const Table& limit_options()
{
  return kLimit;
}

const Table& operator_file()
{
  return kFile;
}

std::string_view describe(Kind kind)
{
  switch (kind) {
  case Kind::text: return "a text";
  case Kind::name: return "a name of letters, digits, '-', '_' and '.'";
  case Kind::integer: return "a whole number";
  case Kind::flag: return "true or false";
  case Kind::duration: return "a duration such as 30s, 15m, 2d or 3y";
  case Kind::size: return "a size such as 64KiB or 2MiB";
  case Kind::percent: return "a percentage such as 5%";
  case Kind::limit: return "5%, 200 or { share: 5%, records: 200 }";
  case Kind::choice: return "a word from its list";
  case Kind::code: return "an LGD code: digits without leading zeros";
  case Kind::secret: return "a reference: ${credential:NAME}, ${env:NAME} or ${file:PATH}";
  case Kind::url: return "a URL: https://host/path";
  case Kind::path: return "a path";
  case Kind::window: return "times of day such as \"20:00-06:00\"";
  case Kind::cron: return "five cron fields such as \"30 2 * * *\"";
  case Kind::listen: return "an address and a port such as 127.0.0.1:8470";
  case Kind::rule: return "a rule such as newest or { owner: csc }";
  case Kind::rules: return "rules by field";
  case Kind::connector: return "a manifest's name, its file, or the manifest itself";
  case Kind::options: return "a map of options";
  case Kind::block: return "a block";
  case Kind::blocks: return "blocks by name";
  }
  return "";
}

} // namespace gramsetu::config
