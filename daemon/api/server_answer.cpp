// From a parsed request to an answer: methods, host, identity, then the handler.
#include "daemon/api/server_parts.hpp"

#include "daemon/api/target.hpp"
#include "daemon/api/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>

namespace gramsetu::api {

namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "POST", "PATCH", "DELETE"};

// Two of these in one request is how two readers come to disagree about it.
constexpr std::array<std::string_view, 4> kSingle = {"host", "authorization", "content-type",
                                                     "if-match"};

// Headers as a map; nothing when one that must be single is doubled.
std::optional<std::map<std::string, std::string>> headers_of(const Incoming& incoming)
{
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : incoming.headers) {
    const auto [place, fresh] = headers.emplace(name, value);
    if (fresh) continue;
    if (std::find(kSingle.begin(), kSingle.end(), name) != kSingle.end()) return std::nullopt;
    place->second += ", " + value;
  }
  return headers;
}

// Why a request over TCP is refused before anyone asks who sent it.
std::optional<Response> refuse_foreign(const Request& request, const Door& door)
{
  if (!door.tcp) return std::nullopt;
  const auto host = request.headers.find("host");
  if (host == request.headers.end() || !is_own_host(host->second, door.port))
    return problem(421, "this name is not ours");
  if (request.headers.contains("origin")) return problem(403, "pages of other sites may not ask");
  return std::nullopt;
}

std::optional<Identity> identify(const Request& request, const Door& door, const Access& access)
{
  if (!door.tcp) return identify(door.peer, access.operators);
  const auto header = request.headers.find("authorization");
  if (header == request.headers.end()) return std::nullopt;
  return identify(header->second, access.tokens);
}

// Who a request came from, before or whoever they say they are.
std::string from_of(const Door& door)
{
  return door.tcp ? "token" : fmt::format("uid {}", door.peer.user);
}

// The handler writes it down. Of a path that a stranger made up, no more than a line needs.
void tell_refused(const Request& request, const Door& door, const Handler& handler, const char* why)
{
  constexpr std::size_t kPathMax = 200;
  Request told;
  told.path = request.path.substr(0, kPathMax);
  told.headers = {{kFrom, from_of(door)}, {kRefused, why}};
  handler(told);
}

Response refuse_stranger(const Door& door)
{
  if (!door.tcp) return problem(403, "this user has no role here");
  Response refusal = problem(401, "a token is needed");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

Response handled(const Incoming& incoming, const Door& door, const Access& access,
                 const Handler& handler)
{
  if (std::find(kMethods.begin(), kMethods.end(), incoming.method) == kMethods.end()) {
    Response refusal = problem(405, "this method is not used here");
    refusal.headers["Allow"] = fmt::format("{}", fmt::join(kMethods, ", "));
    return refusal;
  }
  const auto target = read_target(incoming.target);
  if (!target) return problem(400, target.error().what);
  auto headers = headers_of(incoming);
  if (!headers) return problem(400, "a header is given twice");
  Request request{incoming.method,
                  target->path,
                  target->query,
                  std::move(*headers),
                  incoming.body,
                  Role::viewer,
                  ""};
  if (auto refusal = refuse_foreign(request, door)) {
    tell_refused(request, door, handler, "it came for another name, or from another site");
    return *refusal;
  }
  if (!is_open_path(request.path)) {
    const auto identity = identify(request, door, access);
    if (!identity) {
      tell_refused(request, door, handler,
                   door.tcp ? "no token, or none that there is" : "a user without a role");
      return refuse_stranger(door);
    }
    request.role = identity->role;
    request.actor = identity->actor;
    request.entities = identity->entities;
    request.headers[kFrom] = from_of(door);
  }
  return handler(request);
}

} // namespace

Response problem(int status, std::string_view title)
{
  // Titles are ours or name a parameter of the asker's; quotes are all that could break the document.
  std::string safe(title);
  std::replace_if(
      safe.begin(), safe.end(),
      [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }, '\'');
  return {status,
          "application/problem+json",
          fmt::format(R"({{"type":"about:blank","status":{},"title":"{}"}})", status, safe),
          {}};
}

Response answer(const Incoming& incoming, const Door& door, const Access& access,
                const Handler& handler)
{
  Response response;
  try {
    response = handled(incoming, door, access, handler);
  } catch (const std::exception&) { // Its words are for our log, not for whoever asked.
    response = problem(500, "the request could not be worked on");
  }
  response.headers.emplace("Cache-Control", "no-store");
  response.headers.emplace("X-Content-Type-Options", "nosniff");
  response.headers.emplace("Referrer-Policy", "no-referrer");
  response.headers.emplace("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  return response;
}

} // namespace gramsetu::api
