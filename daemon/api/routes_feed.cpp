// Routes: records as they are now, in the order in which they last changed. What other hubs and applications
// follow: whoever has read to the end, and goes on from there, misses nothing, deletes included, for as long as
// a tombstone lives.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

// The record's fields, and what is known about it under names that no field can have.
Result<schema::Object> item_json(const Call& call, const schema::Entity& entity,
                                 const store::RecordRow& row)
{
  TRY(auto body, schema::parse_json(row.body));
  if (!call.unmasked) body = masked(entity, std::move(body));
  if (!body.is_object())
    return fail(ErrorKind::corrupt, fmt::format("stored {} {} is no object", row.entity, row.key));
  schema::Object json = std::move(body.object());
  json.append("_key", row.key);
  json.append("_revision", row.revision);
  json.append("_sequence", row.sequence);
  json.append("_changed_at", time_value(row.changed_at));
  json.append("_deleted", row.deleted);
  return json;
}

// `after` is where a reader was when it last had everything; `page` is where its reading stands.
Result<Response> get_feed(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  TRY(const auto after, number_of(call, "after", 0));
  store::RecordQuery query;
  query.entity = entity->name;
  query.with_deleted = true;
  TRY(query.after_sequence, number_of(call, "page", after));
  TRY(query.limit, limit_of(call, 200, 1000));
  TRY(const auto rows, records_of(call, query));
  schema::List records;
  for (const auto& row : rows) {
    TRY(auto item, item_json(call, *entity, row));
    records.emplace_back(std::move(item));
  }
  schema::Object body;
  body.append("records", std::move(records));
  body.append("next", rows.size() == query.limit ? schema::Value(rows.back().sequence)
                                                 : schema::Value(schema::Null{}));
  return json_response(std::move(body));
}

Result<Response> get_item(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  TRY(const auto row, record_of(call, *entity, call.parts[1]));
  TRY(auto item, item_json(call, *entity, row));
  return json_response(std::move(item));
}

} // namespace

std::span<const Route> feed_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/feed/{entity}",
            .role = Role::viewer,
            .parameters = "after:number page:number limit:1000 unmask",
            .answer = get_feed,
            .summary = "Records that changed after a sequence number, in the order of change; "
                       "deleted ones, too",
            .apps = true,
            .gives = "{records: [FeedItem], next: integer~}"},
      Route{.method = "GET",
            .pattern = "/api/v1/feed/{entity}/{key}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_item,
            .summary = "One record as the feed has it",
            .apps = true,
            .gives = "FeedItem"},
  };
  return rows;
}

} // namespace gramsetu::api
