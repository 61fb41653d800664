// The admin API without a network: a request in, a response out.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::api {

// An app reads and writes the records of the entities it is given, unmasked, and nothing else.
enum class Role { app, viewer, operator_, admin };

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
  std::map<std::string, std::string> headers;
};

using Handler = std::function<Response(const Request&)>;

} // namespace gramsetu::api
