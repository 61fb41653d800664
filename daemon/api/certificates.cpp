// Looks at the ends of certificates, and says each day which of them are near.
#include "daemon/api/certificates.hpp"

#include "connectors/api/traffic.hpp"
#include "daemon/api/server_tls.hpp"

#include <fmt/format.h>

namespace gramsetu::api {

namespace {

constexpr std::chrono::hours kAgain{24};

std::string sentence(std::string_view endpoint, std::string_view whose, std::int64_t days)
{
  auto text = whose == "api"      ? std::string("the certificate that our API shows")
              : whose == "theirs" ? fmt::format("the certificate that {} shows", endpoint)
                                  : fmt::format("our certificate for {}", endpoint);
  if (days < 0) return text + " has ended";
  if (days == 0) return text + " ends within a day";
  return fmt::format("{} ends in {} day{}", text, days, days == 1 ? "" : "s");
}

} // namespace

std::optional<std::int64_t> days_left(Instant end, Instant now)
{
  if (end - now > kCertificateWorthTelling) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(end - now).count();
}

void CertificateWatch::look()
{
  const std::lock_guard lock(mutex_);
  const auto now = hub_.clock().now();
  std::erase_if(told_, [&](const auto& told) { return now - told.second >= kAgain; });
  for (const auto& [name, settings] : hub_.setup()->config().endpoints) {
    const auto traffic = connectors::traffic_of(name)->counts();
    look_at(name, "ours", traffic.identity_until);
    look_at(name, "theirs", traffic.server_until);
  }
  look_at("", "api", end_of_served_certificate());
}

void CertificateWatch::look_at(std::string_view endpoint, std::string_view whose,
                               std::optional<Instant> until)
{
  const auto now = hub_.clock().now();
  const auto days = until ? days_left(*until, now) : std::nullopt;
  if (!days) return;
  const auto end = to_rfc3339(*until, hub_.setup()->offset);
  if (!told_.emplace(fmt::format("{} {} {}", endpoint, whose, end), now).second) return;
  std::vector<LogField> fields;
  if (!endpoint.empty()) fields.push_back({"endpoint", std::string(endpoint)});
  fields.push_back({"whose", std::string(whose)});
  fields.push_back({"until", end});
  hub_.log().event(Event::certificate_ending, sentence(endpoint, whose, *days), std::move(fields));
}

} // namespace gramsetu::api
