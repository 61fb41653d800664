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
class StandIn {
public:
  virtual ~StandIn() = default;
  // Where a connector finds it.
  virtual Result<void> serve(EndpointSettings& settings) = 0;
  virtual void begin(Step) {}
  // What was asked for that the fixture does not know, and what it knows that nobody asked for.
  virtual std::vector<std::string> complaints() const { return {}; }
  virtual std::size_t effects() const = 0; // writes that it took, repetitions not counted
  virtual std::map<std::string, std::string> written() const { return {}; }
};

struct Recording;

// A transport's part of the kit: one row of the table in stand_in.cpp.
struct StandInType {
  std::string_view transport;
  bool (*can)(const Scene& scene); // whether it can have the scene's fault
  Result<std::unique_ptr<StandIn>> (*open)(const Scene& scene);
  // Fills the transport's part of a fixture from the real system; null: it cannot be recorded yet.
  Result<void> (*record)(const Recording& recording, Fixture& fixture) = nullptr;
  std::string_view spoken = {}; // the transport that plays it; empty: its own
};
std::span<const StandInType> stand_in_types();
const StandInType* find_stand_in(std::string_view transport); // null: it cannot be played

StandInType http_stand_in();
StandInType files_stand_in();
StandInType sftp_stand_in(); // a folder here: of the server itself nothing is there
StandInType sql_stand_in();  // an SQLite file
StandInType exec_stand_in(); // a tap and a target that are small shell scripts

// The text with the scene's fault put into its records; nothing where it holds none to have it.
std::optional<std::string> spoiled(const Scene& scene, const std::string& text);

inline constexpr const char* kDrifted = "driftedField"; // what an unknown member is called

// The pointer of a member that `row` has and that can be spoiled; empty: there is none. `typed`: it must
// be one whose type a wrong value does not fit; `objects`: such a value may be an object.
std::string pointer_to_spoil(const Scene& scene, const schema::Value& row, bool typed,
                             bool objects);

} // namespace gramsetu::connectors::kit
