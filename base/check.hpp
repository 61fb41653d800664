// Assertions that stay on in release builds, for invariants and never for input.
#pragma once

#include <source_location>
#include <string_view>

namespace gramsetu {

// Ends the process when `condition` is false, after one line on standard error that says where
// and `why_it_must_hold`. systemd starts us again; nothing that was committed is lost.
void check(bool condition, std::string_view why_it_must_hold,
           std::source_location where = std::source_location::current());

} // namespace gramsetu
