// Signing requests; OAuth2 client credentials (RFC 6749, section 4.4).
#include "connectors/http/auth.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/request_plan.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace chr = std::chrono;

namespace {

// When the server does not say how long a token lives.
constexpr chr::seconds kDefaultLife{300};
// A token is renewed this much before its end, so that it does not end in the middle of a run's
// request; short-lived ones at four fifths of their life.
constexpr chr::seconds kRenewEarly{60};
constexpr chr::seconds kLongestLife = chr::hours(24);

ClientSettings client_settings(const EndpointSettings& settings, const std::string& identity)
{
  ClientSettings client;
  client.limits = settings.limits;
  client.limits.response_bytes = 1 << 20;
  client.tls = settings.tls;
  client.identity = identity;
  client.allow_plaintext = settings.allow_plaintext;
  return client;
}

// The error code of RFC 6749, section 5.2, when the body holds one: it tells an operator what to mend,
// and it is the one part of such a body that cannot hold a secret.
std::string error_code(const Response& response)
{
  const auto body = schema::parse_json(response.body);
  const schema::Value* code = body ? schema::at_pointer(*body, "/error") : nullptr;
  if (!code || !code->is_text() || code->text().size() > 40) return {};
  const bool word =
      code->text().find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return word ? ", " + code->text() : "";
}

std::string hex(std::string_view bytes, bool capitals)
{
  const std::string_view digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 0x0f];
  }
  return text;
}

std::string escape_in_small_letters(std::string_view secret)
{
  std::string text = escape(secret);
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1))
    for (std::size_t i = at + 1; i < at + 3 && i < text.size(); ++i)
      if (text[i] >= 'A' && text[i] <= 'F') text[i] = static_cast<char>(text[i] | 0x20);
  return text;
}

// A secret as somebody who was shown it may write it, longest first: inside JSON and addresses, encoded, and
// behind the name that it went out with.
std::vector<std::string> forms_of(const std::string& secret, const std::vector<std::string>& users)
{
  const auto quoted = schema::to_json(schema::Value(secret));
  std::vector<std::string> forms{secret,           quoted.substr(1, quoted.size() - 2),
                                 escape(secret),   escape_in_small_letters(secret),
                                 base64(secret),   hex(secret, false),
                                 hex(secret, true)};
  for (const auto& user : users) {
    forms.push_back(base64(user + ":" + secret));
    forms.push_back(base64(escape(user) + ":" + escape(secret)));
  }
  std::sort(forms.begin(), forms.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return forms;
}

} // namespace

Credentials::Credentials(const EndpointSettings& settings,
                         const std::optional<SignaturePlan>& signature, const std::string& identity,
                         Clock& clock)
    : auth_(settings.auth), signature_(signature), clock_(clock)
{
  if (auth_.kind == Auth::Kind::oauth2) client_.emplace(client_settings(settings, identity), clock);
}

Result<std::string> Credentials::sign(Request& request, std::stop_token stop)
{
  if (!request.token.empty() && !request.body.empty()) return put_token(request, stop);
  const auto header = [&](std::string name, std::string value) {
    request.headers.push_back({std::move(name), std::move(value)});
    return std::string();
  };
  switch (auth_.kind) {
  case Auth::Kind::none: return std::string();
  case Auth::Kind::api_key:
    if (auth_.query.empty()) return header(auth_.header, auth_.value.reveal());
    add_query(request.url, auth_.query, auth_.value.reveal());
    return std::string();
  case Auth::Kind::basic:
    return header("Authorization", "Basic " + base64(auth_.user + ":" + auth_.password.reveal()));
  case Auth::Kind::bearer: return header("Authorization", "Bearer " + auth_.value.reveal());
  case Auth::Kind::hmac: {
    const Signer signer{auth_.client_id, auth_.value.reveal(), ids_.idempotency_key(),
                        clock_.now()};
    TRY_VOID(add_signature(*signature_, signer, request));
    return std::string();
  }
  case Auth::Kind::ssh_key:
    return fail(ErrorKind::unsupported, "a key pair is no way in over HTTP");
  case Auth::Kind::oauth2: break;
  }
  TRY(std::string used, token(stop));
  header("Authorization", "Bearer " + used);
  return used;
}

