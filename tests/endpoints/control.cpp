// Control requests: /_sim/...
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "tests/endpoints/endpoint.hpp"

#include <fmt/format.h>

namespace gramsetu::sim {

namespace {

Response refused(const Error& error)
{
  schema::Object body;
  body.append("error", error.what);
  return json_response(error.kind == ErrorKind::not_found ? 404 : 400, body);
}

Response answered(Result<schema::Value> result)
{
  return result ? json_response(200, *result) : refused(result.error());
}

schema::Value done()
{
  schema::Object body;
  body.append("done", true);
  return body;
}

std::string text_of(const schema::Value& body, std::string_view name)
{
  const schema::Value* value = body.object().find(name);
  if (value != nullptr && value->is_integer()) return std::to_string(value->integer());
  return value != nullptr && value->is_text() ? value->text() : "";
}

// Nothing when `what` does not start with `prefix`; else what follows it.
std::optional<std::string> after(const std::string& what, std::string_view prefix)
{
  if (!what.starts_with(prefix)) return std::nullopt;
  return what.substr(prefix.size());
}

} // namespace

Result<schema::Value> Endpoint::control_edit(const schema::Value& body)
{
  const std::string stream = text_of(body, "stream"), id = text_of(body, "id");
  const schema::Value* added = body.object().find("add");
  if (added != nullptr && added->is_object()) {
    TRY(std::string fresh, add(stream, added->object()));
    schema::Object result;
    result.append("id", std::move(fresh));
    return schema::Value(std::move(result));
  }
  const schema::Value* removed = body.object().find("remove");
  if (removed != nullptr && *removed == schema::Value(true)) {
    TRY_VOID(remove(stream, id));
    return done();
  }
  const schema::Value* set = body.object().find("set");
  if (set == nullptr || !set->is_object())
    return fail(ErrorKind::invalid, "edit wants 'set', 'add' or 'remove'");
  const schema::Value* silent = body.object().find("silent");
  if (silent != nullptr && *silent == schema::Value(true))
    TRY_VOID(alter(stream, id, set->object()));
  else
    TRY_VOID(edit(stream, id, set->object()));
  return done();
}

Response Endpoint::control_post(const std::string& what, const schema::Value& body)
{
  if (!body.is_object()) return refused({ErrorKind::invalid, "the body is an object"});
  if (what == "edit") return answered(control_edit(body));
  if (what == "load") {
    const auto loaded = load(text_of(body, "stream"), body);
    return loaded ? json_response(200, done()) : refused(loaded.error());
  }
  if (what == "forget") {
    forget();
    return json_response(200, done());
  }
  if (what == "touch") {
    const auto count = schema::read_integer(text_of(body, "count")).value_or(1);
    const auto seed = schema::read_integer(text_of(body, "seed")).value_or(1);
    const auto touched = touch(text_of(body, "stream"), static_cast<std::size_t>(count),
                               static_cast<std::uint64_t>(seed));
    if (!touched) return refused(touched.error());
    schema::Object result;
    result.append("touched", static_cast<std::int64_t>(*touched));
    return json_response(200, result);
  }
  if (what == "faults") {
    auto fault = read_fault(body);
    if (!fault) return refused(fault.error());
    schema::Object result;
    result.append("id", faults_.add(std::move(*fault)));
    return json_response(200, result);
  }
  return refused({ErrorKind::not_found, "there is no such control request"});
}

Response Endpoint::control(const Request& request, const std::string& what)
{
  if (request.method == "POST") {
    const auto body = schema::parse_json(request.body, {.nodes = 100'000'000});
    return body ? control_post(what, *body) : refused(body.error());
  }
  if (request.method == "DELETE") {
    if (what == "ledger") ledger_.clear();
    if (what == "faults") faults_.clear();
    if (const auto id = after(what, "faults/"))
      faults_.clear(static_cast<int>(schema::read_integer(*id).value_or(0)));
    return json_response(200, done());
  }
  if (what == "ledger") {
    const auto from = schema::read_integer(request.parameter("from")).value_or(0);
    return json_response(200, ledger_.to_value(static_cast<std::size_t>(from)));
  }
  if (what == "faults") return json_response(200, faults_.to_value());
  if (const auto stream = after(what, "digest/")) return answered(digest(*stream));
  if (const auto stream = after(what, "records/")) {
    auto list = records(*stream);
    if (!list) return refused(list.error());
    schema::Object result;
    result.append("records", std::move(*list));
    return json_response(200, result);
  }
  return refused({ErrorKind::not_found, "there is no such control request"});
}

} // namespace gramsetu::sim
