// Waiting on everything that a running program may do, in one place.
#include "connectors/exec/run.hpp"

#include "schema/scalar.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace gramsetu::connectors::exec {

namespace chr = std::chrono;

namespace {

constexpr int kDrain = 32; // buffers; a pipe holds 1 MiB at most

// A program that stops reading is EPIPE here, never a signal, whoever has this library in its process.
class NoPipeSignal {
public:
  NoPipeSignal()
  {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal()
  {
    const timespec at_once{};
    if (!sigismember(&before_, SIGPIPE))
      while (::sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
      }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

private:
  sigset_t pipe_{}, before_{};
};

// A stop as something that poll waits for.
class Wake {
public:
  explicit Wake(std::stop_token stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(stop), Ring{event_})
  {
  }
  int number() const { return event_.number(); }

private:
  struct Ring {
    const Descriptor& event;
    void operator()() const
    {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(event.number(), &one, sizeof one);
    }
  };
  Descriptor event_;
  std::stop_callback<Ring> callback_;
};

// Bytes into lines; a line that is too long is cut, or is an error of the caller's.
class Lines {
public:
  explicit Lines(std::size_t longest) : longest_(longest) {}

  // False when a line was longer than it may be. `take` returns false to end it.
  template <typename Take>
  bool add(std::string_view bytes, const Take& take)
  {
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto part = bytes.substr(0, end);
      const bool fits = rest_.size() + part.size() <= longest_;
      too_long_ = too_long_ || !fits;
      rest_.append(part.substr(0, longest_ - rest_.size()));
      if (end == std::string_view::npos) break;
      if (!take(std::string_view(rest_))) return true;
      rest_.clear();
      bytes.remove_prefix(end + 1);
    }
    return !too_long_;
  }

  const std::string& rest() const { return rest_; }

private:
  const std::size_t longest_;
  std::string rest_;
  bool too_long_ = false;
};

class Run {
public:
  Run(Process process, const Talk& talk, Clock& clock, std::stop_token stop)
      : process_(std::move(process)),
        talk_(talk),
        patience_(talk.patience),
        clock_(clock),
        stop_(std::move(stop)),
        wake_(stop_),
        begin_(clock.ticks()),
        lines_(talk.line_bytes),
        error_lines_(kErrorLine)
  {
  }

  Outcome to_its_end()
  {
    outcome_.started = true;
    while (!ending_) {
      if (!outcome_.error) look_at_bounds();
      if (outcome_.error) press();
      wait();
      if (process_.input.is_open()) write_some();
      read_output();
      read_errors();
      ending_ = process_.reap();
    }
    // What it said before it ended is in the pipes; who outlived it is not waited for.
    // More than a pipe holds is not its own, but of a process that left its group.
    for (int i = 0; i < kDrain && read_output(); ++i) {
    }
    for (int i = 0; i < kDrain && read_errors(); ++i) {
    }
    conclude();
    return std::move(outcome_);
  }

private:
  void give_up(ErrorKind kind, std::string why)
  {
    if (!outcome_.error) outcome_.error = Error{kind, std::move(why), std::nullopt};
  }

  chr::milliseconds age() const
  {
    return chr::duration_cast<chr::milliseconds>(clock_.ticks() - begin_);
  }

  // When the next bound is reached.
  chr::milliseconds bound() const
  {
    if (outcome_.error) return ended_at_ + patience_.grace;
    return outcome_.bytes == 0 && talk_.input.empty()
               ? std::min(patience_.first_byte, patience_.total)
               : patience_.total;
  }

  void look_at_bounds()
  {
    if (stop_.stop_requested())
      give_up(ErrorKind::cancelled, "stop was requested");
    else if (age() >= bound())
      give_up(ErrorKind::transient,
              age() >= patience_.total
                  ? fmt::format("it did not end within {}", schema::write_duration(patience_.total))
                  : fmt::format("it said nothing within {}", schema::write_duration(bound())));
  }

  // Asked to end once, then killed; every process of its group.
  void press()
  {
    if (!asked_) {
      asked_ = true;
      ended_at_ = age();
      close_input();
      process_.signal_group(SIGTERM);
    } else if (age() >= bound()) {
      process_.signal_group(SIGKILL);
    }
  }

