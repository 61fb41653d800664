// Ids from a generator that is seeded once.
#include "base/ids.hpp"

#include <fmt/format.h>

namespace gramsetu {

namespace {

std::seed_seq system_seed()
{
  std::random_device device;
  return std::seed_seq{device(), device(), device(), device(), device(), device()};
}

} // namespace

Ids::Ids()
{
  auto seed = system_seed();
  random_.seed(seed);
}

Ids::Ids(std::uint64_t seed) : random_(seed) {}

std::string Ids::run(Instant at)
{
  namespace chr = std::chrono;
  const auto day = chr::floor<chr::days>(at);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss time(at - day);
  const std::scoped_lock lock(mutex_);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}-{:06x}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     random_() & 0xffffffu);
}

std::string Ids::idempotency_key()
{
  const std::scoped_lock lock(mutex_);
  const auto high = random_();
  return fmt::format("{:016x}{:016x}", high, random_());
}

std::uint64_t Ids::below(std::uint64_t bound)
{
  const std::scoped_lock lock(mutex_);
  return bound == 0 ? 0 : random_() % bound;
}

} // namespace gramsetu
