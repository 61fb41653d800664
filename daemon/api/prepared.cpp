// Reads what routes declare, and finds out whose path a request has.
#include "daemon/api/prepared.hpp"

#include "base/check.hpp"
#include "daemon/api/target.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gramsetu::api {

namespace {

Parameter take_part(std::vector<Parameter>& declared, std::string_view segment)
{
  Parameter part;
  part.name = segment.substr(1, segment.size() - 2);
  const auto found =
      std::find_if(declared.begin(), declared.end(),
                   [&](const Parameter& parameter) { return parameter.name == part.name; });
  if (found != declared.end()) {
    part = *found;
    declared.erase(found);
  }
  part.required = true;
  return part;
}

std::string operation_id(std::string_view method, const std::vector<std::string_view>& pattern)
{
  std::string id = lower_case(method);
  for (const auto segment : pattern) {
    if (segment == "api" || segment == "v1") continue;
    id += '_';
    for (const char letter : segment)
      if (letter != '{' && letter != '}') id += letter == '.' ? '_' : letter;
  }
  return id;
}

Prepared prepare(const Route& route)
{
  Prepared prepared{route, split(route.pattern, '/'), {}, {}, {}, {}, std::nullopt};
  prepared.operation = operation_id(route.method, prepared.pattern);
  auto declared = read_parameters(route.parameters);
  for (const auto segment : prepared.pattern)
    if (segment.front() == '{') prepared.path.push_back(take_part(declared, segment));
  for (auto& parameter : declared) {
    const char first = parameter.name.front();
    (first >= 'A' && first <= 'Z' ? prepared.headers : prepared.query).push_back(parameter);
  }
  if (route.method == "POST") prepared.headers.push_back({"Idempotency-Key"});
  if (!route.takes.empty()) prepared.takes = Shape::of(route.takes);
  if (!route.gives.empty() && route.gives.find('/') == route.gives.npos) Shape::of(route.gives);
  check(!route.apps || (!prepared.path.empty() && prepared.path.front().name == "entity"),
        fmt::format("{} is for apps and names their entity first", route.pattern));
  return prepared;
}

void add_statuses(std::set<int>& statuses, std::string_view text)
{
  for (const auto word : split(text, ' ')) {
    int status = 0;
    const auto [rest, problem] = std::from_chars(word.data(), word.data() + word.size(), status);
    check(problem == std::errc() && status >= 100 && status < 600, "a route's error is a status");
    statuses.insert(status);
  }
}

} // namespace

std::optional<std::vector<std::string>> Prepared::match(std::string_view given) const
{
  const auto segments = split(given, '/');
  if (segments.size() != pattern.size()) return std::nullopt;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].front() != '{') {
      if (pattern[i] != segments[i]) return std::nullopt;
      continue;
    }
    auto part = percent_decoded(segments[i]);
    if (!part || !schema::is_utf8(*part)) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  return parts;
}

std::set<int> Prepared::errors() const
{
  std::set<int> statuses{400, 429, 500, 503};
  if (!route.open) statuses.insert({401, 403});
  if (!path.empty()) statuses.insert(404);
  if (takes) statuses.insert({413, 415});
  if (route.method == "POST") statuses.insert({409, 422}); // its Idempotency-Key
  add_statuses(statuses, route.errors);
  return statuses;
}

std::string lower_case(std::string_view text)
{
  std::string lower(text);
  for (auto& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  return lower;
}

const std::vector<Prepared>& prepared_routes()
{
  static const auto prepared = [] {
    const auto routes = all_routes();
    std::vector<Prepared> all;
    all.reserve(routes.size());
    for (const auto& route : routes)
      all.push_back(prepare(route));
    return all;
  }();
  return prepared;
}

std::string_view operation_of(const std::vector<Prepared>& routes, std::string_view method,
                              std::string_view path)
{
  for (const auto& route : routes)
    if (route.route.method == method && route.match(path)) return route.operation;
  return "none";
}

} // namespace gramsetu::api
