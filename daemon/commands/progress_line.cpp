// A thread paints the line, because what takes long is often a single call.
#include "daemon/commands/progress_line.hpp"

#include "daemon/commands/print.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

namespace gramsetu::commands {

namespace {

constexpr std::chrono::seconds kQuietFor{2};
constexpr std::chrono::milliseconds kPaintEvery{250};

std::mutex terminal;        // guards the line and what follows
bool line_is_there = false; // painted, and nothing written since

// What fits into one line: a line that wraps cannot be wiped. A terminal that does not say how wide it is
// gets all of it.
std::string fitting(std::string text)
{
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return text;
  std::size_t columns = 0, at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0u) != 0x80u;
    if (begins && ++columns >= size.ws_col) break;
  }
  text.resize(at);
  return text;
}

} // namespace

struct ProgressLine::Impl {
  std::condition_variable_any changed;
  std::string text;    // under `terminal`
  std::jthread thread; // last: it ends before what it uses

  explicit Impl(std::string first) : text(std::move(first)) {}

  void paint(std::stop_token stop)
  {
    std::unique_lock lock(terminal);
    auto pause = std::chrono::milliseconds(kQuietFor);
    while (!changed.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
      pause = kPaintEvery;
      std::fprintf(stderr, "\r\033[K%s", fitting(escaped(text)).c_str());
      line_is_there = true;
    }
  }
};

ProgressLine::ProgressLine(std::string text) : impl_(std::make_unique<Impl>(std::move(text)))
{
  if (isatty(STDERR_FILENO) == 0) return;
  impl_->thread = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->paint(stop); });
}

ProgressLine::~ProgressLine()
{
  impl_->thread = {};
  wipe();
}

void ProgressLine::say(std::string text)
{
  const std::scoped_lock lock(terminal);
  impl_->text = std::move(text);
}

void ProgressLine::wipe()
{
  const std::scoped_lock lock(terminal);
  if (line_is_there) std::fputs("\r\033[K", stderr);
  line_is_there = false;
}

std::string grouped(std::int64_t number)
{
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 2)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

} // namespace gramsetu::commands
