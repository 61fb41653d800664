// Counts those who were not let in, so that guessing is slow and the log stays short.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace gramsetu::api {

struct ThrottleLimits {
  std::size_t of_a_source = 10; // a person who mistypes has given up by then
  std::size_t of_all = 300;     // of many sources together; a right token still opens
  std::size_t sources = 1024;   // that are remembered; the oldest is forgotten
  std::chrono::milliseconds window{60'000};
};

// Any thread. A source is an address; of IPv6 the network, because a house has all of its addresses.
class Throttle {
public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Throttle(ThrottleLimits limits = {}) : limits_(limits) {}

  // Too many failures came from there in this window: not even a right token is looked at.
  bool is_shut(const std::string& source, Time now);
  // A failure: `tell` for those worth a line in the log, `shut` when it is to be answered with 429.
  struct Verdict {
    bool tell = false, shut = false;
  };
  Verdict failed(const std::string& source, Time now);

private:
  struct Count {
    Time since{};
    std::size_t failures = 0;
  };
  Count& counted(Count& count, Time now) const;
  void make_room();

  const ThrottleLimits limits_;
  std::mutex mutex_; // guards what follows
  std::map<std::string, Count> sources_;
  Count all_;
};

// "192.0.2.7", or the first four groups of an IPv6 address.
std::string source_of(const std::string& address);

} // namespace gramsetu::api
