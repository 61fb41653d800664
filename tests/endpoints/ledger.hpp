// Every effect that an endpoint's records had from outside, in order.
#pragma once

#include "schema/value.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace gramsetu::sim {

struct Effect {
  std::int64_t at = 0; // epoch milliseconds
  std::string stream, verb, id, key, reference, idempotency_key;
  std::int64_t version = 0; // that the record has since
  std::string body;         // as received
};

// Any thread.
class Ledger {
public:
  void add(Effect effect);
  void count_request();
  // A write comes in, and has been answered: how many of them overlap is counted.
  void begin_write();
  void end_write();
  void count_replay();
  std::vector<Effect> effects(std::size_t from = 0) const;
  std::size_t requests() const;
  std::size_t replays() const;
  std::size_t most_writes() const; // that were under way at once
  void clear();
  schema::Value to_value(std::size_t from) const;

private:
  mutable std::mutex mutex_; // guards all below
  std::vector<Effect> effects_;
  std::size_t requests_ = 0, replays_ = 0;
  std::size_t writes_ = 0, most_writes_ = 0; // under way
};

} // namespace gramsetu::sim
