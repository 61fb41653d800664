// The bench: which cases there are, in which order, and what is promised of them.
#pragma once

#include "tests/bench/report.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace gramsetu::bench {

struct Options {
  std::size_t records = 1'000'000; // a multiple of a thousand
  std::size_t repeat = 5;
  std::string only; // one of `kCases`; empty: all of them
};

inline constexpr std::array<std::string_view, 10> kCases = {
    "load",     "unchanged", "cursor", "changed", "both",
    "snapshot", "reconcile", "daemon", "memory",  "database"};

// Every case runs in a process of its own; the yardstick runs before each, on the same pages.
Report run(const Options& options);

} // namespace gramsetu::bench
