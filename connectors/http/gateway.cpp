// Signing, renewing and redirecting.
#include "connectors/http/gateway.hpp"

#include "connectors/http/resume.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

namespace {

constexpr int kRedirects = 3;
constexpr std::chrono::hours kReadingAge{1};
constexpr std::size_t kErrorSized = 1024;

ClientSettings client_settings(const EndpointSettings& settings, bool gzip,
                               const std::optional<Identity>& identity)
{
  ClientSettings client;
  client.limits = settings.limits;
  client.tls = settings.tls;
  client.allow_plaintext = settings.allow_plaintext;
  client.gzip = gzip;
  if (identity) client.identity = identity->certificate;
  return client;
}

bool is_redirect(int status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace

// The connector has looked at the address before.
Gateway::Gateway(const EndpointSettings& settings, const Plan& plan, Means means,
                 const Services& services)
    : base_(parse_url(settings.url).value_or(Url{})),
      plan_(plan),
      sealer_(std::move(means.sealer)),
      clock_(services.clock),
      listener_(services.listener),
      traffic_(traffic_of(settings.name)),
      client_(client_settings(settings, plan.gzip, means.identity), clock_),
      credentials_(settings, plan.signature, means.identity ? means.identity->certificate : "",
                   clock_)
{
  traffic_->identity_until(means.identity ? std::optional(means.identity->until) : std::nullopt);
}

Outcome Gateway::ask(const Request& request, std::stop_token stop)
{
  Outcome outcome = follow(request, stop);
  if (const auto* response = std::get_if<Response>(&outcome); response && listener_) {
    Exchanged seen{request.method, request.url, request.body, response->status, {}, response->body};
    for (const Header& header : response->headers)
      seen.headers.emplace_back(header.name, header.value);
    listener_->exchanged(seen);
  }
  return outcome;
}

Outcome Gateway::follow(const Request& request, const std::stop_token& stop)
{
  Request current = request;
  for (int redirects = 0;; ++redirects) {
    Outcome outcome = signed_send(current, stop);
    const auto* response = std::get_if<Response>(&outcome);
    if (!response || !is_redirect(response->status) || !request.repeatable) {
      // What another place lacks says nothing about what was asked for here.
      if (!response || redirects == 0 || response->status < 400) return outcome;
      return Indeterminate{
          {ErrorKind::transient,
           fmt::format("{}: redirected, and answered {} there", request.label, response->status)}};
    }
    const auto refuse = [&](std::string why) {
      return Indeterminate{
          {ErrorKind::unsupported,
           fmt::format("{}: answered {}: {}", request.label, response->status, why)}};
    };
    const std::string* location = response->header("Location");
    if (!location || location->empty()) return refuse("it redirects without saying where to");
    // 307 and 308 keep the method; the others turn everything into a GET, which only a GET survives.
    const bool keeps = response->status == 307 || response->status == 308;
    if (current.method != "GET" && !keeps) return refuse("a redirected POST is not followed");
    const auto from = parse_url(current.url);
    if (!from) return refuse("the request's own address is unreadable");
    const auto to = resolve(*from, *location);
    if (!to || !to->same_origin(base_)) return refuse("redirects to another place are refused");
    if (redirects == kRedirects) return refuse("it redirects too often");
    current.url = to->text();
  }
}

std::optional<ClockReading> Gateway::clock() const
{
  const std::lock_guard lock(mutex_);
  return reading_;
}

// The quickest answer of the last hour tells most; an older one says nothing of a clock that drifts.
void Gateway::look_at_clock(const Response& response)
{
  const auto reading = clock_of(response);
  if (!reading) return;
  const std::lock_guard lock(mutex_);
  const bool old = !reading_ || reading->at - reading_->at > kReadingAge;
  if (old || reading->error <= reading_->error) reading_ = reading;
}

Outcome Gateway::signed_send(const Request& request, std::stop_token stop)
{
  for (bool renewed = false;; renewed = true) {
    Request copy = request;
    // What is signed is what is sent: sealed already.
    if (sealer_) {
      if (auto sealed = sealer_->seal(copy); !sealed)
        return NotSent{{sealed.error().kind, request.label + ": " + sealed.error().what}};
    }
    auto token = credentials_.sign(copy, stop);
    if (!token) return NotSent{std::move(token.error())};
    Outcome outcome = send_and_resume(client_, copy, stop);
    auto* response = std::get_if<Response>(&outcome);
    if (response) look_at_clock(*response);
    traffic_->requested(response ? response->status : 0, copy.body.size());
    if (const auto until = client_.server_until()) traffic_->server_until(*until);
    if (response && response->status == 401 && !renewed && credentials_.renew(*token)) continue;
    // One so small may say what went wrong whatever its status is.
    if (response && (response->status >= 300 || response->body.size() < kErrorSized))
      credentials_.mask(response->body);
    return opened(std::move(outcome), request);
  }
}

// An answer that cannot be opened says nothing of what the request came to.
Outcome Gateway::opened(Outcome outcome, const Request& request) const
{
  auto* response = std::get_if<Response>(&outcome);
  if (!sealer_ || !response || response->status >= 300) return outcome;
  if (auto done = sealer_->open(*response); !done)
    return Indeterminate{{ErrorKind::transient, request.label + ": " + done.error().what}};
  return outcome;
}

} // namespace gramsetu::connectors::http
