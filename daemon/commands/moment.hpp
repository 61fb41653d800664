// Points of time as people type them.
#pragma once

#include "daemon/commands/session.hpp"

#include <string>

namespace gramsetu::commands {

// "2h" or "3d" ago, "2026-11-23" (its beginning, where the hub is), "2026-11-23T10:00" there, or RFC 3339.
Result<Instant> read_moment(const std::string& text, const Times& times);

// The same as the API takes it. Says what is wrong when it gives false.
bool take_moment(const Common& common, const std::string& text, const Times& times,
                 std::string& rfc3339);

} // namespace gramsetu::commands
