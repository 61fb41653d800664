// Routes: what the hub holds about a person, record by record or all that are found; its erasure.
#include "daemon/api/personal_json.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/erase.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/runtime/personal.hpp"

#include <array>
#include <set>
#include <utility>

namespace gramsetu::api {

namespace {

using schema::Value;

Result<Response> get_personal(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  TRY(auto body, personal_json(call, *entity, call.parts[1]));
  return json_response(std::move(body));
}

// The personal fields that have the value; the value itself is not said again.
void find_in(const store::RecordRow& row, const std::vector<std::string>& fields,
             const std::string& value, schema::List& found)
{
  const auto record = stored_json(row.body);
  for (const auto& field : fields) {
    const auto* held = record.is_object() ? record.object().find(field) : nullptr;
    if (!held || !held->is_text() || held->text() != value) continue;
    schema::Object json;
    json.append("entity", row.entity);
    json.append("key", row.key);
    json.append("field", field);
    json.append("deleted", row.deleted);
    found.emplace_back(std::move(json));
  }
}

// A page at a time, so that runs are not held up by a look through all records.
Result<void> find_in(Call& call, const schema::Entity& entity, const std::string& value,
                     schema::List& found)
{
  const auto fields = engine::personal_fields(entity);
  // What JSON writes as it is can be looked for before anything is parsed.
  const bool plain = value.find_first_of("\"\\\n\t") == std::string::npos;
  store::RecordQuery query;
  query.entity = entity.name;
  query.with_deleted = true;
  query.limit = engine::kBatchRecords;
  while (!fields.empty()) {
    TRY(const auto rows, records_of(call, query));
    if (rows.empty()) return {};
    query.after_key = rows.back().key;
    for (const auto& row : rows)
      if (!plain || row.body.find(value) != std::string::npos) find_in(row, fields, value, found);
  }
  return {};
}

Result<schema::List> find_everywhere(Call& call)
{
  const auto value = call.text("value");
  if (value.empty()) return fail(ErrorKind::invalid, "there is no value to look for");
  schema::List found;
  for (const auto* entity : call.setup->entities().all())
    TRY_VOID(find_in(call, *entity, value, found));
  return found;
}

Result<Response> post_find(Call& call)
{
  TRY(auto found, find_everywhere(call));
  call.hub.log().event(Event::admin_action, "records were looked for by a personal value",
                       {{"by", call.request.actor}, {"found", std::to_string(found.size())}});
  schema::Object answer;
  answer.append("found", std::move(found));
  return json_response(std::move(answer));
}

// All that is held of a person, by a value of theirs: each record as it is exported alone.
Result<Response> post_export(Call& call)
{
  TRY(auto found, find_everywhere(call));
  schema::List records;
  std::set<std::pair<std::string, std::string>> seen; // it may stand in several fields of one
  for (const auto& item : found) {
    const auto& key = item.object().find("key")->text();
    TRY(const auto* entity, entity_of(call, item.object().find("entity")->text()));
    if (!seen.emplace(entity->name, key).second) continue;
    auto record = personal_json(call, *entity, key);
    if (!record && record.error().kind == ErrorKind::not_found) continue; // gone meanwhile
    if (!record) return tl::unexpected(record.error());
    records.emplace_back(std::move(*record));
  }
  schema::Object answer;
  answer.append("found", std::move(found));
  answer.append("records", std::move(records));
  return json_response(std::move(answer));
}

bool is_compact(const Call& call)
{
  const auto* compact = call.body.find("compact");
  return compact && *compact == Value(true);
}

runtime::PersonalOrder order_of(const Call& call)
{
  return {call.parts[0], call.parts[1], call.request.actor, call.text("note"), is_compact(call)};
}

// Those records and no others: whoever asks has seen them. One that cannot be erased now holds up none.
Result<Response> post_erase_all(Call& call)
{
  schema::List erased, left;
  const auto& records = call.body.find("records")->list();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& record = records[i].object();
    const bool last = i + 1 == records.size(); // written anew once, at the end
    const runtime::PersonalOrder order{record.find("entity")->text(), record.find("key")->text(),
                                       call.request.actor, call.text("note"),
                                       last && is_compact(call)};
    auto done = runtime::erase_personal(call.hub, order);
    if (done) {
      erased.emplace_back(std::move(*done));
      continue;
    }
    if (done.error().kind == ErrorKind::corrupt) return tl::unexpected(done.error());
    schema::Object json;
    json.append("entity", order.entity);
    json.append("key", order.key);
    json.append("why", done.error().what);
    left.emplace_back(std::move(json));
  }
  schema::Object answer;
  answer.append("erased", std::move(erased));
  answer.append("left", std::move(left));
  return json_response(std::move(answer));
}

Result<Response> post_erase(Call& call)
{
  TRY(auto erased, runtime::erase_personal(call.hub, order_of(call)));
  return json_response(std::move(erased));
}

Result<Response> post_lift(Call& call)
{
  TRY_VOID(runtime::lift_personal(call.hub, order_of(call)));
  schema::Object body;
  body.append("lifted", true);
  return json_response(std::move(body));
}

Result<Response> get_removals(Call& call)
{
  TRY(const auto after, number_of(call, "after", 0));
  TRY(const auto limit, limit_of(call, 100, 1000));
  std::vector<store::RemovalRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, store::removals(tx, after, limit));
    return {};
  }));
  schema::List list;
  for (const auto& row : rows) {
    schema::Object json;
    json.append("id", row.id);
    json.append("at", time_value(row.at));
    json.append("kind", row.kind);
    json.append("entity", row.entity);
    json.append("key", row.key);
    json.append("rule", row.rule);
    json.append("removed", stored_json(row.counts));
    json.append("before", time_value(row.before));
    json.append("by", row.by);
    json.append("note", row.note);
    list.emplace_back(std::move(json));
  }
  schema::Object body;
  body.append("removals", std::move(list));
  body.append("after", rows.empty() ? after : rows.back().id);
  return json_response(std::move(body));
}

} // namespace

