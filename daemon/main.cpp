// The program: everything it does is a command.
#include "base/arenas.hpp"
#include "daemon/commands/commands.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

// Our memory holds secrets and people's records: no core file of it, and nobody of our own user looks into it.
// Under a unit that forbids changing limits the unit's own LimitCORE=0 says the same.
void keep_memory_private()
{
  prctl(PR_SET_DUMPABLE, 0);
  constexpr rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// A file that we open must not get the number of a closed output: what is printed would go into it.
void have_three_streams()
{
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", O_RDWR) != stream) _exit(1);
}

// What was printed and did not arrive was not done.
int with_output(int code)
{
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fprintf(stderr, "gramsetu: what was printed did not all arrive: %s\n",
               errno != 0 ? std::strerror(errno) : "the output could not be written");
  return code != 0 ? code : 1;
}

} // namespace

int main(int argc, char** argv)
{
  have_three_streams();
  keep_memory_private();
  gramsetu::share_arenas();
  return with_output(gramsetu::commands::main(argc, argv));
}
