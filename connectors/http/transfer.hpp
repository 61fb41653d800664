// One prepared libcurl transfer, run to its end or given up.
#pragma once

#include "base/clock.hpp"
#include "connectors/http/client.hpp"
#include "connectors/http/exchange.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace gramsetu::connectors::http {

// Easy and multi handles are `void*` here because that is what libcurl's names for them mean, and its
// header stays out of ours.
class Transfer {
public:
  Transfer(void* easy, void* multi, Exchange& exchange, Clock& clock);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // libcurl's result code. Ends soon after `stop` is requested.
  int run(const ClientSettings& settings, const std::stop_token& stop);

  bool cancelled() const { return cancelled_; }
  const std::string& why_slow() const { return why_slow_; } // empty: speed was not the reason
  bool request_left() const; // some byte of the request was handed to the connection

private:
  int result();
  bool too_slow(const ClientSettings& settings);
  bool silent(const Limits& limits, Ticks now);
  bool crawling(const ClientSettings& settings, Ticks now);

  void* easy_;
  void* multi_;
  Exchange& exchange_;
  Clock& clock_;
  bool cancelled_ = false;
  std::string why_slow_;
  std::int64_t sent_ = -1;
  std::optional<Ticks> since_;  // when the request last moved
  std::optional<Ticks> window_; // when the current window of the answer began
  std::uint64_t window_bytes_ = 0;
};

} // namespace gramsetu::connectors::http
