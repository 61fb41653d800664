// What must hold of a fixture: as it was recorded, and under every fault that its system can have.
#pragma once

#include "connectors/kit/fixture.hpp"
#include "connectors/kit/system.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

struct Check {
  enum class State { passed, failed, skipped };
  std::string fixture, what; // "vouchers-two-pages", "pull: half a page"
  State state = State::passed;
  std::string text; // what was seen
};

// Offline, within a second or so; sleeps jump.
std::vector<Check> check_fixture(const System& system, const Fixture& fixture);

// The fixture with what came out of it as what must come out. An error where it cannot be played.
Result<Fixture> accepted(const System& system, const Fixture& fixture);

} // namespace gramsetu::connectors::kit
