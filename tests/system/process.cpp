// fork, exec, and a descriptor to wait on.
#include "tests/system/process.hpp"

#include "base/check.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <mutex>
#include <poll.h>
#include <sys/ioctl.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace gramsetu::test {

using namespace std::chrono_literals;

namespace {

std::string content_of(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Our environment with changes, as execve wants it. Made before the fork: afterwards nothing may allocate.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes)
{
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (!changes.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : changes)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int write_to(const std::string& path)
{
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0600);
}

// In the child: from here on only what a signal handler may call.
struct Child {
  std::vector<char*> command, environment;
  int input = -1, out = -1, err = -1;
  bool terminal = false;

  [[noreturn]] void become() const
  {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (terminal) {
      ::setsid();
      ::ioctl(out, TIOCSCTTY, 0);
    }
    ::dup2(input, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    // What a runner blocks or ignores is its own affair.
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execve(command.front(), command.data(), environment.data());
    ::_exit(127);
  }
};

} // namespace

// The other end of a terminal, read until its last writer is gone.
struct Process::Terminal {
  int master = -1;
  std::atomic<bool> done{false};
  mutable std::mutex mutex; // guards `text`
  std::string text;
  std::thread reader;

  Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
  {
    check(master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0,
          "a test can have a terminal");
  }

  ~Terminal()
  {
    done = true;
    if (reader.joinable()) reader.join();
    ::close(master);
  }

  int open_slave() const
  {
    std::array<char, 128> path{};
    check(::ptsname_r(master, path.data(), path.size()) == 0, "a terminal has a name");
    return ::open(path.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }

  void read()
  {
    std::array<char, 4096> buffer{};
    while (!done) {
      pollfd waiting{master, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const auto size = ::read(master, buffer.data(), buffer.size());
      if (size <= 0) return;
      const std::scoped_lock lock(mutex);
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
};

Process::Process(const Start& start, const std::string& name) : name_(name)
{
  auto words = start.command;
  auto environment = environment_with(start.environment);
  Child child{pointers(words), pointers(environment), -1, -1, -1, start.terminal};
  child.input = ::open(start.input.c_str(), O_RDONLY | O_CLOEXEC);
  if (start.terminal) {
    terminal_ = std::make_unique<Terminal>();
    const winsize size{24, start.columns, 0, 0};
    ::ioctl(terminal_->master, TIOCSWINSZ, &size);
    child.out = child.err = terminal_->open_slave();
  } else {
    child.out = write_to(name + ".out");
    child.err = write_to(name + ".err");
  }
  check(child.input >= 0 && child.out >= 0 && child.err >= 0, "a process can have its streams");
  pid_ = ::fork();
  if (pid_ == 0) child.become();
  check(pid_ > 0, "a process can be started");
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)); // not declared for C++
  check(handle_ >= 0, "a process can be waited for");
  ::close(child.input);
  ::close(child.out);
  if (child.err != child.out) ::close(child.err);
  if (terminal_) terminal_->reader = std::thread([this] { terminal_->read(); });
}

Process::~Process()
{
  kill();
  ::close(handle_);
}

bool Process::running()
{
  return !wait(0ms);
}

void Process::signal(int number)
{
  if (!ended_) ::kill(pid_, number);
}

std::optional<Ended> Process::wait(std::chrono::milliseconds bound)
{
  if (ended_) return ended_;
  pollfd waiting{handle_, POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + bound;
  int ready = 0;
  do {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  } while (ready < 0 && errno == EINTR);
  int status = 0;
  if (ready <= 0 || ::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
  if (WIFSIGNALED(status))
    ended_ = Ended{-1, WTERMSIG(status)};
  else
    ended_ = Ended{WEXITSTATUS(status), 0};
  return ended_;
}

void Process::kill()
{
  signal(SIGKILL);
  wait();
}

std::string Process::out() const
{
  if (!terminal_) return content_of(name_ + ".out");
  const std::scoped_lock lock(terminal_->mutex);
  return terminal_->text;
}

std::string Process::err() const
{
  return terminal_ ? std::string() : content_of(name_ + ".err");
}

bool until(const std::function<bool()>& holds, std::chrono::milliseconds bound)
{
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

} // namespace gramsetu::test