// Where an envelope carries the token, no header does.
Result<std::string> Credentials::put_token(Request& request, std::stop_token stop)
{
  std::string used = auth_.value.reveal();
  if (auth_.kind == Auth::Kind::oauth2) {
    TRY(used, token(stop));
  }
  TRY(schema::Value body, schema::parse_json(request.body));
  if (!schema::set_at_pointer(body, request.token, schema::Value(used)))
    return fail(ErrorKind::invalid,
                fmt::format("'{}' is no place for a token in the body", request.token));
  request.body = schema::to_json(body);
  return auth_.kind == Auth::Kind::oauth2 ? used : std::string();
}

bool Credentials::renew(const std::string& token)
{
  if (auth_.kind != Auth::Kind::oauth2 || token.empty()) return false;
  const std::lock_guard lock(mutex_);
  // Another thread may have renewed it already; then its token is the one to use.
  if (token_ == token) token_.clear();
  return true;
}

void Credentials::mask(std::string& text)
{
  std::string access;
  {
    const std::lock_guard lock(mutex_);
    access = token_;
  }
  for (const std::string& secret :
       {access, auth_.value.reveal(), auth_.password.reveal(), auth_.client_secret.reveal()}) {
    if (secret.empty()) continue;
    for (const std::string& form : forms_of(secret, {auth_.user, auth_.client_id}))
      for (auto at = text.find(form); at != text.npos; at = text.find(form, at + 1))
        text.replace(at, form.size(), "********");
  }
}

Result<std::string> Credentials::token(std::stop_token stop)
{
  const std::lock_guard lock(mutex_);
  if (!token_.empty() && clock_.ticks() < renew_at_) return token_;
  auto fresh = fetch(stop);
  if (fresh) token_ = *fresh;
  return fresh;
}

Result<std::string> Credentials::fetch(std::stop_token stop)
{
  Request request;
  request.method = "POST";
  request.url = auth_.token_url;
  request.label = "the token server";
  request.repeatable = false;
  request.body = "grant_type=client_credentials";
  if (!auth_.scope.empty()) request.body += "&scope=" + escape(auth_.scope);
  // Section 2.3.1: the parts are form-encoded before they are joined.
  const std::string pair = escape(auth_.client_id) + ":" + escape(auth_.client_secret.reveal());
  request.headers = {{"Authorization", "Basic " + base64(pair)},
                     {"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  Outcome outcome = client_->send(request, stop);
  if (auto* not_sent = std::get_if<NotSent>(&outcome))
    return tl::unexpected<Error>(std::move(not_sent->error));
  if (auto* unclear = std::get_if<Indeterminate>(&outcome))
    return tl::unexpected<Error>(std::move(unclear->error));
  return read_token(request, std::get<Response>(outcome));
}

Result<std::string> Credentials::read_token(const Request& request, const Response& response)
{
  if (response.status != 200) {
    Error error{
        ErrorKind::transient,
        fmt::format("{} answered {}{}", request.label, response.status, error_code(response)),
        retry_after(response, clock_.now())};
    if (response.status == 429) error.kind = ErrorKind::throttled;
    if (response.status < 500 && response.status != 429 && response.status != 408)
      error.kind = ErrorKind::unauthorized;
    return tl::unexpected<Error>(std::move(error));
  }
  const auto body = schema::parse_json(response.body);
  const schema::Value* token = body ? schema::at_pointer(*body, "/access_token") : nullptr;
  if (!token || !token->is_text() || token->text().empty())
    return fail(ErrorKind::transient, request.label + " gave no access_token");
  chr::seconds life = kDefaultLife;
  const schema::Value* stated = schema::at_pointer(*body, "/expires_in");
  if (const auto seconds = stated ? schema::read_integer(scalar_text(*stated)) : std::nullopt)
    life = std::clamp(chr::seconds(*seconds), chr::seconds(0), kLongestLife);
  renew_at_ = clock_.ticks() + life - std::min(kRenewEarly, life / 5);
  return token->text();
}

} // namespace gramsetu::connectors::http
