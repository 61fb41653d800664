// Routes: the hub's own records, read and edited.
#include "base/base64.hpp"
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/local_edit.hpp"
#include "daemon/runtime/attachments.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <array>

namespace gramsetu::api {

namespace {

// Records in one POST: a request of some hundred kilobytes, a transaction each.
constexpr std::size_t kBatchMax = 500;

Result<schema::Object> record_json(const Call& call, const schema::Entity& entity,
                                   const store::RecordRow& row)
{
  TRY(auto body, schema::parse_json(row.body));
  schema::Object json;
  json.append("key", row.key);
  json.append("revision", row.revision);
  json.append("deleted", row.deleted);
  json.append("place", row.place);
  json.append("changed_at", time_value(row.changed_at));
  json.append("record", call.unmasked ? std::move(body) : masked(entity, std::move(body)));
  return json;
}

Result<Response> get_records(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  store::RecordQuery query;
  query.entity = entity->name;
  query.place = call.query("place");
  query.with_deleted = call.query("deleted") == "true";
  TRY(query.limit, limit_of(call, 100, 1000));
  TRY(query.after_key, read_cursor(call.query("cursor")));
  TRY(const auto rows, records_of(call, query));
  schema::List records;
  for (const auto& row : rows) {
    TRY(auto record, record_json(call, *entity, row));
    records.emplace_back(std::move(record));
  }
  schema::Object body;
  body.append("records", std::move(records));
  body.append("next", rows.size() == query.limit ? schema::Value(write_cursor(rows.back().key))
                                                 : schema::Value(schema::Null{}));
  return json_response(std::move(body));
}

Result<Response> show_record(Call& call, const schema::Entity& entity, const std::string& key)
{
  TRY(const auto row, record_of(call, entity, key));
  TRY(auto json, record_json(call, entity, row));
  auto response = json_response(std::move(json));
  response.headers["etag"] = fmt::format("\"{}\"", row.revision);
  return response;
}

Result<Response> get_record(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  return show_record(call, *entity, call.parts[1]);
}

// If-Match: "12". Any revision when the header is missing or a star.
Result<std::optional<std::int64_t>> expected_revision(const Call& call)
{
  const auto found = call.request.headers.find("if-match");
  if (found == call.request.headers.end() || found->second == "*") return std::nullopt;
  std::string_view tag = found->second;
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
    tag = tag.substr(1, tag.size() - 2);
  const auto revision = schema::read_integer(tag);
  if (!revision)
    return fail(ErrorKind::invalid, fmt::format("If-Match is a revision, not '{}'", found->second));
  return revision;
}

Result<engine::LocalEdit> edit_of(Call& call, const schema::Entity& entity, schema::Value document)
{
  drop_masks(entity, document.object());
  engine::LocalEdit edit;
  TRY(edit.record, schema::read_fields(entity, document));
  edit.actor = call.request.actor;
  edit.note = call.query("note");
  return edit;
}

Result<engine::Edited> carry_out(Call& call, const schema::Entity& entity,
                                 const engine::LocalEdit& edit)
{
  return engine::edit_record(entity, call.setup->flows_of(entity.name), edit,
                             call.hub.engine_services());
}

schema::Object edited_json(const engine::Edited& edited)
{
  schema::Object json;
  json.append("key", edited.key);
  json.append("revision", edited.revision);
  json.append("changed", edited.changed);
  return json;
}

// If-None-Match: * asks for a record that is not there yet (RFC 9110, 13.1.2).
Result<bool> must_be_new(const Call& call)
{
  const auto found = call.request.headers.find("if-none-match");
  if (found == call.request.headers.end()) return false;
  if (found->second == "*") return true;
  return fail(ErrorKind::invalid, "If-None-Match knows only a star: the record must be new");
}

Result<Response> put_record(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  TRY(auto edit, edit_of(call, *entity, call.body));
  edit.key = call.parts[1];
  TRY(edit.expected_revision, expected_revision(call));
  TRY(edit.must_be_new, must_be_new(call));
  TRY(const auto edited, carry_out(call, *entity, edit));
  return json_response(edited_json(edited));
}

Result<Response> delete_record(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  engine::LocalEdit edit;
  edit.key = call.parts[1];
  edit.record = schema::Record(*entity);
  edit.remove = true;
  edit.actor = call.request.actor;
  edit.note = call.query("note");
  TRY(edit.expected_revision, expected_revision(call));
  TRY(const auto edited, carry_out(call, *entity, edit));
  return json_response(edited_json(edited));
}

// Many at once, each on its own: one that is wrong does not hold up its neighbours.
Result<Response> post_records(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  const auto& records = call.body.find("records")->list();
  if (records.size() > kBatchMax)
    return fail(ErrorKind::invalid, fmt::format("there are at most {} records", kBatchMax));
  schema::List results;
  for (const auto& document : records) {
    auto edit = edit_of(call, *entity, document);
    auto edited = edit ? carry_out(call, *entity, *edit)
                       : Result<engine::Edited>(tl::unexpected<Error>(edit.error()));
    if (edited) {
      results.emplace_back(edited_json(*edited));
      continue;
    }
    if (edited.error().kind == ErrorKind::corrupt) return tl::unexpected<Error>(edited.error());
    schema::Object refused;
    refused.append("error", edited.error().what);
    results.emplace_back(std::move(refused));
  }
  schema::Object answer;
  answer.append("results", std::move(results));
  return json_response(std::move(answer));
}

// What stands in the field, where it is an attachment that was kept.
Result<schema::Object> described(Call& call, const schema::Entity& entity)
{
  const auto& field = call.parts[2];
  if (!entity.index_of(field))
    return fail(ErrorKind::not_found, fmt::format("{} has no field '{}'", entity.name, field));
  TRY(const auto row, record_of(call, entity, call.parts[1]));
  TRY(const auto body, schema::parse_json(row.body));
  const auto* value = schema::at_pointer(body, "/" + field);
  const auto* digest = value ? schema::at_pointer(*value, "/sha256") : nullptr;
  if (!digest || !digest->is_text())
    return fail(ErrorKind::not_found, fmt::format("field '{}' holds no document", field));
  if (value->object().find("kept"))
    return fail(ErrorKind::not_found, "the document holds Aadhaar numbers and was not kept");
  return value->object();
}

Result<Response> get_attachment(Call& call)
{
  TRY(const auto* entity, entity_of(call, call.parts[0]));
  if (!call.unmasked)
    return fail(ErrorKind::invalid,
                "a document shows personal values; say why you look, with 'unmask'");
  TRY(auto json, described(call, *entity));
  const auto digest = digest_from_hex(json.find("sha256")->text());
  if (!digest) return fail(ErrorKind::invalid, "the record names no SHA-256");
  TRY(const auto bytes, runtime::attachments_of(call.setup->config()).read(*digest));
  if (!bytes)
    return fail(ErrorKind::not_found,
                "the document is not here; it comes again with 'gramsetu sync FLOW --full'");
  json.append("content", base64(*bytes));
  return json_response(std::move(json));
}

} // namespace

std::span<const Route> record_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/records/{entity}",
            .role = Role::viewer,
            .parameters = "limit:1000 cursor place deleted:flag unmask",
            .answer = get_records,
            .summary = "Records in key order; `next` is the cursor of the next page",
            .gives = "{records: [Record], next: text~}"},
      Route{.method = "POST",
            .pattern = "/api/v1/records/{entity}",
            .role = Role::operator_,
            .parameters = "note",
            .answer = post_records,
            .summary = "Enter or change many records",
            .takes = "{records: [object]}",
            .gives = "{results: [{key~: text, revision~: integer, changed~: flag, error~: text}]}"},
      Route{.method = "GET",
            .pattern = "/api/v1/records/{entity}/{key}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_record,
            .summary = "One record; its ETag is its revision",
            .gives = "Record"},
      Route{.method = "GET",
            .pattern = "/api/v1/records/{entity}/{key}/attachments/{field}",
            .role = Role::viewer,
            .parameters = "unmask",
            .answer = get_attachment,
            .summary = "The document that a field names, as base64",
            .apps = true,
            .gives = "{sha256: text, media_type: text, bytes: integer, content: text}"},
      Route{.method = "PUT",
            .pattern = "/api/v1/records/{entity}/{key}",
            .role = Role::operator_,
            .parameters = "note If-Match If-None-Match",
            .answer = put_record,
            .summary =
                "Enter or change a record; If-Match names the revision, If-None-Match: * a new one",
            .apps = true,
            .takes = "object",
            .gives = "Edited",
            .errors = "412 422"},
      Route{.method = "DELETE",
            .pattern = "/api/v1/records/{entity}/{key}",
            .role = Role::operator_,
            .parameters = "note If-Match",
            .answer = delete_record,
            .summary = "Delete a record",
            .apps = true,
            .gives = "Edited",
            .errors = "412 422"},
  };
  return rows;
}

} // namespace gramsetu::api
