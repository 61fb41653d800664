// Metrics of endpoints: what they were asked and how they stand.
#include "connectors/api/traffic.hpp"
#include "daemon/api/metrics_parts.hpp"
#include "daemon/api/server_tls.hpp"

namespace gramsetu::api {

namespace {

using Counts = connectors::Traffic::Counts;
using Traffics = std::vector<std::pair<std::string, Counts>>; // in the order of their names

Traffics traffics(const MetricsSource& from)
{
  Traffics all;
  for (const auto& endpoint : from.status.endpoints)
    all.emplace_back(endpoint.name, connectors::traffic_of(endpoint.name)->counts());
  return all;
}

void write_calls(MetricsWriter& out, const Traffics& all)
{
  out.family("gramsetu_endpoint_calls_total", "counter",
             "Calls by what they were for and what they came to: ok, or the kind of the error.");
  for (const auto& [endpoint, counts] : all)
    for (const auto& [what, count] : counts.calls)
      out.sample({{"endpoint", endpoint}, {"call", what.first}, {"result", what.second}}, count);
  out.family("gramsetu_endpoint_requests_total", "counter",
             "HTTP requests by the class of the answer's status; none: no answer came.");
  for (const auto& [endpoint, counts] : all)
    for (const auto& [status, count] : counts.requests)
      out.sample({{"endpoint", endpoint}, {"class", status}}, count);
  out.family("gramsetu_endpoint_pushed_total", "counter", "Pushed records by their outcome.");
  for (const auto& [endpoint, counts] : all)
    for (const auto& [outcome, count] : counts.pushed)
      out.sample({{"endpoint", endpoint}, {"outcome", outcome}}, count);
  out.family("gramsetu_endpoint_bytes_total", "counter", "Bytes of bodies, by direction.");
  for (const auto& [endpoint, counts] : all) {
    out.sample({{"endpoint", endpoint}, {"direction", "received"}}, counts.received);
    out.sample({{"endpoint", endpoint}, {"direction", "sent"}}, counts.sent);
  }
}

void write_durations(MetricsWriter& out, const Traffics& all)
{
  out.family("gramsetu_endpoint_call_duration_seconds", "histogram", "How long calls take.");
  for (const auto& [endpoint, counts] : all) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < counts.took.size(); ++i) {
      sum += counts.took[i];
      const bool last = i == connectors::Traffic::kBounds.size();
      const auto bound = last ? "+Inf" : Amount(connectors::Traffic::kBounds.at(i)).text();
      out.sample("_bucket", {{"endpoint", endpoint}, {"le", bound}}, sum);
    }
    out.sample("_sum", {{"endpoint", endpoint}}, counts.sum);
    out.sample("_count", {{"endpoint", endpoint}}, sum);
  }
}

} // namespace

void write_endpoints(MetricsWriter& out, const MetricsSource& from)
{
  const auto all = traffics(from);
  out.family("gramsetu_endpoint_up", "gauge", "0 while an endpoint is down.");
  for (const auto& endpoint : from.status.endpoints)
    out.sample({{"endpoint", endpoint.name}}, endpoint.down ? 0 : 1);
  const Ticks ticks = from.hub.clock().ticks();
  out.family("gramsetu_endpoint_breaker_open", "gauge",
             "1 while an endpoint that failed again and again is left alone.");
  for (const auto& [endpoint, counts] : all)
    out.sample({{"endpoint", endpoint}}, counts.left_alone_until > ticks ? 1 : 0);
  out.family("gramsetu_endpoint_page_records", "gauge",
             "Records a page is asked for, of streams whose line does not carry as many as the "
             "manifest says.");
  for (const auto& [endpoint, counts] : all)
    for (const auto& [stream, records] : counts.smaller_pages)
      out.sample({{"endpoint", endpoint}, {"stream", stream}}, records);
  write_calls(out, all);
  write_durations(out, all);
}

void write_standing(MetricsWriter& out, const MetricsSource& from)
{
  out.family("gramsetu_endpoint_clock_offset_seconds", "gauge",
             "How far an endpoint's clock is ahead of ours, as its answers showed.");
  for (const auto& endpoint : from.status.endpoints)
    if (endpoint.clock) out.sample({{"endpoint", endpoint.name}}, endpoint.clock->ahead);
  out.family("gramsetu_certificate_expiry_timestamp_seconds", "gauge",
             "When a certificate ends: ours, which an endpoint is shown, the one it showed, or the "
             "one that our API shows.");
  const auto expiry = [&](std::string_view endpoint, std::string_view whose, auto end) {
    if (end) out.sample({{"endpoint", endpoint}, {"whose", whose}}, end->time_since_epoch());
  };
  for (const auto& endpoint : from.status.endpoints) {
    expiry(endpoint.name, "ours", endpoint.identity_until);
    expiry(endpoint.name, "theirs", endpoint.server_until);
  }
  expiry("", "api", end_of_served_certificate());
}

} // namespace gramsetu::api
