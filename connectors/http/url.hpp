// URLs, built and checked by libcurl's URL parser, the same one that connects.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::connectors::http {

struct Url {
  std::string scheme, host, port; // lower case; the port always given
  std::string path;               // encoded, begins with '/'
  std::string query;              // encoded, without '?'

  std::string text() const;
  bool same_origin(const Url& other) const;
};

// An absolute http or https URL without user, password or fragment; else `invalid`. Hosts are what
// the parser of libcurl makes of them, so "http://2130706433" is 127.0.0.1 here too.
Result<Url> parse_url(std::string_view text);

// `reference` as seen from `base` (RFC 3986, section 5): what a Location or a next link means.
Result<Url> resolve(const Url& base, std::string_view reference);

// `text` as one piece of a path or a query: everything but unreserved characters is %-encoded.
std::string escape(std::string_view text);

// The names and values of an encoded query, decoded.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

// What `name` stands for in an encoded query, decoded; nothing when it is not there.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// "127.0.0.0/8", "::1" or "localhost", by its spelling alone.
bool is_loopback_host(std::string_view host);

} // namespace gramsetu::connectors::http
