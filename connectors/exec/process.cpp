// fork and exec in a process of many threads: between the two only what a signal handler may call.
#include "connectors/exec/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace gramsetu::connectors::exec {

namespace {

// The steps of a child, so that the parent can say which one failed.
enum class Step : int { session, parent, rights, limits, directory, pipes, descriptors, program };

constexpr std::array<const char*, 8> kStepNames = {
    "a session of its own", "the tie to this process",
    "no new rights",        "limits",
    "its directory",        "its pipes",
    "no descriptors",       "the program"};

struct Failure {
  Step step;
  int error;
};

struct Pipe {
  Descriptor read, write;
};

Result<Pipe> make_pipe()
{
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorKind::transient, fmt::format("no pipe: {}", std::strerror(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Everything that the child needs, laid out before the fork: afterwards nothing may allocate.
struct Child {
  std::vector<char*> command, environment;
  const char* directory = nullptr;
  std::array<std::pair<int, rlimit>, 5> limits{};
  int input = -1, output = -1, errors = -1, report = -1;
  pid_t parent = -1;

  [[noreturn]] void give_up(Step step) const
  {
    const Failure failure{step, errno};
    // A pipe takes so few bytes whole, and nobody could be told if it did not.
    [[maybe_unused]] const auto told = ::write(report, &failure, sizeof failure);
    ::_exit(127);
  }

  void forget_signals() const
  {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
      ::sigaction(number, &plain, nullptr); // of two of them it is refused, and changes nothing
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  void take_pipes() const
  {
    // Away from 0, 1 and 2 first, where one of ours might lie.
    const int in = ::fcntl(input, F_DUPFD_CLOEXEC, 3), out = ::fcntl(output, F_DUPFD_CLOEXEC, 3),
              err = ::fcntl(errors, F_DUPFD_CLOEXEC, 3);
    if (in < 0 || out < 0 || err < 0 || ::dup2(in, STDIN_FILENO) < 0 ||
        ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0)
      give_up(Step::pipes);
  }

  [[noreturn]] void become() const
  {
    if (::setsid() < 0) give_up(Step::session);
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) give_up(Step::parent);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(Step::rights);
    ::umask(077);
    if (::chdir(directory) != 0) give_up(Step::directory);
    take_pipes();
    for (const auto& [resource, limit] : limits)
      if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) give_up(Step::limits);
    // Closed by the exec, so that its failure can still be told.
    if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up(Step::descriptors);
    forget_signals();
    ::execve(command.front(), command.data(), environment.data());
    give_up(Step::program);
  }
};

rlimit both(std::uint64_t value)
{
  return {value, value};
}

// No signal of ours is to be handled in the child, where half of the process is missing.
class SignalsBlocked {
public:
  SignalsBlocked()
  {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
  sigset_t before_{};
};

// What the child said before it became the program; nothing when it did.
std::optional<Failure> failure_of(const Descriptor& report)
{
  Failure failure{};
  ssize_t count = 0;
  do
    count = ::read(report.number(), &failure, sizeof failure);
  while (count < 0 && errno == EINTR);
  if (count == sizeof failure) return failure;
  return std::nullopt;
}

// By number: the header of glibc 2.36 is not made for C++.
Descriptor handle_on(pid_t pid)
{
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void unblock(const Descriptor& end)
{
  ::fcntl(end.number(), F_SETFL, ::fcntl(end.number(), F_GETFL) | O_NONBLOCK);
}

} // namespace

std::string to_text(const Ending& ending)
{
  if (ending.signal != 0) return fmt::format("was killed by signal {}", ending.signal);
  return fmt::format("ended with code {}", ending.code);
}

Result<Process> Process::start(const Launch& launch)
{
  TRY(Pipe in, make_pipe());
  TRY(Pipe out, make_pipe());
  TRY(Pipe err, make_pipe());
  TRY(Pipe report, make_pipe());
  std::vector<std::string> command = launch.command, environment = launch.environment;
  const auto& bounds = launch.bounds;
  Child child{
      pointers(command), pointers(environment), launch.directory.c_str(), {}, -1, -1, -1, -1,
      ::getpid()};
  child.limits = {{{RLIMIT_AS, both(bounds.memory)},
                   {RLIMIT_CPU, {bounds.cpu_seconds, bounds.cpu_seconds + 1}},
                   {RLIMIT_FSIZE, both(bounds.file_bytes)},
                   {RLIMIT_NOFILE, both(bounds.open_files)},
                   {RLIMIT_CORE, both(0)}}};
  child.input = in.read.number();
  child.output = out.write.number();
  child.errors = err.write.number();
  child.report = report.write.number();
  Process process;
  {
    const SignalsBlocked blocked;
    process.pid_ = ::fork();
    if (process.pid_ == 0) child.become();
  }
  if (process.pid_ < 0)
    return fail(ErrorKind::transient, fmt::format("no process: {}", std::strerror(errno)));
  process.handle_ = handle_on(process.pid_);
  report.write = Descriptor();
  if (const auto failure = failure_of(report.read))
    return fail(ErrorKind::invalid,
                fmt::format("'{}' could not be started, for {}: {}", launch.command.front(),
                            kStepNames[static_cast<std::size_t>(failure->step)],
                            std::strerror(failure->error)));
  if (!process.handle_.is_open())
    return fail(ErrorKind::transient, fmt::format("no handle on it: {}", std::strerror(errno)));
  process.input = std::move(in.write);
  process.output = std::move(out.read);
  process.errors = std::move(err.read);
  for (const auto* end : {&process.input, &process.output, &process.errors})
    unblock(*end);
  return process;
}

Process::Process(Process&& other) noexcept
    : input(std::move(other.input)),
      output(std::move(other.output)),
      errors(std::move(other.errors)),
      pid_(std::exchange(other.pid_, -1)),
      handle_(std::move(other.handle_))
{
}

Process::~Process()
{
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  ::kill(pid_, SIGKILL); // it may not lead a group yet
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Process::signal_group(int number) const
{
  if (pid_ > 0) ::kill(-pid_, number);
}

std::optional<Ending> Process::reap()
{
  siginfo_t what{};
  // Left as it is for the moment: as long as it is there, its number is nobody else's.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &what, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      what.si_pid == 0)
    return std::nullopt;
  signal_group(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return Ending{0, WTERMSIG(status)};
  return Ending{WEXITSTATUS(status), 0};
}

} // namespace gramsetu::connectors::exec
