// Small steps that every verb takes.
#include "connectors/http/context.hpp"

#include "schema/json.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

Result<const StreamPlan*> Context::plan_of(const Stream& stream) const
{
  const auto found = plan.streams.find(stream.name);
  if (found == plan.streams.end())
    return fail(ErrorKind::unsupported,
                fmt::format("the endpoint has no stream '{}'", stream.name));
  return &found->second;
}

Values Context::moment(Values with) const
{
  with["now"] = to_rfc3339(gateway.now());
  const auto key = with.find("idempotency_key");
  with["request_id"] = key == with.end() ? gateway.mint() : key->second;
  return with;
}

Result<Request> Context::request(const RequestPlan& wanted, const Values& given,
                                 const std::vector<Extra>& extras) const
{
  const Values with = given.contains("now") ? given : moment(given);
  TRY(Request request, build(gateway.base(), wanted, with, extras));
  request.repeatable = wanted.method == "GET";
  for (const Parameter& header : plan.headers) {
    TRY(std::string value, header.value.fill(with));
    request.headers.push_back({header.name, std::move(value)});
  }
  if (wanted.content == Content::json && wanted.method != "GET") request.token = plan.token;
  return request;
}

void add_key(Values& values, const Stream& stream, const std::string& key, const std::string& id)
{
  const auto& fields = stream.entity->key;
  const auto parts = schema::split_key(key, fields.size());
  for (std::size_t i = 0; i < fields.size() && i < parts.size(); ++i)
    values["key." + stream.entity->fields[fields[i]].name] = parts[i];
  values["key"] = key;
  values["id"] = id;
}

Error error_of(Outcome&& outcome)
{
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) return std::move(not_sent->error);
  return std::move(std::get<Indeterminate>(outcome).error);
}

Result<schema::Value> parse_body(const Request& request, const Response& response)
{
  const bool xml = request.answer == Media::xml;
  if (!looks_like(response, request.answer))
    return fail(ErrorKind::transient,
                fmt::format("{}: answered {} with something that is not {}: '{}'", request.label,
                            response.status, name_of(request.answer), excerpt(response.body)));
  auto body = xml ? schema::parse_xml(response.body, {}, {}) : schema::parse_json(response.body);
  // An answer that breaks off may be whole the next time.
  if (!body)
    return fail(ErrorKind::transient,
                fmt::format("{}: the answer is malformed: {}", request.label, body.error().what));
  return body;
}

} // namespace gramsetu::connectors::http
