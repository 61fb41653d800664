// Numbers that whoever runs the tests may set.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace gramsetu::test {

// The variable's number, or `fallback` when it is not set.
inline std::uint64_t number_from(const char* name, std::uint64_t fallback)
{
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

} // namespace gramsetu::test
