// Windows of a fixed length, by source and for all.
#include "daemon/api/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

bool Throttle::is_shut(const std::string& source, Time now)
{
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(source);
  return found != sources_.end() && counted(found->second, now).failures >= limits_.of_a_source;
}

Throttle::Verdict Throttle::failed(const std::string& source, Time now)
{
  const std::lock_guard lock(mutex_);
  if (!sources_.contains(source)) make_room();
  auto& count = counted(sources_[source], now);
  auto& all = counted(all_, now);
  ++count.failures;
  ++all.failures;
  const bool shut = count.failures > limits_.of_a_source || all.failures > limits_.of_all;
  // The first of a window, and the one that shuts the door; not each of thousands.
  return {count.failures == 1 ? all.failures <= limits_.of_all
                              : count.failures == limits_.of_a_source,
          shut};
}

Throttle::Count& Throttle::counted(Count& count, Time now) const
{
  if (now - count.since >= limits_.window) count = {now, 0};
  return count;
}

void Throttle::make_room()
{
  if (sources_.size() < limits_.sources) return;
  sources_.erase(
      std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
        return a.second.since < b.second.since;
      }));
}

std::string source_of(const std::string& address)
{
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

} // namespace gramsetu::api
