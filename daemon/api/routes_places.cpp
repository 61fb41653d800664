// Routes: what places were and are, what waits for one, and counts of records by place.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/places/rollup.hpp"
#include "schema/node_reader.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

using engine::PlaceName;
using engine::PlaceVersion;

Result<const schema::Entity*> kind_of(const Call& call, const std::string& name)
{
  TRY(const auto* entity, entity_of(call, name));
  if (entity->versions) return entity;
  std::vector<std::string> kinds;
  for (const auto* each : call.setup->entities().all())
    if (each->versions) kinds.push_back(each->name);
  return fail(ErrorKind::invalid,
              fmt::format("a {} is no kind of place; one of: {}", name, schema::join(kinds)));
}

schema::Object version_json(const schema::Entity& kind, const PlaceVersion& version,
                            const PlaceVersion* before)
{
  schema::Object json, names, parents;
  for (const auto index : kind.versions->names)
    names.append(kind.fields[index].name, version.text(kind.fields[index].name));
  schema::List became;
  for (const auto index : kind.versions->parents) {
    const auto& parent = kind.fields[index].name;
    if (!version.text(parent).empty()) parents.append(parent, version.text(parent));
  }
  if (before) {
    const auto& name = kind.fields[kind.versions->names.front()].name;
    if (engine::is_rename(before->text(name), version.text(name))) became.emplace_back("rename");
    for (const auto index : kind.versions->parents) {
      const auto& parent = kind.fields[index].name;
      if (before->text(parent).empty() || before->text(parent) == version.text(parent)) continue;
      became.emplace_back("reparent");
      break;
    }
  }
  json.append("version", engine::number_of(version));
  json.append("listing", version.listing);
  json.append("from", version.from);
  json.append("until", version.until);
  json.append("names", std::move(names));
  json.append("parents", std::move(parents));
  json.append("became", std::move(became));
  json.append("corrected", version.corrected);
  json.append("ended", version.ended);
  return json;
}

schema::List versions_json(const schema::Entity& kind, const engine::History& history)
{
  schema::List versions;
  const PlaceVersion* before = nullptr;
  for (const auto& version : history) {
    if (before && before->listing != version.listing) before = nullptr;
    versions.emplace_back(version_json(kind, version, before));
    before = &version;
  }
  return versions;
}

schema::Object succession_json(const PlaceName& place, const store::SuccessionRow& row,
                               std::string_view extent)
{
  schema::Object json;
  json.append("kind", place.kind);
  json.append("code", place.code);
  json.append("extent", extent);
  json.append("cause", row.cause);
  json.append("effective_date", row.effective);
  json.append("order_number", row.order);
  json.append("order_date", row.order_date);
  json.append("said_by", row.source);
  return json;
}

// What it replaced, what replaced it, and what it is today.
Result<void> add_successions(store::Tx& tx, const PlaceName& place, std::string_view today,
                             schema::Object& json)
{
  engine::Atlas atlas;
  atlas.use(tx);
  const engine::LookUp look_up = [&](const PlaceName& name) { return atlas.look_up(name); };
  TRY(const auto* facts, look_up(place));
  schema::List replaces, replaced_by, now;
  TRY(const auto before, tx.predecessors(place.kind, place.code));
  for (const auto& row : before)
    replaces.emplace_back(succession_json({row.from_kind, row.from_code}, row, row.extent));
  const auto successors = engine::successors_of(place, facts->successors);
  for (const auto& row : facts->successors) {
    const PlaceName to{row.to_kind, row.to_code};
    for (const auto& successor : successors)
      if (successor.place == to)
        replaced_by.emplace_back(
            succession_json(to, row, engine::is_whole(successor, *facts) ? "full" : "part"));
  }
  TRY(const auto heirs, engine::heirs_of(place, "", today, look_up));
  for (const auto& heir : heirs)
    now.emplace_back(heir.kind == place.kind ? heir.code : heir.kind + " " + heir.code);
  json.append("replaces", std::move(replaces));
  json.append("replaced_by", std::move(replaced_by));
  json.append("today", std::move(now));
  return {};
}

// How many records name the code as the place that they belong to.
Result<schema::Object> referring(const Call& call, store::Tx& tx, const PlaceName& place)
{
  schema::Object counts;
  for (const auto* entity : call.setup->entities().all()) {
    if (!entity->place || entity->fields[*entity->place].code_kind != place.kind ||
        entity->name == place.kind)
      continue;
    TRY(const auto count, tx.count_of_place(entity->name, place.code));
    if (count > 0) counts.append(entity->name, static_cast<std::int64_t>(count));
  }
  return counts;
}

