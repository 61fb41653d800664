// The loop runs what it is given, on its thread, and stops without leaving work behind.
#include "daemon/runtime/loop.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <semaphore>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using gramsetu::runtime::Loop;
using gramsetu::runtime::Workers;
using namespace std::chrono_literals;

namespace {

void wait_for(std::stop_token stop)
{
  std::binary_semaphore asked(0);
  const std::stop_callback wake(stop, [&] { asked.release(); });
  asked.acquire();
}

} // namespace

TEST_CASE("timers, ticks and posted tasks run on the loop's thread")
{
  Loop loop({.workers = 1});
  std::vector<std::string> order;
  const auto home = std::this_thread::get_id();
  int ticks = 0;
  loop.every(1ms, [&] {
    CHECK(std::this_thread::get_id() == home);
    if (++ticks == 3) loop.stop(7);
  });
  loop.post([&] { order.push_back("posted"); });
  loop.after(0ms, [&] { order.push_back("timer"); });
  const auto late = loop.after(0ms, [&] { order.push_back("cancelled"); });
  loop.cancel(late);
  loop.cancel(late);
  CHECK(loop.run() == 7);
  CHECK(ticks >= 3);
  CHECK(order == std::vector<std::string>{"posted", "timer"});
  CHECK(loop.drained());
}

TEST_CASE("a job runs off the loop, may post back, and is told when the loop stops")
{
  Loop loop({.workers = 2});
  const auto home = std::this_thread::get_id();
  std::atomic<bool> told = false;
  CHECK(loop.submit([&](std::stop_token stop) {
    CHECK(std::this_thread::get_id() != home);
    loop.post([&] {
      CHECK(std::this_thread::get_id() == home);
      CHECK(loop.busy());
      loop.stop();
    });
    wait_for(stop);
    told = true;
  }));
  CHECK(loop.run() == 0);
  CHECK(told);
  CHECK(loop.drained());
  CHECK_FALSE(loop.busy());
  CHECK_FALSE(loop.submit([](std::stop_token) {}));
}

TEST_CASE("no more jobs run than there are workers, and no more wait than the queue holds")
{
  Workers workers(2, 3);
  std::counting_semaphore<> started(0), go(0);
  std::atomic<int> done = 0;
  const auto job = [&](std::stop_token) {
    started.release();
    go.acquire();
    ++done;
  };
  CHECK(workers.submit(job));
  CHECK(workers.submit(job));
  started.acquire();
  started.acquire();
  CHECK(workers.running() == 2);
  for (int i = 0; i < 3; ++i)
    CHECK(workers.submit(job));
  CHECK_FALSE(workers.submit(job));
  CHECK_FALSE(workers.idle());
  go.release(5);
  for (int i = 0; i < 3; ++i)
    started.acquire();
  while (!workers.idle())
    std::this_thread::yield();
  CHECK(done == 5);
}

TEST_CASE("a job that does not return in time is left to the end of the process")
{
  std::binary_semaphore go(0);
  Loop loop({.workers = 1, .patience = 0s});
  loop.submit([&](std::stop_token) {
    loop.post([&] { loop.stop(); });
    go.acquire();
  });
  CHECK(loop.run() == 0);
  CHECK_FALSE(loop.drained());
  go.release();
}

TEST_CASE("the loop stays open for answers that are being written")
{
  Loop loop({.workers = 1});
  bool writing = true, told = false;
  loop.on_stop([&] { told = true; });
  loop.keep_open_while([&] { return writing; });
  loop.after(0ms, [&] { loop.stop(); });
  loop.after(30ms, [&] { writing = false; });
  loop.run();
  CHECK(told);
  CHECK_FALSE(writing);
  CHECK(loop.drained());
}

TEST_CASE("SIGHUP reloads, SIGTERM ends with 0, a second SIGTERM ends at once")
{
  std::binary_semaphore go(0);
  Loop loop({.workers = 1});
  int reloads = 0;
  loop.handle_signals([&] { ++reloads; });
  loop.submit([&](std::stop_token) { go.acquire(); });
  loop.after(1ms, [] { ::kill(::getpid(), SIGPIPE); });
  loop.after(2ms, [] { ::kill(::getpid(), SIGXFSZ); });
  loop.after(5ms, [] { ::kill(::getpid(), SIGHUP); });
  loop.after(20ms, [] { ::kill(::getpid(), SIGTERM); });
  loop.after(40ms, [] { ::kill(::getpid(), SIGTERM); });
  CHECK(loop.run() == 0);
  CHECK(reloads == 1);
  CHECK_FALSE(loop.drained()); // the job had not returned; the second signal did not wait for it
  go.release();
}
