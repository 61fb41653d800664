// Log lines on a file descriptor, without ever waiting for whoever reads it.
#include "base/log_text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace gramsetu {

namespace {

// A second open file for the same pipe or terminal, so that our O_NONBLOCK does not become the
// shell's as well. Files never block for long and sockets take MSG_DONTWAIT: those stay as they are.
int unblocked(int descriptor)
{
  struct stat what {};
  if (::fstat(descriptor, &what) != 0) return -1;
  if (!S_ISFIFO(what.st_mode) && !S_ISCHR(what.st_mode)) return -1;
  const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

bool is_socket(int descriptor)
{
  struct stat what {};
  return ::fstat(descriptor, &what) == 0 && S_ISSOCK(what.st_mode);
}

class LineSink final : public LogSink {
public:
  LineSink(int descriptor, LogFormat format, std::chrono::minutes offset)
      : own_(unblocked(descriptor)),
        descriptor_(own_ < 0 ? descriptor : own_),
        socket_(is_socket(descriptor)),
        format_(format),
        offset_(offset)
  {
  }

  ~LineSink() override
  {
    if (own_ >= 0) ::close(own_);
  }

  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  void write(const LogEntry& entry) override
  {
    const bool json = format_ == LogFormat::json;
    std::string line = json ? to_json_line(entry, offset_) : to_text_line(entry, offset_);
    line += '\n';
    const std::scoped_lock lock(mutex_);
    if (!flush()) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) rest_ = gap_line(entry.at);
    dropped_ = 0;
    rest_ += line;
    flush();
  }

private:
  // Says that lines are missing, and how many, at the place where they would be.
  std::string gap_line(Instant at) const
  {
    const std::vector<LogField> fields{{"lines", std::to_string(dropped_)}};
    const LogEntry gap{at, Event::log_dropped, info_of(Event::log_dropped).level, "", fields};
    const bool json = format_ == LogFormat::json;
    return (json ? to_json_line(gap, offset_) : to_text_line(gap, offset_)) + "\n";
  }

  // True when nothing is left over. A line that was begun is always finished before the next, so
  // that a slow reader never sees half a line.
  bool flush()
  {
    while (!rest_.empty()) {
      const ssize_t count =
          socket_ ? ::send(descriptor_, rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                  : ::write(descriptor_, rest_.data(), rest_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) rest_.clear(); // Nobody is there: waiting will not help.
      if (count < 0) return rest_.empty();
      rest_.erase(0, static_cast<std::size_t>(count));
    }
    return true;
  }

  const int own_; // ours to close; negative: none
  const int descriptor_;
  const bool socket_;
  const LogFormat format_;
  const std::chrono::minutes offset_;
  std::mutex mutex_;          // guards what follows
  std::string rest_;          // what the reader has not taken yet, at most a line and a gap line
  std::uint64_t dropped_ = 0; // since the last line that got through
};

} // namespace

std::unique_ptr<LogSink> make_line_sink(int descriptor, LogFormat format,
                                        std::chrono::minutes offset)
{
  return std::make_unique<LineSink>(descriptor, format, offset);
}

} // namespace gramsetu
