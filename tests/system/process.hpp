// A real process: started, waited for within a bound, ended by us; what it said is kept.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gramsetu::test {

// Longer than anything here may take, on a slow machine and under a sanitizer.
inline constexpr std::chrono::seconds kPatience{60};

struct Start {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment = {}; // besides our own
  std::string input = "/dev/null";                     // a file that it reads as its standard input
  bool terminal = false;                               // its output and errors go to a terminal
  unsigned short columns = 0;                          // of the terminal; 0: it does not say
};

// How a process came to its end: an exit code, or the signal that ended it.
struct Ended {
  int code = -1;
  int signal = 0;
};

// Dies with us: with the object, and with the thread that made it.
class Process {
public:
  // `name`: a path to which ".out" and ".err" are added for what it writes.
  Process(const Start& start, const std::string& name);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);
  // Nothing when it still runs after that time.
  std::optional<Ended> wait(std::chrono::milliseconds bound = kPatience);
  // SIGKILL, and waits for its end.
  void kill();

  // So far. On a terminal everything is in `out`.
  std::string out() const;
  std::string err() const;

private:
  struct Terminal;
  std::string name_;
  pid_t pid_ = -1;
  int handle_ = -1; // the process as a descriptor, readable once it has ended
  std::optional<Ended> ended_;
  std::unique_ptr<Terminal> terminal_;
};

// Looks again and again until it holds; false when it does not within the time.
bool until(const std::function<bool()>& holds, std::chrono::milliseconds bound = kPatience);

} // namespace gramsetu::test
