// Reading a request's description, and building the request.
#include "connectors/http/request_plan.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

using schema::Node;

namespace {

const char* const kFormType = "application/x-www-form-urlencoded";

std::vector<Parameter> read_parameters(const Node& node, std::string_view key,
                                       const std::vector<std::string>& names, NodeReader& reader)
{
  std::vector<Parameter> parameters;
  const Node* block = reader.block(node, key);
  if (!block) return parameters;
  for (const auto& entry : block->entries)
    parameters.push_back({entry.key, Template::read(entry.value, names, reader)});
  return parameters;
}

// Unquoted words keep the meaning that they have in JSON.
std::optional<schema::Value> plain_value(const Node& node)
{
  if (node.is_null()) return schema::Value(schema::Null{});
  if (node.quoted) return std::nullopt;
  if (const auto flag = schema::read_flag(node.scalar)) return schema::Value(*flag);
  if (const auto number = schema::read_integer(node.scalar)) return schema::Value(*number);
  if (node.scalar == "null") return schema::Value(schema::Null{});
  return std::nullopt;
}

void append_pair(std::string& text, std::string_view name, std::string_view value)
{
  if (!text.empty()) text.push_back('&');
  text += escape(name);
  text.push_back('=');
  text += escape(value);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> filled(const std::vector<Parameter>& parameters, const Values& values)
{
  Pairs pairs;
  for (const Parameter& parameter : parameters) {
    if (parameter.value.is_void(values)) continue;
    TRY(std::string value, parameter.value.fill(values));
    pairs.emplace_back(parameter.name, std::move(value));
  }
  return pairs;
}

std::string encoded(const Pairs& pairs)
{
  std::string text;
  for (const auto& [name, value] : pairs)
    append_pair(text, name, value);
  return text;
}

void set_type(Request& request, std::string type)
{
  std::erase_if(request.headers,
                [](const Header& header) { return same_name(header.name, "Content-Type"); });
  request.headers.push_back({"Content-Type", std::move(type)});
}

Result<void> set_document(Request& request, const RequestPlan& plan, const Values& values,
                          const std::vector<Extra>& extras)
{
  TRY(schema::Value body, plan.document->fill(values));
  for (const Extra& extra : extras) {
    if (!schema::set_at_pointer(body, extra.name, extra.value))
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' does not fit into the request's body", extra.name));
  }
  return set_body(request, plan, values, body);
}

Result<Pairs> form_of(const schema::Value& body)
{
  Pairs pairs;
  if (!body.is_object()) return fail(ErrorKind::invalid, "only a record can be sent as a form");
  for (const schema::Member& member : body.object().members()) {
    const schema::Value& value = member.value;
    if (value.is_list() || value.is_object())
      return fail(
          ErrorKind::invalid,
          fmt::format("'{}' is no single value, and cannot be sent as a form", member.name));
    if (!value.is_absent()) pairs.emplace_back(member.name, scalar_text(value));
  }
  return pairs;
}

} // namespace

JsonTemplate read_template(const Node& node, const std::vector<std::string>& names,
                           NodeReader& reader)
{
  JsonTemplate made;
  made.is_object = node.is_map();
  made.is_list = node.is_list();
  for (const auto& entry : node.entries)
    made.members.emplace_back(entry.key, read_template(entry.value, names, reader));
  for (const Node& item : node.items)
    made.items.push_back(read_template(item, names, reader));
  if (made.is_object || made.is_list) return made;
  if (auto plain = plain_value(node))
    made.literal = std::move(*plain);
  else if (node.scalar.empty())
    made.literal = schema::Value("");
  else
    made.text = Template::read(node, names, reader);
  return made;
}

Result<schema::Value> JsonTemplate::fill(const Values& values) const
{
  if (is_object) {
    schema::Object object;
    for (const auto& [name, member] : members) {
      TRY(schema::Value value, member.fill(values));
      object.append(name, std::move(value));
    }
    return schema::Value(std::move(object));
  }
  if (is_list) {
    schema::List list;
    for (const JsonTemplate& item : items) {
      TRY(schema::Value value, item.fill(values));
      list.push_back(std::move(value));
    }
    return schema::Value(std::move(list));
  }
  if (text.empty()) return literal;
  TRY(std::string value, text.fill(values));
  return schema::Value(std::move(value));
}

bool JsonTemplate::uses(std::string_view name) const
{
  return text.uses(name) ||
         std::any_of(items.begin(), items.end(),
                     [&](const JsonTemplate& item) { return item.uses(name); }) ||
         std::any_of(members.begin(), members.end(),
                     [&](const auto& member) { return member.second.uses(name); });
}

bool RequestPlan::uses(std::string_view name) const
{
  const auto uses_it = [&](const Parameter& parameter) { return parameter.value.uses(name); };
  return path.uses(name) || std::any_of(query.begin(), query.end(), uses_it) ||
         std::any_of(headers.begin(), headers.end(), uses_it) ||
         std::any_of(form.begin(), form.end(), uses_it) || (document && document->uses(name));
}

namespace {

void read_body(const Node& node, const std::vector<std::string>& names, RequestPlan& plan,
               NodeReader& reader)
{
  const Node* json = node.find("json");
  const Node* xml = node.find("xml");
  if (const Node* document = json ? json : xml)
    plan.document = read_template(*document, names, reader);
  const int bodies = (json ? 1 : 0) + (xml ? 1 : 0) + (plan.form.empty() ? 0 : 1);
  if (bodies > 1) reader.wrong(node.place, "a request carries one of 'form', 'json' and 'xml'");
  const std::string content = node.find("content")
                                  ? reader.choice(node, "content", {"json", "xml", "form"})
                                  : (xml                 ? "xml"
                                     : plan.form.empty() ? "json"
                                                         : "form");
  plan.content = content == "xml"    ? Content::xml
                 : content == "form" ? Content::form
                                     : Content::json;
  if ((json && plan.content != Content::json) || (xml && plan.content != Content::xml))
    reader.wrong(node.find("content")->place, "'content' says something else than the body");
  if (xml && (!xml->is_map() || xml->entries.size() != 1))
    reader.wrong(xml->place, "an XML document has one root", "xml: { Request: { ... } }");
  if (node.find("answer"))
    plan.answer =
        reader.choice(node, "answer", {"json", "xml"}) == "xml" ? Media::xml : Media::json;
}

} // namespace

RequestPlan read_request(const Node& node, const std::string& method,
                         const std::vector<std::string>& names, NodeReader& reader,
                         const std::vector<std::string>& more)
{
  RequestPlan plan;
  plan.method = method;
  if (node.is_scalar()) {
    plan.path = Template::read(node, names, reader);
    return plan;
  }
  if (!node.is_map()) {
    reader.wrong(node.place, "a request is wanted here", "{ method: GET, path: /v1/records }");
    return plan;
  }
  std::vector<std::string> known = {"method", "path", "query",   "headers", "form",
                                    "json",   "xml",  "content", "answer"};
  known.insert(known.end(), more.begin(), more.end());
  reader.only(node, known, "a request");
  if (node.find("method"))
    plan.method = reader.choice(node, "method", {"GET", "POST", "PUT", "PATCH", "DELETE"});
  if (const Node* path = node.find("path")) {
    plan.path = Template::read(*path, names, reader);
    if (path->is_scalar() && (path->scalar.empty() || path->scalar[0] != '/'))
      reader.wrong(path->place, fmt::format("the path '{}' does not begin with '/'", path->scalar));
    if (path->is_scalar() && path->scalar.find_first_of("?# ") != std::string::npos)
      reader.wrong(path->place, fmt::format("the path '{}' holds more than a path", path->scalar),
                   "parameters go under 'query'");
  } else {
    reader.wrong(node.place, "the request has no path", "path: /v1/records");
  }
  plan.query = read_parameters(node, "query", names, reader);
  plan.headers = read_parameters(node, "headers", names, reader);
  plan.form = read_parameters(node, "form", names, reader);
  read_body(node, names, plan, reader);
  return plan;
}

schema::Value plain_json(const Node& node)
{
  auto value = plain_value(node);
  return value ? std::move(*value) : schema::Value(node.scalar);
}

Result<Request> build(const Url& base, const RequestPlan& plan, const Values& values,
                      const std::vector<Extra>& extras)
{
  Request request;
  request.method = plan.method;
  request.answer = plan.answer;
  TRY(const std::string path, plan.path.fill(values, Template::Mode::path));
  TRY(Pairs query, filled(plan.query, values));
  TRY(const Pairs headers, filled(plan.headers, values));
  TRY(Pairs form, filled(plan.form, values));
  for (const auto& [name, value] : headers)
    request.headers.push_back({name, value});

  const bool in_form = !plan.form.empty();
  Pairs& target = in_form ? form : query;
  if (plan.document) {
    TRY_VOID(set_document(request, plan, values, extras));
  } else if (plan.envelope) {
    TRY_VOID(set_body(request, plan, values, schema::Value(schema::Object())));
    for (const Extra& extra : extras)
      query.emplace_back(extra.name, scalar_text(extra.value));
  } else {
    for (const Extra& extra : extras)
      target.emplace_back(extra.name, scalar_text(extra.value));
  }
  if (in_form) {
    request.body = encoded(form);
    set_type(request, kFormType);
  }
  Url url = base;
  if (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  url.path += path;
  request.label = plan.method + " " + url.path;
  request.url = url.text();
  for (const auto& [name, value] : query)
    add_query(request.url, name, value);
  return request;
}

namespace {

// A body's own members count, as more is known where it is written.
Result<schema::Value> enveloped(const RequestPlan& plan, const Values& values, schema::Value body)
{
  if (!plan.envelope) return body;
  if (!body.is_object())
    return fail(ErrorKind::invalid, "only an object can be put into the envelope of the manifest");
  TRY(schema::Value whole, plan.envelope->fill(values));
  for (const schema::Member& member : body.object().members())
    whole.object().set(member.name, member.value);
  return whole;
}

} // namespace

Result<void> set_body(Request& request, const RequestPlan& plan, const Values& values,
                      const schema::Value& body)
{
  switch (plan.content) {
  case Content::json: {
    TRY(const schema::Value whole, enveloped(plan, values, body));
    request.body = schema::to_json(whole);
    set_type(request, "application/json");
    return {};
  }
  case Content::xml: {
    TRY(request.body, schema::to_xml(body));
    set_type(request, "application/xml");
    return {};
  }
  case Content::form: break;
  }
  TRY(Pairs pairs, filled(plan.form, values));
  TRY(const Pairs more, form_of(body));
  pairs.insert(pairs.end(), more.begin(), more.end());
  request.body = encoded(pairs);
  set_type(request, kFormType);
  return {};
}

void add_query(std::string& url, std::string_view name, std::string_view value)
{
  url.push_back(url.find('?') == std::string::npos ? '?' : '&');
  url += escape(name) + "=" + escape(value);
}

} // namespace gramsetu::connectors::http