std::span<const Route> personal_routes()
{
  static constexpr std::array rows = {
      Route{.method = "POST",
            .pattern = "/api/v1/personal/find",
            .role = Role::admin,
            .parameters = "",
            .answer = post_find,
            .summary = "Records that have a value in a personal field",
            .takes = "{value: text}",
            .gives = "{found: [{entity, key, field, deleted: flag}]}"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/export",
            .role = Role::admin,
            .parameters = "unmask",
            .answer = post_export,
            .summary =
                "Everything that is held of the records that have a value in a personal field",
            .takes = "{value: text}",
            .gives = "{found: [{entity, key, field, deleted: flag}], records: [object]}"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/erase",
            .role = Role::admin,
            .parameters = "",
            .answer = post_erase_all,
            .summary =
                "Take the personal fields of these records out of everything, and keep them out",
            .takes = "{records: [{entity, key}], note: text, compact~: flag}",
            .gives = "{erased: [{entity, key, fields: [text], erased: object}], "
                     "left: [{entity, key, why}]}"},
      Route{.method = "GET",
            .pattern = "/api/v1/personal/{entity}/{key}",
            .role = Role::admin,
            .parameters = "unmask",
            .answer = get_personal,
            .summary = "Everything that is held of one record",
            .gives = "object",
            .errors = "404"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/{entity}/{key}/erase",
            .role = Role::admin,
            .parameters = "",
            .answer = post_erase,
            .summary = "Take its personal fields out of everything, and keep them out",
            .takes = "{note: text, compact~: flag}",
            .gives = "{entity, key, fields: [text], erased: object}",
            .errors = "404 412 502"},
      Route{.method = "POST",
            .pattern = "/api/v1/personal/{entity}/{key}/lift",
            .role = Role::admin,
            .parameters = "",
            .answer = post_lift,
            .summary = "Take its personal fields in again",
            .takes = "{note: text}",
            .gives = "{lifted: flag}",
            .errors = "404 412"},
      Route{.method = "GET",
            .pattern = "/api/v1/removals",
            .role = Role::viewer,
            .parameters = "after:number limit:1000",
            .answer = get_removals,
            .summary = "What was removed, how much, and by which rule",
            .gives = "{removals: [Removal], after: integer}"},
  };
  return rows;
}

} // namespace gramsetu::api
