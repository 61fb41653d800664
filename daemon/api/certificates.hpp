// Certificates that end soon: ours and the endpoints', and who is told of them in time.
#pragma once

#include "base/clock.hpp"
#include "daemon/runtime/hub.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::api {

// From so long before its end a certificate is worth a word.
inline constexpr std::chrono::hours kCertificateWorthTelling{30 * 24};

// Days until `end`, below zero afterwards; nothing while it is not worth a word.
std::optional<std::int64_t> days_left(Instant end, Instant now);

// Logs `certificate_ending` of each certificate that ends soon: when it is first seen, and once a day from then on. A
// renewed certificate is another one. Any thread.
class CertificateWatch {
public:
  explicit CertificateWatch(runtime::Hub& hub) : hub_(hub) {} // which outlives this
  void look();

private:
  void look_at(std::string_view endpoint, std::string_view whose, std::optional<Instant> until);

  runtime::Hub& hub_;
  std::mutex mutex_;                    // guards the following
  std::map<std::string, Instant> told_; // when of which
};

} // namespace gramsetu::api
