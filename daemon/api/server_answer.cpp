// From a parsed request to an answer: headers, host, identity, then the handler.
#include "daemon/api/server_parts.hpp"

#include "daemon/api/target.hpp"
#include "daemon/api/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <random>

namespace gramsetu::api {

namespace {

// Two of these in one request is how two readers come to disagree about it.
constexpr std::array<std::string_view, 7> kSingle = {
    "host",     "authorization", "content-type", "content-length", "transfer-encoding",
    "if-match", "last-event-id"};

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

std::string header(const Request& request, const std::string& name)
{
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

// Is it us who is called? An address of ours that a foreign name points at is not.
bool is_our_name(const Request& request, const Door& door, const Access& access)
{
  const auto host = read_host(header(request, "host"), door.port, access.tls ? 443 : 80);
  return host.our_port &&
         (is_loopback_name(host.name) || (access.tls && access.tls->is_named(host.name)));
}

// Why a request is refused before anyone asks who sent it. A browser says whose page asks, and no page is
// ours; what writes is JSON, which a form cannot send.
std::optional<Response> refuse_foreign(const Request& request, const Door& door,
                                       const Access& access)
{
  if (door.tcp && !is_our_name(request, door, access)) return problem(421, "this name is not ours");
  const auto site = header(request, "sec-fetch-site");
  if (request.headers.contains("origin") ||
      (!site.empty() && site != "same-origin" && site != "none"))
    return problem(403, "pages of other sites may not ask");
  const auto type = header(request, "content-type");
  if (!request.body.empty() && type.substr(0, type.find(';')) != "application/json")
    return problem(415, "a body is application/json");
  return std::nullopt;
}

Response refuse_stranger(const Door& door)
{
  if (!door.tcp) return problem(403, "this user has no role here");
  Response refusal = problem(401, "a token is needed");
  refusal.headers["WWW-Authenticate"] = "Bearer";
  return refusal;
}

Response refuse_guesser(const ServerLimits& limits)
{
  const auto window = std::chrono::ceil<std::chrono::seconds>(limits.throttle.window);
  Response refusal = problem(429, "too many requests without a right token came from there");
  refusal.headers["Retry-After"] = std::to_string(window.count());
  return refusal;
}

// Who a request came from, before or whoever they say they are.
std::string from_of(const Door& door)
{
  return door.tcp ? "token" : fmt::format("uid {}", door.peer.user);
}

// One request on its way.
class Way {
public:
  Way(const Incoming& incoming, const Door& door, Core& core)
      : incoming_(incoming), door_(door), core_(core), access_(core.current_access())
  {
  }

  Response go()
  {
    const auto target = read_target(incoming_.target);
    if (!target) return problem(400, target.error().what);
    auto headers = headers_of(incoming_);
    if (!headers) return problem(400, "a header is given twice");
    Request request{incoming_.method,
                    target->path,
                    target->query,
                    std::move(*headers),
                    incoming_.body,
                    Role::viewer,
                    ""};
    if (auto refusal = refuse_foreign(request, door_, *access_)) {
      tell_refused(request, "the request came for another name or from another site");
      return *refusal;
    }
    if (is_open_path(request.path)) return core_.handler(request);
    if (auto refusal = let_in(request)) return *refusal;
    return core_.handler(request);
  }

private:
  void tell_refused(const Request& request, const char* why) const
  {
    constexpr std::size_t kPathMax = 200;
    if (core_.on_refused) core_.on_refused({from_of(door_), why, request.path.substr(0, kPathMax)});
  }

  std::optional<Response> let_in(Request& request)
  {
    const auto now = std::chrono::steady_clock::now();
    if (door_.tcp && core_.throttle.is_shut(door_.source, now)) return refuse_guesser(core_.limits);
    const auto identity = door_.tcp ? identify(header(request, "authorization"), access_->tokens)
                                    : identify(door_.peer, access_->operators);
    if (!identity) return refuse(request, now);
    request.role = identity->role;
    request.actor = identity->actor;
    request.entities = identity->entities;
    request.headers[kFrom] = from_of(door_);
    return std::nullopt;
  }

  Response refuse(const Request& request, Throttle::Time now)
  {
    if (!door_.tcp) {
      tell_refused(request, "a user without a role");
      return refuse_stranger(door_);
    }
    const auto verdict = core_.throttle.failed(door_.source, now);
    if (verdict.tell) tell_refused(request, "no token, or none that there is");
    return verdict.shut ? refuse_guesser(core_.limits) : refuse_stranger(door_);
  }

  const Incoming& incoming_;
  const Door& door_;
  Core& core_;
  const std::shared_ptr<const Access> access_;
};

} // namespace

Response problem(int status, std::string_view title)
{
  // Titles are ours or name a parameter of the asker's; quotes are all that could break the document.
  std::string safe(title);
  std::replace_if(
      safe.begin(), safe.end(),
      [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }, '\'');
  return {status, "application/problem+json",
          fmt::format(R"({{"type":"about:blank","status":{},"title":"{}"}})", status, safe)};
}

std::string request_id()
{
  thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}", random());
}

std::optional<Response> later_of(const Response& waiting, bool now)
{
  try {
    return waiting.later(now);
  } catch (const std::exception&) {
    return problem(500, "the request could not be worked on");
  }
}

std::optional<std::string> more_of(const Response& stream)
{
  try {
    return stream.more();
  } catch (const std::exception&) { // The reader comes back, and is told then.
    return std::nullopt;
  }
}

std::string stream_begin(const Response& response)
{
  auto text = fmt::format("HTTP/1.1 {} OK\r\nContent-Type: {}\r\nConnection: close\r\n",
                          response.status, response.content_type);
  for (const auto& [name, value] : response.headers)
    text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n" + response.body;
}

Response answer(const Incoming& incoming, const Door& door, Core& core)
{
  Response response;
  try {
    response = Way(incoming, door, core).go();
  } catch (const std::exception&) { // Its words are for our log, not for whoever asked.
    response = problem(500, "the request could not be worked on");
  }
  const auto id = request_id();
  if (response.status >= 500 && core.on_failed) core.on_failed(id, response.status);
  response.headers["X-Request-Id"] = id;
  return response;
}

void guard(Response& response, bool tls)
{
  auto& headers = response.headers;
  headers.emplace("Cache-Control", "no-store");
  headers.emplace("X-Content-Type-Options", "nosniff");
  headers.emplace("X-Frame-Options", "DENY");
  headers.emplace("Referrer-Policy", "no-referrer");
  headers.emplace(
      "Content-Security-Policy",
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  headers.emplace("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace("Cross-Origin-Resource-Policy", "same-origin");
  if (tls) headers.emplace("Strict-Transport-Security", "max-age=31536000");
  const auto [id, fresh] = headers.emplace("X-Request-Id", "");
  if (fresh) id->second = request_id();
  // RFC 9457: which occurrence of the problem this was.
  if (response.content_type == "application/problem+json" && response.body.ends_with('}')) {
    response.body.pop_back();
    response.body += fmt::format(R"(,"instance":"urn:gramsetu:request:{}"}})", id->second);
  }
}

} // namespace gramsetu::api