  void wait()
  {
    const bool stops = !outcome_.error;
    std::array<pollfd, 5> on = {{{process_.handle(), POLLIN, 0},
                                 {process_.output.number(), POLLIN, 0},
                                 {process_.errors.number(), POLLIN, 0},
                                 {process_.input.number(), POLLOUT, 0},
                                 {stops ? wake_.number() : -1, POLLIN, 0}}};
    const auto left = std::clamp(bound() - age(), chr::milliseconds(0), chr::milliseconds(60'000));
    // A millisecond more, so that the bound is then behind us.
    ::poll(on.data(), on.size(), static_cast<int>(left.count()) + 1);
  }

  void write_some()
  {
    const auto rest = std::string_view(talk_.input).substr(written_);
    if (!rest.empty()) {
      const ssize_t count = ::write(process_.input.number(), rest.data(), rest.size());
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      // It does not want to hear more; what that means, its end will say.
      deaf_ = count < 0;
      if (count > 0) written_ += static_cast<std::size_t>(count);
    }
    if (deaf_ || written_ == talk_.input.size()) close_input();
  }

  // A reader of our own takes the writer's place: the program hears of the end, and what it did not read
  // can still be counted.
  void close_input()
  {
    if (!process_.input.is_open()) return;
    const auto path = fmt::format("/proc/self/fd/{}", process_.input.number());
    if (written_ > 0)
      left_over_ = Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    process_.input = Descriptor();
  }

  // Whether it has, or may have, read anything of what we wrote.
  bool took_input() const
  {
    if (written_ == 0) return false;
    const auto& end = process_.input.is_open() ? process_.input : left_over_;
    int unread = -1;
    return ::ioctl(end.number(), FIONREAD, &unread) != 0 ||
           unread != static_cast<std::int64_t>(written_);
  }

  // True when there may be more at once.
  bool read_output()
  {
    const auto bytes = read(process_.output);
    if (bytes.empty() || outcome_.error) return !bytes.empty();
    outcome_.bytes += bytes.size();
    if (outcome_.bytes > talk_.total_bytes) {
      give_up(ErrorKind::invalid,
              fmt::format("it wrote more than {} bytes; limits.response_bytes allows no more",
                          talk_.total_bytes));
      return true;
    }
    const bool fits = lines_.add(bytes, [&](std::string_view line) {
      const auto taken = talk_.on_line(line);
      if (!taken) give_up(taken.error().kind, taken.error().what);
      return taken.has_value();
    });
    if (!fits)
      give_up(ErrorKind::invalid,
              fmt::format("it wrote a line of more than {} bytes", talk_.line_bytes));
    return true;
  }

  bool read_errors()
  {
    const auto bytes = read(process_.errors);
    error_lines_.add(bytes, [&](std::string_view line) {
      outcome_.last_words = line;
      talk_.on_error_line(line);
      return true;
    });
    return !bytes.empty();
  }

  // What is there now, at most a buffer full; the end closes ours.
  std::string_view read(Descriptor& from)
  {
    if (!from.is_open()) return {};
    const ssize_t count = ::read(from.number(), buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (count <= 0) from = Descriptor();
    return {buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

  void conclude()
  {
    outcome_.took_input = took_input();
    if (!error_lines_.rest().empty()) {
      outcome_.last_words = error_lines_.rest();
      talk_.on_error_line(error_lines_.rest());
    }
    if (outcome_.error) return;
    if (!ending_->is_good()) return give_up(ErrorKind::transient, "it " + to_text(*ending_));
    if (lines_.rest().empty()) return;
    if (!talk_.loose_end) return give_up(ErrorKind::invalid, "its last line has no end");
    const auto taken = talk_.on_line(lines_.rest());
    if (!taken) give_up(taken.error().kind, taken.error().what);
  }

  Process process_;
  const Talk& talk_;
  const Patience& patience_;
  Clock& clock_;
  std::stop_token stop_;
  Wake wake_;
  Ticks begin_;
  Lines lines_, error_lines_;
  Outcome outcome_;
  Descriptor left_over_; // what of the input nobody has read
  std::optional<Ending> ending_;
  std::size_t written_ = 0;
  bool asked_ = false, deaf_ = false;
  chr::milliseconds ended_at_{0};
  std::array<char, 64 << 10> buffer_{};
};

} // namespace

Outcome run_program(const Launch& launch, const Talk& talk, Clock& clock, std::stop_token stop)
{
  const NoPipeSignal quiet;
  auto process = Process::start(launch);
  if (!process) {
    Outcome outcome;
    outcome.error = process.error();
    return outcome;
  }
  return Run(std::move(*process), talk, clock, std::move(stop)).to_its_end();
}

} // namespace gramsetu::connectors::exec
