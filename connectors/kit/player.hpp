// Plays a fixture through the real transport and mapping.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/kit/stand_in.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

// The system's time, with sleeps that jump instead of waiting.
class JumpClock final : public Clock {
public:
  Instant now() const noexcept override;
  Ticks ticks() const noexcept override;
  bool sleep_until(Ticks deadline, std::stop_token stop) override;
  std::chrono::milliseconds slept() const; // all sleeps together

private:
  SystemClock clock_;
  mutable std::mutex mutex_; // guards `slept_`
  std::chrono::milliseconds slept_{0};
};

// One record that was read, as the hub would take it.
struct ReadRecord {
  std::string id; // the endpoint's, or the hub's key
  bool deleted = false;
  schema::Record record;          // what could be read
  std::string json;               // canonical; empty when it goes to quarantine, or is deleted
  std::vector<Misfit> misfits;    // why it goes there
  std::vector<std::string> texts; // the same in words
  std::vector<std::string> unknown;
};
ReadRecord read_record(const Stream& stream, const RemoteRecord& remote);

struct Reading {
  std::vector<ReadRecord> records;
  std::vector<BadPiece> bad; // what was no record at all
  std::string cursor;
  std::size_t pages = 0;
  bool damaged = false, complete = false;
};

// Pages of a slice, `pages` at most.
Result<Reading> read_slice(Connector& connector, const PullRequest& first, std::size_t pages);
PullOutcome outcome_of(const Reading& reading);

class Player {
public:
  static Result<std::unique_ptr<Player>> open(const Scene& scene);

  Result<Page> first_page();             // asked for once
  Result<Reading> pull();                // asked for again as the daemon would
  std::vector<Receipt> push();           // all of the fixture's changes
  Result<std::vector<Sighting>> probe(); // the fixture's looks
  // The looks that follow from the fixture's changes: is what was written there?
  Result<std::vector<Sighting>> look_for_pushed();
  Capabilities capabilities() const { return bare_->capabilities(scene_.stream); }

  const StandIn& stand_in() const { return *stand_in_; }
  const JumpClock& clock() const { return clock_; }

private:
  explicit Player(const Scene& scene) : scene_(scene) {}
  Result<std::vector<Sighting>> look(const std::vector<Reference>& references);
  PullRequest request() const;

  const Scene scene_;
  JumpClock clock_;
  NullSink sink_;
  EndpointSettings settings_;
  std::unique_ptr<StandIn> stand_in_;
  std::unique_ptr<Connector> bare_, wrapped_; // gone before what they talk to
};

// The changes of a fixture as intents.
Result<std::vector<Intent>> intents_of(const Scene& scene);

} // namespace gramsetu::connectors::kit
