// A plain pool: one queue, one mutex. Jobs last seconds, so nothing cleverer would show.
#include "daemon/runtime/workers.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace gramsetu::runtime {

struct Workers::Impl {
  const std::size_t queue_limit;
  std::stop_source stop;
  mutable std::mutex mutex; // guards `queue` and `running`
  std::condition_variable changed;
  std::deque<Job> queue;
  std::size_t running = 0;
  std::vector<std::jthread> threads; // last: they end before what they use

  explicit Impl(std::size_t limit) : queue_limit(limit) {}

  ~Impl() { request_stop(); }

  void request_stop()
  {
    const std::scoped_lock lock(mutex);
    stop.request_stop();
    queue.clear();
    changed.notify_all();
  }

  void work()
  {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stop.stop_requested() || !queue.empty(); });
      if (stop.stop_requested()) return;
      Job job = std::move(queue.front());
      queue.pop_front();
      ++running;
      lock.unlock();
      job(stop.get_token());
      job = nullptr; // What it holds goes before we say that it is done.
      lock.lock();
      --running;
    }
  }
};

Workers::Workers(std::size_t count, std::size_t queue_limit)
    : impl_(std::make_unique<Impl>(queue_limit))
{
  for (std::size_t i = 0; i < count; ++i)
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
}

Workers::~Workers() = default;

bool Workers::submit(Job job)
{
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->stop.stop_requested() || impl_->queue.size() >= impl_->queue_limit) return false;
  impl_->queue.push_back(std::move(job));
  impl_->changed.notify_one();
  return true;
}

void Workers::request_stop()
{
  impl_->request_stop();
}

std::size_t Workers::running() const
{
  const std::scoped_lock lock(impl_->mutex);
  return impl_->running;
}

bool Workers::idle() const
{
  const std::scoped_lock lock(impl_->mutex);
  return impl_->running == 0 && impl_->queue.empty();
}

} // namespace gramsetu::runtime
