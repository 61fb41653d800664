// The program: everything it does is a command.
#include "daemon/commands/commands.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

// Our memory holds secrets and people's records: no core file of it, and nobody of our own user looks into it.
// Under a unit that forbids changing limits the unit's own LimitCORE=0 says the same.
void keep_memory_private()
{
  prctl(PR_SET_DUMPABLE, 0);
  constexpr rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

} // namespace

int main(int argc, char** argv)
{
  keep_memory_private();
  return gramsetu::commands::main(argc, argv);
}
