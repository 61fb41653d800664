// Asking an address for a sample.
#include "connectors/http/client.hpp"
#include "connectors/kit/sample.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::uint64_t kSampleMost = 8ull << 20;

} // namespace

Result<std::string> fetch_sample(const std::string& url)
{
  SystemClock clock;
  http::ClientSettings settings;
  settings.limits.response_bytes = kSampleMost;
  settings.limits.first_byte_timeout = std::chrono::seconds(30);
  settings.limits.total_timeout = std::chrono::seconds(60);
  http::Client client(settings, clock);
  http::Request request;
  request.url = url;
  request.label = "GET " + url.substr(0, url.find('?')); // a key may stand behind it
  const auto outcome = client.send(request, {});
  if (const auto* failed = std::get_if<http::NotSent>(&outcome))
    return tl::unexpected<Error>(failed->error);
  if (const auto* broken = std::get_if<http::Indeterminate>(&outcome))
    return tl::unexpected<Error>(broken->error);
  const auto& answer = std::get<http::Response>(outcome);
  if (answer.status == 200) return answer.body;
  return fail(ErrorKind::invalid,
              fmt::format("{} answered {}; save a sample to a file, and give --from its name",
                          request.label, answer.status));
}

} // namespace gramsetu::connectors::kit
