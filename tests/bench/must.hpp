// In the bench an error is the end.
#pragma once

#include "base/result.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace gramsetu::bench {

[[noreturn]] inline void give_up(const std::string& why)
{
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

template <typename T>
T must(Result<T> result)
{
  if (!result) give_up(result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

} // namespace gramsetu::bench
