// Reads the words of a route's declaration, and holds requests to them.
#include "daemon/api/parameters.hpp"

#include "base/check.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::api {

namespace {

Parameter read_parameter(std::string_view word)
{
  Parameter parameter;
  const auto colon = std::min(word.find(':'), word.size());
  parameter.name = word.substr(0, colon);
  parameter.required = parameter.name.ends_with('!');
  if (parameter.required) parameter.name.remove_suffix(1);
  const auto kind = word.substr(std::min(colon + 1, word.size()));
  if (kind.empty()) return parameter;
  if (kind == "flag") {
    parameter.kind = Parameter::Kind::flag;
  } else if (kind == "number") {
    parameter.kind = Parameter::Kind::number;
  } else if (const auto most = schema::read_integer(kind)) {
    parameter.kind = Parameter::Kind::number;
    parameter.least = 1;
    parameter.most = *most;
  } else {
    check(kind.find('|') != kind.npos, "a parameter's kind is one of parameters.hpp");
    parameter.kind = Parameter::Kind::choice;
    parameter.choices = split(kind, '|');
  }
  return parameter;
}

std::string right_of(const Parameter& parameter)
{
  switch (parameter.kind) {
  case Parameter::Kind::text: return "a text";
  case Parameter::Kind::flag: return "true or false";
  case Parameter::Kind::number:
    return parameter.most > 0 ? fmt::format("from {} to {}", parameter.least, parameter.most)
                              : "a whole number";
  case Parameter::Kind::choice: return fmt::format("{}", fmt::join(parameter.choices, " or "));
  }
  return {};
}

bool is_right(const Parameter& parameter, std::string_view value)
{
  switch (parameter.kind) {
  case Parameter::Kind::text: return true;
  case Parameter::Kind::flag: return value == "true" || value == "false";
  case Parameter::Kind::number: {
    const auto number = schema::read_integer(value);
    return number && *number >= parameter.least &&
           (parameter.most == 0 || *number <= parameter.most);
  }
  case Parameter::Kind::choice:
    return std::find(parameter.choices.begin(), parameter.choices.end(), value) !=
           parameter.choices.end();
  }
  return false;
}

} // namespace

Result<void> Parameter::fits(std::string_view value) const
{
  if (is_right(*this, value)) return {};
  return fail(ErrorKind::invalid, fmt::format("{} is {}, not '{}'", name, right_of(*this), value));
}

schema::Value Parameter::json_schema() const
{
  schema::Object json;
  schema::List words;
  switch (kind) {
  case Kind::text: json.append("type", "string"); break;
  case Kind::flag: json.append("type", "boolean"); break;
  case Kind::number:
    json.append("type", "integer");
    json.append("format", "int64");
    json.append("minimum", least);
    if (most > 0) json.append("maximum", most);
    break;
  case Kind::choice:
    for (const auto choice : choices)
      words.emplace_back(choice);
    json.append("enum", std::move(words));
    break;
  }
  return json;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<Parameter> read_parameters(std::string_view text)
{
  std::vector<Parameter> parameters;
  for (const auto word : split(text, ' '))
    parameters.push_back(read_parameter(word));
  return parameters;
}

Result<void> check_query(const std::vector<Parameter>& known,
                         const std::map<std::string, std::string>& query, std::string_view place)
{
  for (const auto& [name, value] : query) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Parameter& each) { return each.name == name; });
    if (found != known.end()) {
      TRY_VOID(found->fits(value));
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& each : known)
      names.push_back(each.name);
    return fail(ErrorKind::invalid,
                fmt::format("unknown query parameter '{}'; {} knows: {}", name, place,
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "))));
  }
  for (const auto& parameter : known)
    if (parameter.required && !query.contains(std::string(parameter.name)))
      return fail(ErrorKind::invalid, fmt::format("{} is missing", parameter.name));
  return {};
}

} // namespace gramsetu::api
