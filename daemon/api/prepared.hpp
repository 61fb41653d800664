// A route with its declarations read, as the router and the OpenAPI document use it.
#pragma once

#include "daemon/api/parameters.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/shape.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

struct Prepared {
  Route route;
  std::vector<std::string_view> pattern; // by segments
  std::string operation;                 // "get_records_entity_key", for those who make clients
  std::vector<Parameter> path;           // in the order of the pattern
  std::vector<Parameter> query, headers; // a header's name begins with a capital
  std::optional<Shape> takes;

  // What stood for the pattern's parts when `path` has its shape; its segments may be percent-encoded.
  std::optional<std::vector<std::string>> match(std::string_view path) const;
  // Every status that it may answer with, besides the good ones.
  std::set<int> errors() const;
};

std::string lower_case(std::string_view text); // of ASCII letters

// Every route, read once for the router, the metrics and the OpenAPI document. Mistakes in the declarations are ours
// and end the process, at the start.
const std::vector<Prepared>& prepared_routes();

// The operation that a request is of, or "none": a few dozen names, whatever is asked for.
std::string_view operation_of(const std::vector<Prepared>& routes, std::string_view method,
                              std::string_view path);

} // namespace gramsetu::api
