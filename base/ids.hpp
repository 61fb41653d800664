// Names that are minted: runs and idempotency keys.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

namespace gramsetu {

// Mints ids. Seeded from the system in the daemon, from a number in tests, so that a history can be
// repeated. Small: each endpoint has a few. Not for secrets: who sees enough ids can compute the next. Any thread.
class Ids {
public:
  Ids();                            // from the operating system's randomness
  explicit Ids(std::uint64_t seed); // repeatable

  // Sorts by time, then by chance: "20261123T043000-7f3a9c".
  std::string run(Instant at);

  // 128 random bits in hex. Minted once for an effect, kept with it, sent with every attempt.
  std::string idempotency_key();

  // A number in [0, bound): jitter.
  std::uint64_t below(std::uint64_t bound);

private:
  std::uint64_t random();

  std::mutex mutex_;                     // guards `state_`
  std::array<std::uint64_t, 4> state_{}; // never all zero
};

} // namespace gramsetu
