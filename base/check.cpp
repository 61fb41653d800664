// The end of the process when an invariant does not hold.
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace gramsetu {

void check(bool condition, std::string_view why_it_must_hold, std::source_location where)
{
  if (condition) return;
  std::fprintf(stderr, "gramsetu: invariant broken at %s:%u: %.*s\n", where.file_name(),
               static_cast<unsigned>(where.line()), static_cast<int>(why_it_must_hold.size()),
               why_it_must_hold.data());
  std::abort();
}

} // namespace gramsetu
