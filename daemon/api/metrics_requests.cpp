// Metrics of the admin API: who asked it for what is the audit log's; here is how much, and how it went.
#include "daemon/api/metrics_parts.hpp"
#include "daemon/api/prepared.hpp"

namespace gramsetu::api {

std::function<void(const Answered&)> count_requests(runtime::Hub& hub)
{
  return [&hub, &routes = prepared_routes()](const Answered& answered) {
    const auto operation = operation_of(routes, answered.method, answered.path);
    hub.meters().request_ended(operation, answered.status, answered.took);
  };
}

void write_requests(MetricsWriter& out, const MetricsSource& from)
{
  const auto requests = from.hub.meters().requests();
  out.family("gramsetu_api_requests_total", "counter",
             "Requests of the admin API by operation and status; none: of no operation.");
  for (const auto& [operation, tally] : requests)
    for (const auto& [status, count] : tally.by_status)
      out.sample({{"operation", operation}, {"code", std::to_string(status)}}, count);
  out.family("gramsetu_api_request_seconds", "summary",
             "How long answers took, those that were waited for on purpose, too.");
  for (const auto& [operation, tally] : requests) {
    std::uint64_t count = 0;
    for (const auto& [status, answers] : tally.by_status)
      count += answers;
    const auto took = std::chrono::round<std::chrono::milliseconds>(tally.took);
    out.sample("_sum", {{"operation", operation}}, took);
    out.sample("_count", {{"operation", operation}}, count);
  }
}

} // namespace gramsetu::api
