// What an endpoint was asked, counted, and how it stands with us.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gramsetu::connectors {

// Calls and requests of one endpoint since the process began. Any thread.
class Traffic {
public:
  // How long calls take: upper bounds of the classes; above the last there is one more.
  using Span = std::chrono::milliseconds;
  static constexpr std::array kBounds = {Span(100),    Span(500),    Span(1'000),  Span(5'000),
                                         Span(15'000), Span(60'000), Span(300'000)};

  struct Counts {
    using Pair = std::pair<std::string_view, std::string_view>;
    std::map<Pair, std::uint64_t> calls;                // "pull", and "ok" or the kind of its error
    std::map<std::string_view, std::uint64_t> requests; // "2xx"; "none": no answer came
    std::map<std::string_view, std::uint64_t> pushed;   // records by outcome, "applied"
    std::array<std::uint64_t, kBounds.size() + 1> took{};
    Span sum{0};
    std::uint64_t received = 0, sent = 0;  // bytes of bodies
    std::optional<Instant> server_until;   // the end of the certificate that it showed last
    std::optional<Instant> identity_until; // the end of our own, which we show it
    Ticks left_alone_until{};              // it failed too often, and is not asked before that
    // By stream: records a page is asked for where that is less than the manifest says.
    std::map<std::string, std::size_t> smaller_pages;
  };

  // `call` and `result` outlive the traffic: names of enumerations do.
  void called(std::string_view call, std::string_view result, Span took);
  void requested(int status, std::size_t sent); // 0: no answer came
  void pushed(std::string_view outcome);
  void received(std::size_t bytes);
  void server_until(Instant end);
  void identity_until(std::optional<Instant> end);
  void leave_alone_until(Ticks end);
  void smaller_pages(const std::string& stream, std::optional<std::size_t> records);

  Counts counts() const;

private:
  mutable std::mutex mutex_; // guards `counts_`
  Counts counts_;
};

// The traffic of the endpoint with that name, which outlives every reload of the configuration. Any thread.
std::shared_ptr<Traffic> traffic_of(const std::string& endpoint);

} // namespace gramsetu::connectors
