// A request as a manifest describes it, and the request that it becomes.
#pragma once

#include "connectors/http/message.hpp"
#include "connectors/http/template.hpp"
#include "connectors/http/url.hpp"
#include "schema/value.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

// A JSON document with blanks in its texts.
struct JsonTemplate {
  schema::Value literal; // when it is neither of the others
  Template text;         // not empty: a text
  bool is_object = false, is_list = false;
  std::vector<std::pair<std::string, JsonTemplate>> members; // object
  std::vector<JsonTemplate> items;                           // list

  Result<schema::Value> fill(const Values& values) const;
  bool uses(std::string_view name) const;
};

struct Parameter {
  std::string name;
  Template value;
};

// What a request's body is written in.
enum class Content { json, xml, form };

struct RequestPlan {
  std::string method = "GET";
  Template path;
  std::vector<Parameter> query, headers, form;
  std::optional<JsonTemplate> document; // `json` or `xml`
  Content content = Content::json;
  Media answer = Media::json;
  std::shared_ptr<const JsonTemplate> envelope; // members that a body of JSON has besides its own

  bool uses(std::string_view name) const;
};

// `node` is `{ method, path, query, headers, form, json, xml, content, answer }`, or a path alone. `more` are
// keys that the caller reads itself.
RequestPlan read_request(const schema::Node& node, const std::string& method,
                         const std::vector<std::string>& names, NodeReader& reader,
                         const std::vector<std::string>& more = {});

JsonTemplate read_template(const schema::Node& node, const std::vector<std::string>& names,
                           NodeReader& reader);

// Something that a request carries besides what its plan says: a page, a cursor. It goes where the
// plan's own parameters are: the document (then `name` is a pointer), the form, or else the query.
struct Extra {
  std::string name;
  schema::Value value;
};

// `invalid` when a value cannot be put where the plan wants it.
Result<Request> build(const Url& base, const RequestPlan& plan, const Values& values,
                      const std::vector<Extra>& extras = {});

// Puts `body` into the request in the form that the plan wants, with its type and envelope. XML needs an
// object with one member, and a form one whose members are scalars; they follow what the plan itself has
// in its form.
Result<void> set_body(Request& request, const RequestPlan& plan, const Values& values,
                      const schema::Value& body);

// A scalar as JSON means it: unquoted true, false, null and whole numbers are themselves.
schema::Value plain_json(const schema::Node& node);

// Adds `name=value` to the query of a URL.
void add_query(std::string& url, std::string_view name, std::string_view value);

} // namespace gramsetu::connectors::http