Result<Response> get_place(Call& call)
{
  TRY(const auto* kind, kind_of(call, call.parts[0]));
  const PlaceName place{kind->name, call.parts[1]};
  const auto today = engine::day_of(call.hub.clock().now());
  schema::Object json;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.places(place.kind, place.code));
    TRY(const auto history, engine::history_of(rows));
    json.append("kind", place.kind);
    json.append("code", place.code);
    json.append("versions", versions_json(*kind, history));
    TRY_VOID(add_successions(tx, place, today, json));
    TRY(auto counts, referring(call, tx, place));
    const bool known = !history.empty() || !json.find("replaces")->list().empty() ||
                       !json.find("replaced_by")->list().empty();
    json.append("records", std::move(counts));
    if (known) return {};
    return fail(ErrorKind::not_found,
                fmt::format("the directory has not brought a {} {}; 'gramsetu places unresolved' "
                            "lists what waits for one",
                            place.kind, place.code));
  }));
  return json_response(std::move(json));
}

Result<Response> get_unresolved(Call& call)
{
  TRY(const auto limit, limit_of(call, 100, 1000));
  TRY(const auto after, read_cursor(call.query("cursor")));
  std::vector<store::AwaitedRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.awaited("", after, limit));
    return {};
  }));
  schema::List waiting;
  for (const auto& row : rows) {
    const auto kind = row.waits_for.substr(0, row.waits_for.find('/'));
    const auto* entity = call.setup->entities().find(kind);
    if (!entity || !entity->versions) continue; // it waits for something else
    schema::Object json;
    json.append("kind", kind);
    json.append("code", row.waits_for.substr(kind.size() + 1));
    json.append("records", static_cast<std::int64_t>(row.records));
    json.append("since", time_value(row.since));
    schema::List examples;
    for (const auto& example : row.examples)
      examples.emplace_back(example);
    json.append("examples", std::move(examples));
    waiting.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("unresolved", std::move(waiting));
  body.append("next", rows.size() == limit ? schema::Value(write_cursor(rows.back().waits_for))
                                           : schema::Value(schema::Null{}));
  return json_response(std::move(body));
}

// A count by a personal value would show who there is.
Result<void> check_open(const Call& call, const schema::Entity& entity,
                        const engine::Grouping& grouping)
{
  for (const auto field : {grouping.field, grouping.sum})
    if (field && is_masked(entity.fields[*field]) && !call.unmasked)
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' is personal or financial; say with 'unmask' why it is counted",
                              entity.fields[*field].name));
  return {};
}

Result<Response> get_counts(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  engine::CountOptions options{call.query("by"), call.query("sum"), false};
  options.as_is = call.query("as") == "is";
  const auto& entities = call.setup->entities();
  TRY(const auto grouping, engine::grouping_of(*entity, entities, options));
  TRY_VOID(check_open(call, *entity, grouping));
  TRY(const auto counted,
      engine::count_records(*entity, entities, options, call.hub.engine_services()));
  const auto row = [&](const engine::Group& group) {
    schema::Object json;
    json.append("group", group.label);
    json.append("name", group.name);
    json.append("records", group.records);
    if (grouping.sum) json.append("sum", group.sum);
    return json;
  };
  schema::List groups;
  for (const auto& group : counted.groups)
    if (!options.by.empty()) groups.emplace_back(row(group));
  schema::Object body;
  body.append("entity", entity->name);
  body.append("by", options.by);
  body.append("as", options.as_is ? "is" : "was");
  const bool money = grouping.sum && entity->fields[*grouping.sum].type == schema::FieldType::money;
  body.append("unit", money ? schema::Value("paise") : schema::Value(schema::Null{}));
  body.append("groups", std::move(groups));
  body.append("total", row(counted.total));
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> place_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/places/unresolved",
            .role = Role::viewer,
            .parameters = "limit:1000 cursor",
            .answer = get_unresolved,
            .summary =
                "Codes that the directory has not brought, and how many records wait for each",
            .gives = "{unresolved: [{kind, code, records: integer, since: time~, examples: "
                     "[text]}], next: text~}"},
      Route{.method = "GET",
            .pattern = "/api/v1/places/{kind}/{code}",
            .role = Role::viewer,
            .parameters = "",
            .answer = get_place,
            .summary = "What a place was and is: versions, successions, records that name it",
            .gives = "Place"},
      Route{.method = "GET",
            .pattern = "/api/v1/counts/{entity}",
            .role = Role::viewer,
            .parameters = "by sum as:was|is unmask",
            .answer = get_counts,
            .summary = "Records counted and summed by place or field; as=was or as=is",
            .gives = "{entity, by, as: was|is, unit: text~, groups: [CountRow], total: CountRow}"},
  };
  return rows;
}

} // namespace gramsetu::api
