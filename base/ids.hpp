// Names that are minted: runs and idempotency keys.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace gramsetu {

// Mints ids. Seeded from the system in the daemon, from a number in tests, so that a history can be
// repeated. Any thread.
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
  std::mutex mutex_; // guards `random_`
  std::mt19937_64 random_;
};

} // namespace gramsetu
