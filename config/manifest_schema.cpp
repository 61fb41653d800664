// The JSON Schema of manifests, for editors: the frame, the envelope and the mapping, strictly; the words of a
// transport where they are known, and others beside them, which `gramsetu check` knows better.
#include "config/reference.hpp"
#include "config/schema_parts.hpp"
#include "connectors/api/transport.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

namespace gramsetu::config {

using schema::List;
using schema::Object;
using schema::Value;

namespace {

constexpr std::string_view kShapes =
    "^(text|integer|decimal|boolean|rupees|lakh|crore|paise|date|timestamp|financial_year|list|"
    "object|"
    "lgd\\.(state|district|subdistrict|block|village|local_body))$";

// One key of a block: its name, what it may be, and what it is for.
struct Key {
  std::string_view name;
  Object value;
  std::string_view help;
};

Object block(const std::vector<Key>& keys, bool strict,
             const std::vector<std::string_view>& needed = {})
{
  Object properties;
  for (const Key& key : keys) {
    Object value = key.value;
    if (!key.help.empty()) value.set("description", key.help);
    properties.append(std::string(key.name), std::move(value));
  }
  Object made = json_object({{"type", "object"}, {"properties", std::move(properties)}});
  if (strict) made.append("additionalProperties", false);
  if (needed.empty()) return made;
  List required;
  for (const std::string_view name : needed)
    required.emplace_back(name);
  made.append("required", std::move(required));
  return made;
}

Object map_of(Object value)
{
  return json_object({{"type", "object"}, {"additionalProperties", std::move(value)}});
}

Object list_of(Object value)
{
  return json_object({{"type", "array"}, {"items", std::move(value)}});
}

Object text()
{
  return json_object({{"type", "string"}});
}

Object scalar()
{
  return json_object({{"type", List{"string", "number", "boolean"}}});
}

Object one_or_list(const Object& value)
{
  return json_any_of({value, list_of(value)});
}

Object flag()
{
  return json_object({{"type", "boolean"}});
}

Object whole(std::int64_t least)
{
  return json_object({{"type", "integer"}, {"minimum", least}});
}

Object field()
{
  return block(
      {{"from", one_or_list(text()),
        "Where it stands at the endpoint; of several the first that is there"},
       {"as", json_pattern(kShapes), "What it is there, where the field's type does not say"},
       {"format", text(), "Of dates, times and years: dd/MM/yyyy, iso, epoch_ms, 2025-26, ..."},
       {"zone", json_pattern("^(Z|[+-][0-9]{2}:[0-9]{2})$"), "Of times that name none"},
       {"values", map_of(scalar()), "Remote words to canonical ones"},
       {"blank", one_or_list(scalar()), "Remote texts that mean \"empty\""},
       {"each", map_of(json_any_of({text(), json_defined("field")})),
        "Of a list of objects: a mapping of the items"},
       {"default", scalar(), "When the remote says nothing"},
       {"const", scalar(), "What is always written, and never read"},
       {"pull_only", flag(), "Only read"},
       {"push_only", flag(), "Only written"},
       {"samples", json_object({{"type", "array"}}),
        "Remote values that the check maps there and back"},
       {"trim", flag(), "Outer blanks are no part of the value"},
       {"unit", text(), "A prefix or suffix to strip"}},
      true);
}

Object slices()
{
  return map_of(json_any_of(
      {json_words({"hub.state", "hub.district", "hub.area", "children", "current"}),
       json_object({{"type", "array"}, {"items", scalar()}, {"minItems", 1}}),
       block({{"children", text(), "An entity: one slice for each record of it in the hub's area"}},
             true, {"children"}),
       block({{"back", whole(0), "This financial year, and so many before"}}, true, {"back"})}));
}

Object request()
{
  return json_any_of(
      {text(), block({{"method", json_words({"GET", "POST", "PUT", "PATCH", "DELETE"}), ""},
                      {"path", json_pattern("^/[^?# ]*$"), "From the endpoint's url on"},
                      {"query", map_of(scalar()), ""},
                      {"headers", map_of(scalar()), ""},
                      {"form", map_of(scalar()), ""}},
                     false)});
}

Object attachment()
{
  return block({{"field", text(), "Pointer: the document as base64, and what is known of it"},
                {"answer", flag(), "http: it is the whole answer"},
                {"url", text(), "http, pointer: where its address stands"},
                {"request", Object(), "http: how it is asked for, as in pull"},
                {"hosts", list_of(text()), "http: whom else an address may name"},
                {"digest", text(), "Pointer: its SHA-256 as it is stated, in hex"},
                {"type", text(), "Its media type, or a pointer"},
                {"max", text(), "10MiB"}},
               true, {"field", "type"});
}

std::vector<Key> envelope()
{
  const Object pointer = json_any_of({text(), block({{"field", text(), ""}}, true, {"field"})});
  return {{"id", pointer, "The endpoint's own identity of a record; without it the hub's key"},
          {"version", pointer, "A row version, or the word etag"},
          {"modified",
           json_any_of(
               {text(), block({{"field", text(), ""}, {"format", text(), ""}, {"zone", text(), ""}},
                              true, {"field"})}),
           "When it last changed"},
          {"cursor",
           json_any_of({text(), block({{"field", text(), ""},
                                       {"type", json_words({"timestamp", "integer", "text"}), ""},
                                       {"param", text(), ""},
                                       {"format", text(), ""}},
                                      false, {"field"})}),
           "What an incremental pull goes by"},
          {"deletes",
           json_any_of({json_words({"never", "snapshot"}),
                        block({{"field", text(), ""}, {"values", one_or_list(scalar()), ""}}, true,
                              {"field"}),
                        block({{"snapshot", flag(), ""}, {"absences", whole(1), ""}}, true)}),
           "A mark of the record; or what complete slices no longer hold; or never"},
          {"attachment", one_or_list(attachment()), "A document that is kept beside the store"}};
}

Object pull()
{
  auto keys = envelope();
  keys.push_back({"request", request(), "http: how a page is asked for"});
  keys.push_back(
      {"records", text(), "http: pointer to the list; left out when the answer is the list"});
  keys.push_back({"pages",
                  block({{"by",
                          json_words({"none", "offset", "page", "cursor", "next_link", "odata",
                                      "link_header"}),
                          "How the next page is asked for"},
                         {"size", scalar(), "Records a page"},
                         {"least", scalar(),
                          "Records that a page may shrink to on a line that breaks or is slow"},
                         {"slow", scalar(), "A page that took longer is asked for smaller: 30s"}},
                        false),
                  "http: walking the pages of a slice"});
  keys.push_back({"add", map_of(scalar()), "http: what every record is given"});
  keys.push_back({"only", map_of(scalar()), "http: which records of the list are meant"});
  keys.push_back({"path", json_pattern("^[^/]"), "files: in the endpoint's folder; * for several"});
  return block(keys, false);
}

Object push()
{
  return block(
      {{"create", request(), "http"},
       {"update", request(), "http"},
       {"delete", request(), "http"},
       {"idempotency", json_object({{"type", "object"}}), "http: where the key of a write goes"},
       {"probe", json_object({}), "http: how one record is looked at"},
       {"bulk", json_object({{"type", "object"}}), "http: many in one request"},
       {"path", text(), "files: holds {key}"}},
      false);
}

// The words of one stream, or of `each`, which is for all of them: only there the entity may be left out.
Object stream(bool shared)
{
  const Object nothing = json_object({{"type", "null"}});
  auto keys = envelope();
  keys.insert(
      keys.begin(),
      {{"entity", text(), "What the hub calls its records"},
       {"slices", slices(), "Parts that are read and completed as one"},
       {"pull", json_any_of({pull(), nothing}), "How it is read"},
       {"push", json_any_of({push(), nothing}),
        "How it is written; without it the stream is read only"},
       {"fields",
        json_any_of(
            {map_of(json_any_of({text(), json_defined("field")})), json_words({"canonical"})}),
        "canonical: remote; without it the names are the hub's own, and with the word canonical "
        "its forms, too"}});
  return shared ? block(keys, true) : block(keys, true, {"entity"});
}

Object rules()
{
  return list_of(block(
      {{"status",
        one_or_list(json_object({{"type", "integer"}, {"minimum", 100}, {"maximum", 599}})), ""},
       {"body", text(), "Pieces of the answer, with * between them"},
       {"action",
        json_words({"empty", "throttled", "retry", "fail", "refuse", "unauthorized", "moved",
                    "not_found"}),
        "What it means"}},
      false, {"action"}));
}

Object option()
{
  return block({{"type", json_words({"integer", "text", "flag", "duration"}), ""},
                {"default", scalar(), ""},
                {"min", json_object({{"type", "integer"}}), ""},
                {"max", json_object({{"type", "integer"}}), ""},
                {"help", text(), ""}},
               true, {"type"});
}

} // namespace

std::string manifest_schema()
{
  std::vector<std::string_view> transports;
  for (const auto& type : connectors::builtin_transports())
    transports.push_back(type.name);
  Object streams = map_of(stream(false));
  streams.append("minProperties", 1);
  const Object whole_file =
      block({{"connector", json_pattern("^[A-Za-z0-9._-]+$"), "Its name"},
             {"title", text(), "For people"},
             {"role", json_words({"directory", "central", "state", "csc", "local", "peer"}),
              "What merge rules may name"},
             {"transport", json_words(transports), "How it is talked to"},
             {"notes", text(), "What an operator must know"},
             {"options", map_of(option()), "What an operator may set; written as {options.NAME}"},
             {"errors", rules(), "What failed answers mean; the first that fits"},
             {"each", stream(true), "What all streams say alike; {stream} and {entity} are theirs"},
             {"streams", std::move(streams), "Kinds of records"}},
            false, {"transport", "streams"});
  Object root = json_object({{"$schema", "http://json-schema.org/draft-07/schema#"},
                             {"title", "A manifest of GramSetu"}});
  for (const auto& member : whole_file.members())
    root.append(member.name, member.value);
  root.append("definitions", json_object({{"field", field()}}));
  return schema::to_pretty_json(root) + "\n";
}

} // namespace gramsetu::config
