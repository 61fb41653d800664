// The request target: path and query, percent-encoded on the line and plain inside.
#pragma once

#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace gramsetu::api {

// Everything but letters, digits and -._~ as %XX (RFC 3986), for a path segment or a query value.
std::string percent_encoded(std::string_view plain);

// The reverse; '+' stays '+'. Fails on a cut or malformed %XX.
Result<std::string> percent_decoded(std::string_view encoded);

struct Target {
  std::string path; // as it came, still encoded: a key may hold a slash, segments are split first
  std::map<std::string, std::string> query; // decoded
};

// Fails when the path is not absolute, an escape is malformed, or a parameter is given twice.
Result<Target> read_target(std::string_view text);

std::string write_target(std::string_view path, const std::map<std::string, std::string>& query);

} // namespace gramsetu::api
