// What the checks of reading and of writing share.
#pragma once

#include "connectors/kit/checks.hpp"
#include "connectors/kit/player.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

struct Verdict {
  Check::State state;
  std::string text;
};
inline Verdict passed(std::string text)
{
  return {Check::State::passed, std::move(text)};
}
inline Verdict failed(std::string text)
{
  return {Check::State::failed, std::move(text)};
}
inline Verdict skipped(std::string text)
{
  return {Check::State::skipped, std::move(text)};
}

inline void add_check(std::vector<Check>& checks, const Fixture& fixture, std::string what,
                      Verdict verdict)
{
  checks.push_back({fixture.name, std::move(what), verdict.state, std::move(verdict.text)});
}

void check_pull_faults(const System& system, const Fixture& fixture, std::vector<Check>& checks);
void check_push_faults(const System& system, const Fixture& fixture, std::vector<Check>& checks);

} // namespace gramsetu::connectors::kit
