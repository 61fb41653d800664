// personal: what is held about one record, its erasure, and the account of removals.
#include "daemon/commands/care.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/requests.hpp"

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

std::string path_of(const CareOptions& options, const std::string& rest = "")
{
  return "/api/v1/personal" + segment(options.entity) + segment(options.record) + rest;
}

} // namespace

int personal_find(const Common& common, const CareOptions& options)
{
  Ask what{"POST", "/api/v1/personal/find", {}, {}, {}};
  what.body.append("value", options.value);
  return ask_and_print(common, what, table("found", {"entity", "key", "field", "deleted"}));
}

// A document for the person that asked, on a terminal too.
int personal_export(const Common& common, const CareOptions& options)
{
  Ask what{"GET", path_of(options), {}, {}, {}};
  if (!options.unmask.empty()) what.query["unmask"] = options.unmask;
  return ask_and_print(common, what, [](const Value& answer, const Times&) { print_json(answer); });
}

int personal_erase(const Common& common, const CareOptions& options)
{
  Ask what{"POST", path_of(options, "/erase"), {}, {}, {}};
  what.body.append("note", options.note);
  if (options.compact) what.body.append("compact", true);
  return ask_and_print(common, what, [](const Value& answer, const Times&) {
    print_pairs(answer);
    std::printf(
        "endpoints keep what they have; it is not taken in again until gramsetu personal lift\n"
        "backups that were made before still hold it\n");
  });
}

int personal_lift(const Common& common, const CareOptions& options)
{
  Ask what{"POST", path_of(options, "/lift"), {}, {}, {}};
  what.body.append("note", options.note);
  return ask_and_print(common, what, [](const Value&, const Times&) {
    std::printf("lifted: what endpoints have is taken in again with their next complete reading\n");
  });
}

int personal_removals(const Common& common, const CareOptions& options)
{
  Ask what{"GET", "/api/v1/removals", {}, {}, {}};
  what.query["limit"] = std::to_string(options.limit);
  return ask_and_print(common, what, [](const Value& answer, const Times& times) {
    print_table(member(answer, "removals"),
                {plain("id"), aged("when", "at", times), plain("kind"), plain("entity"),
                 plain("key"), plain("removed"), plain("rule"), aged("older than", "before", times),
                 plain("by"), plain("note")});
  });
}

} // namespace gramsetu::commands
