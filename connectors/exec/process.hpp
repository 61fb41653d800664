// A program of others, started in a cage: no shell, a session and limits of its own, nothing inherited.
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gramsetu::connectors::exec {

// What the kernel lets it have. Core files are never written: they would hold secrets.
struct Bounds {
  std::uint64_t memory = 2ull << 30;     // address space, bytes
  std::uint64_t file_bytes = 4ull << 30; // the largest file that it may write
  std::uint64_t cpu_seconds = 3'600;
  std::uint64_t open_files = 256;
};

struct Launch {
  std::vector<std::string> command;     // the first is a path
  std::vector<std::string> environment; // "NAME=value"; nothing else is in its environment
  std::string directory;                // where it runs
  Bounds bounds;
};

// How a program ended: by its exit code, or by a signal.
struct Ending {
  int code = 0;
  int signal = 0;

  bool is_good() const { return code == 0 && signal == 0; }
};
std::string to_text(const Ending& ending); // "ended with code 1", "was killed by signal 9"

// A running program. It leads its own session and process group, gains no rights (PR_SET_NO_NEW_PRIVS),
// has no descriptor of ours but the three pipes, and is killed when the thread that started it ends.
class Process {
public:
  // An error (`invalid`) when it could not be started; it says which step failed and why.
  static Result<Process> start(const Launch& launch);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process(); // kills the group and waits for the leader

  pid_t pid() const { return pid_; }
  int handle() const { return handle_.number(); } // readable once the program has ended
  Descriptor input, output, errors;               // our ends, not blocking

  // To every process of the group; until `reap` the group cannot be another's.
  void signal_group(int number) const;
  // The ending once the program has ended; what is left of its group is killed with it.
  std::optional<Ending> reap();

private:
  Process() = default;

  pid_t pid_ = -1;
  Descriptor handle_;
};

} // namespace gramsetu::connectors::exec
