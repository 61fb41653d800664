// The loop on Asio, with callbacks only: g++ 12 miscompiles common coroutine constructs.
#include "daemon/runtime/loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <vector>

namespace gramsetu::runtime {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

// How often a stopping loop looks whether its jobs have returned.
constexpr std::chrono::milliseconds kDrainPeriod{10};

struct Loop::Impl {
  LoopOptions options;
  asio::io_context context{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard{
      asio::make_work_guard(context)};
  std::optional<asio::signal_set> signals;
  Task reload;
  std::vector<std::unique_ptr<asio::steady_timer>> tickers;
  std::map<TimerId, asio::steady_timer> timers;
  TimerId last_timer = 0;
  std::vector<Task> stop_tasks;
  std::vector<std::function<bool()>> busy;
  std::optional<asio::steady_timer> drain_timer; // there while stopping
  std::chrono::steady_clock::time_point drain_deadline;
  int exit_status = 0;
  bool drained = false;
  Workers workers;

  explicit Impl(LoopOptions given) : options(given), workers(options.workers, options.queue_limit)
  {
  }

  void wait_for_signal()
  {
    signals->async_wait([this](Failure failure, int signal) {
      if (failure) return;
      if (signal == SIGHUP)
        reload();
      else
        begin_stop(0);
      wait_for_signal();
    });
  }

  void tick(asio::steady_timer& timer, std::chrono::milliseconds period, const Task& task)
  {
    timer.expires_after(period);
    timer.async_wait([this, &timer, period, task](Failure failure) {
      if (failure) return;
      task();
      tick(timer, period, task);
    });
  }

  void begin_stop(int status)
  {
    if (drain_timer) { // Asked twice: someone is in a hurry.
      drain_deadline = {};
      return;
    }
    exit_status = status;
    drain_timer.emplace(context);
    drain_deadline = std::chrono::steady_clock::now() + options.patience;
    for (const Task& task : stop_tasks)
      task();
    workers.request_stop();
    drain();
  }

  bool is_busy() const
  {
    return !workers.idle() ||
           std::any_of(busy.begin(), busy.end(), [](const auto& is_busy) { return is_busy(); });
  }

  void drain()
  {
    drained = !is_busy();
    if (drained || std::chrono::steady_clock::now() >= drain_deadline) {
      context.stop();
      return;
    }
    drain_timer->expires_after(kDrainPeriod);
    drain_timer->async_wait([this](Failure failure) {
      if (!failure) drain();
    });
  }
};

Loop::Loop(LoopOptions options) : impl_(std::make_unique<Impl>(options)) {}

Loop::~Loop() = default;

void Loop::handle_signals(Task reload)
{
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  impl_->reload = std::move(reload);
  impl_->signals.emplace(impl_->context, SIGTERM, SIGINT, SIGHUP);
  impl_->wait_for_signal();
}

void Loop::every(std::chrono::milliseconds period, Task tick)
{
  auto& timer = *impl_->tickers.emplace_back(std::make_unique<asio::steady_timer>(impl_->context));
  impl_->tick(timer, period, tick);
}

Loop::TimerId Loop::after(std::chrono::milliseconds delay, Task task)
{
  const TimerId id = ++impl_->last_timer;
  auto& timer = impl_->timers.try_emplace(id, impl_->context, delay).first->second;
  timer.async_wait([impl = impl_.get(), id, task = std::move(task)](Failure failure) {
    // A timer that was cancelled when its time had come already is gone from the map.
    if (failure || impl->timers.erase(id) == 0) return;
    task();
  });
  return id;
}

void Loop::cancel(TimerId timer)
{
  impl_->timers.erase(timer);
}

void Loop::on_stop(Task task)
{
  impl_->stop_tasks.push_back(std::move(task));
}

void Loop::keep_open_while(std::function<bool()> busy)
{
  impl_->busy.push_back(std::move(busy));
}

bool Loop::busy() const
{
  return impl_->is_busy();
}

void Loop::post(Task task)
{
  asio::post(impl_->context, std::move(task));
}

bool Loop::submit(Job job)
{
  return impl_->workers.submit(std::move(job));
}

void Loop::stop(int exit_status)
{
  post([this, exit_status] { impl_->begin_stop(exit_status); });
}

int Loop::run()
{
  impl_->context.run();
  return impl_->exit_status;
}

bool Loop::drained() const
{
  return impl_->drained;
}

boost::asio::io_context& Loop::context()
{
  return impl_->context;
}

} // namespace gramsetu::runtime
