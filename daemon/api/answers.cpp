// What every route needs to read a request and to write an answer.
#include "daemon/api/routes.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::api {

namespace {

struct Advice {
  int status;
  std::string_view what_to_do;
};

Advice advice_for(ErrorKind kind)
{
  switch (kind) {
  case ErrorKind::transient: return {502, "try again; `gramsetu status` says what is down"};
  case ErrorKind::throttled: return {503, "try again in a moment"};
  case ErrorKind::unauthorized:
    return {502, "check the endpoint's credentials in the configuration"};
  case ErrorKind::precondition: return {412, "look at it again, then decide again"};
  case ErrorKind::invalid: return {400, "correct the request"};
  case ErrorKind::not_found: return {404, "list what there is"};
  case ErrorKind::unsupported: return {422, "this endpoint cannot do that"};
  case ErrorKind::corrupt: return {500, "the daemon ends; start it again and look at its log"};
  case ErrorKind::cancelled: return {503, "the daemon is stopping; ask again when it is back"};
  }
  return {500, "look at the log"};
}

int hex_digit(char letter)
{
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What is in quarantine may be no UTF-8, and then an answer with it would be no JSON. Each such byte is
// shown as \xff; the store keeps it as it came.
std::string readable(std::string json)
{
  if (schema::is_utf8(json)) return json;
  std::string shown;
  for (std::string_view rest = json; !rest.empty();) {
    const auto good = schema::valid_utf8_prefix(rest);
    shown += rest.substr(0, good);
    rest.remove_prefix(good);
    if (rest.empty()) break;
    shown += fmt::format("\\\\x{:02x}", static_cast<unsigned char>(rest.front()));
    rest.remove_prefix(1);
  }
  return shown;
}

} // namespace

std::string Call::query(std::string_view name) const
{
  const auto found = request.query.find(std::string(name));
  return found == request.query.end() ? std::string() : found->second;
}

std::string Call::text(std::string_view name) const
{
  const auto* member = body.find(name);
  return member && member->is_text() ? member->text() : std::string();
}

Response json_response(schema::Value body, int status)
{
  Response response;
  response.status = status;
  response.body = readable(schema::to_json(body));
  return response;
}

Response problem(int status, std::string_view title, std::string_view what_to_do)
{
  schema::Object body;
  body.append("type", "about:blank");
  body.append("status", status);
  body.append("title", title);
  body.append("detail", what_to_do);
  auto response = json_response(std::move(body), status);
  response.content_type = "application/problem+json";
  return response;
}

Response problem(const Error& error)
{
  const auto advice = advice_for(error.kind);
  return problem(advice.status, error.what, advice.what_to_do);
}

Result<std::size_t> limit_of(const Call& call, std::size_t usual, std::size_t most)
{
  TRY(const auto limit, number_of(call, "limit", static_cast<std::int64_t>(usual)));
  if (limit < 1 || static_cast<std::size_t>(limit) > most)
    return fail(ErrorKind::invalid, fmt::format("limit is from 1 to {}, not {}", most, limit));
  return static_cast<std::size_t>(limit);
}

Result<std::int64_t> number_of(const Call& call, std::string_view parameter, std::int64_t usual)
{
  const auto text = call.query(parameter);
  if (text.empty()) return usual;
  const auto number = schema::read_integer(text);
  if (!number)
    return fail(ErrorKind::invalid, fmt::format("{} is a whole number, not '{}'", parameter, text));
  return *number;
}

Result<schema::Object> body_of(const Call& call)
{
  return call.body;
}

Result<const schema::Entity*> entity_of(const Call& call, std::string_view name)
{
  const auto& entities = call.setup->entities();
  if (const auto* entity = entities.find(name)) return entity;
  const auto near = schema::nearest(name, entities.names());
  return fail(ErrorKind::not_found,
              near.empty()
                  ? fmt::format("there is no entity '{}'", name)
                  : fmt::format("there is no entity '{}'; did you mean '{}'?", name, near));
}

Result<std::vector<store::RecordRow>> records_of(Call& call, const store::RecordQuery& query)
{
  std::vector<store::RecordRow> rows;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(rows, tx.records(query));
    return {};
  }));
  return rows;
}

Result<store::RecordRow> record_of(Call& call, const schema::Entity& entity, const std::string& key)
{
  std::optional<store::RecordRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.record(entity.name, key));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no {} '{}'", entity.name, key));
  return std::move(*row);
}

schema::Value stored_json(const std::string& text)
{
  if (text.empty()) return schema::Null{};
  auto value = schema::parse_json(text);
  return value ? std::move(*value) : schema::Value(schema::Null{});
}

schema::Value time_value(std::optional<Instant> at)
{
  if (!at) return schema::Null{};
  return to_rfc3339(*at);
}

Result<void> read(Call& call, const std::function<Result<void>(store::Tx&)>& work)
{
  return call.hub.store().transact(work);
}

std::string write_cursor(std::string_view position)
{
  std::string cursor;
  for (const char byte : position)
    cursor += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return cursor;
}

Result<std::string> read_cursor(std::string_view cursor)
{
  std::string position;
  for (std::size_t i = 0; i + 1 < cursor.size(); i += 2) {
    const int high = hex_digit(cursor[i]), low = hex_digit(cursor[i + 1]);
    if (high < 0 || low < 0) break;
    position += static_cast<char>(high * 16 + low);
  }
  if (position.size() * 2 != cursor.size())
    return fail(ErrorKind::invalid,
                "this cursor did not come from here; leave it out to start anew");
  return position;
}

} // namespace gramsetu::api
