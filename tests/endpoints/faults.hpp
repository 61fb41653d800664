// Faults that are switched on by request.
#pragma once

#include "base/result.hpp"
#include "schema/value.hpp"
#include "tests/endpoints/http_message.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace gramsetu::sim {

struct Fault {
  enum class Kind {
    latency,
    status,
    truncate,
    cut_long,
    chunk_cut,
    close,
    commit_then_drop,
    stall,
    hang,
    repeat_page,
    half_page,
    empty,
    html,
    malformed,
    drip,
    redirect,
    two_lengths,
    revoke,
    refuse,
  };
  Kind kind = Kind::status;
  std::int64_t times = 1; // how often it strikes; 0: for ever
  std::int64_t skip = 0;  // matching requests that pass first
  double probability = 1;
  std::string path, method; // a piece of the target, a method; empty: any
  int status = 503;
  std::string body, retry_after, location;
  std::chrono::milliseconds wait{0};
  std::size_t bytes = 0;

  int id = 0;
  std::int64_t hits = 0;
};

// Reads the body of POST /_sim/faults.
Result<Fault> read_fault(const schema::Value& body);
schema::Value to_value(const Fault& fault);

// Any thread.
class Faults {
public:
  explicit Faults(std::uint64_t seed) : random_(seed) {}

  int add(Fault fault);
  // The first fault that strikes this request; it counts as a hit.
  std::optional<Fault> strike(const Request& request);
  void clear();
  bool clear(int id);
  schema::Value to_value() const;

private:
  mutable std::mutex mutex_; // guards all below
  std::vector<Fault> faults_;
  std::mt19937_64 random_;
  int last_id_ = 0;
};

} // namespace gramsetu::sim
