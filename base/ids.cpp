// Ids from a generator that is seeded once.
#include "base/ids.hpp"

#include <fmt/format.h>

#include <bit>
#include <random>

namespace gramsetu {

namespace {

// splitmix64: spreads a seed of few bits over all of them.
std::uint64_t spread(std::uint64_t& seed)
{
  seed += 0x9e3779b97f4a7c15u;
  std::uint64_t bits = seed;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

} // namespace

Ids::Ids()
{
  std::random_device device;
  const auto half = [&] { return static_cast<std::uint64_t>(device()); };
  for (auto& word : state_)
    word = half() << 32 | half();
  state_.back() |= 1;
}

Ids::Ids(std::uint64_t seed)
{
  for (auto& word : state_)
    word = spread(seed);
}

// xoshiro256** (Blackman, Vigna): as good here as a Mersenne twister, which has 2.5 KB where this has 32 bytes.
std::uint64_t Ids::random()
{
  auto& [a, b, c, d] = state_;
  const auto drawn = std::rotl(b * 5, 7) * 9;
  const auto shifted = b << 17;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= shifted;
  d = std::rotl(d, 45);
  return drawn;
}

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
                     random() & 0xffffffu);
}

std::string Ids::idempotency_key()
{
  const std::scoped_lock lock(mutex_);
  const auto high = random();
  return fmt::format("{:016x}{:016x}", high, random());
}

std::uint64_t Ids::below(std::uint64_t bound)
{
  const std::scoped_lock lock(mutex_);
  return bound == 0 ? 0 : random() % bound;
}

} // namespace gramsetu
