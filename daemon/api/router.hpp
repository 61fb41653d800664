// The admin API without a network: a request in, a response out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// An app reads and writes the records of the entities it is given, unmasked, and nothing else.
enum class Role { app, viewer, operator_, admin };
std::string_view name_of(Role role);

struct Request {
  std::string method, path;                   // "/api/v1/records/voucher"
  std::map<std::string, std::string> query;   // decoded
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;
  Role role = Role::viewer;
  std::string actor;                   // who: a user name or a token's name
  std::set<std::string> entities = {}; // of an app
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers = {};

  // An answer that is not there yet; all else is then nothing. Called again and again, a quarter of a second
  // apart, until it answers; with `now`, when the server stops, it must. So nobody who waits holds a thread.
  std::function<std::optional<Response>(bool now)> later = {};
  // An answer that goes on after `body`: what comes next, perhaps nothing yet; no text is the end. The
  // server closes the connection when it stops.
  std::function<std::optional<std::string>()> more = {};
};

using Handler = std::function<Response(const Request&)>;

} // namespace gramsetu::api
