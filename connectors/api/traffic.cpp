// Counting calls and requests.
#include "connectors/api/traffic.hpp"

#include <algorithm>

namespace gramsetu::connectors {

namespace {

std::string_view class_of(int status)
{
  switch (status / 100) {
  case 1: return "1xx";
  case 2: return "2xx";
  case 3: return "3xx";
  case 4: return "4xx";
  case 5: return "5xx";
  default: return status == 0 ? "none" : "other";
  }
}

} // namespace

void Traffic::called(std::string_view call, std::string_view result, Span took)
{
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), took);
  const std::lock_guard lock(mutex_);
  ++counts_.calls[{call, result}];
  ++counts_.took.at(static_cast<std::size_t>(bound - kBounds.begin()));
  counts_.sum += took;
}

void Traffic::requested(int status, std::size_t sent)
{
  const std::lock_guard lock(mutex_);
  ++counts_.requests[class_of(status)];
  counts_.sent += sent;
}

void Traffic::pushed(std::string_view outcome)
{
  const std::lock_guard lock(mutex_);
  ++counts_.pushed[outcome];
}

void Traffic::received(std::size_t bytes)
{
  const std::lock_guard lock(mutex_);
  counts_.received += bytes;
}

void Traffic::server_until(Instant end)
{
  const std::lock_guard lock(mutex_);
  counts_.server_until = end;
}

void Traffic::identity_until(std::optional<Instant> end)
{
  const std::lock_guard lock(mutex_);
  counts_.identity_until = end;
}

void Traffic::leave_alone_until(Ticks end)
{
  const std::lock_guard lock(mutex_);
  counts_.left_alone_until = end;
}

void Traffic::smaller_pages(const std::string& stream, std::optional<std::size_t> records)
{
  const std::lock_guard lock(mutex_);
  if (records)
    counts_.smaller_pages[stream] = *records;
  else
    counts_.smaller_pages.erase(stream);
}

Traffic::Counts Traffic::counts() const
{
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::shared_ptr<Traffic> traffic_of(const std::string& endpoint)
{
  static std::mutex mutex; // guards `all`
  static std::map<std::string, std::shared_ptr<Traffic>> all;
  const std::lock_guard lock(mutex);
  auto& traffic = all[endpoint];
  if (!traffic) traffic = std::make_shared<Traffic>();
  return traffic;
}

} // namespace gramsetu::connectors
