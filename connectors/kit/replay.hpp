// What stands in for a system while a fixture is played, and the faults that it can have.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/kit/fixture.hpp"
#include "connectors/kit/system.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::kit {

enum class Fault {
  none,
  throttled,     // every first request is answered 429, with Retry-After
  half,          // what carries the first records ends in their middle
  doubled,       // records come twice
  unknown_field, // every record has a member that nobody knows
  missing_field, // a record lacks a member that it used to have
  changed_type,  // a member of one record is of another type
  lost_answer,   // a write is taken, and nobody says so
};
std::string_view name_of(Fault fault); // "429", "half a page", ...

// What is played.
struct Scene {
  const System& system;
  const Stream& stream;
  const Fixture& fixture;
  Fault fault = Fault::none;
};

enum class Step { pull, push, probe };

// One system, played from a fixture. Faults happen once; asked again, it answers properly.
class Replay {
public:
  virtual ~Replay() = default;
  // Where a connector finds it.
  virtual Result<void> serve(EndpointSettings& settings) = 0;
  virtual void begin(Step) {}
  // What was asked for that the fixture does not know, and what it knows that nobody asked for.
  virtual std::vector<std::string> complaints() const = 0;
  virtual std::size_t effects() const = 0; // writes that it took, repetitions not counted
  virtual std::map<std::string, std::string> written() const { return {}; }
};

struct Recording;

// A transport's part of the kit: one row of the table in replay.cpp.
struct ReplayType {
  std::string_view transport;
  bool (*can)(const Scene& scene); // whether it can have the scene's fault
  Result<std::unique_ptr<Replay>> (*open)(const Scene& scene);
  // Fills the transport's part of a fixture from the real system; null: it cannot be recorded yet.
  Result<void> (*record)(const Recording& recording, Fixture& fixture) = nullptr;
};
std::span<const ReplayType> replay_types();
const ReplayType* find_replay(std::string_view transport); // null: fixtures of it cannot be played

ReplayType http_replay();
ReplayType files_replay();

// The text with the scene's fault put into its records; nothing where it holds none to have it.
std::optional<std::string> spoiled(const Scene& scene, const std::string& text);

} // namespace gramsetu::connectors::kit
