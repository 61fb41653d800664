// The one loop thread: signals, timers and the admin API's sockets; blocking work goes to workers.
#pragma once

#include "base/result.hpp"
#include "daemon/runtime/workers.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace gramsetu::runtime {

struct LoopOptions {
  std::size_t workers = 4;
  std::size_t queue_limit = 256;     // jobs that may wait for a worker
  std::chrono::seconds patience{50}; // for jobs that run when a stop is requested
};

// Callbacks run on the thread that is in `run`, one at a time; they must be short and must not throw.
// Members without "any thread" are for that thread, or for the time before `run`.
class Loop {
public:
  using Task = std::function<void()>;
  using TimerId = std::uint64_t;

  explicit Loop(LoopOptions options = {}); // throws std::system_error when threads cannot be had
  ~Loop();

  // SIGTERM and SIGINT stop the loop (a second one without patience), SIGHUP calls `reload`. SIGPIPE
  // and SIGXFSZ are ignored: a closed peer and a full disk are errors of the call that meets them.
  void handle_signals(Task reload);

  void every(std::chrono::milliseconds period, Task tick); // first after one period
  TimerId after(std::chrono::milliseconds delay, Task task);
  void cancel(TimerId timer); // nothing happens when it has run already
  void on_stop(Task task);    // when a stop begins, while everything still works
  // The loop goes on, up to its patience, while `busy` says so: answers that are being written.
  void keep_open_while(std::function<bool()> busy);

  bool busy() const; // jobs wait or go on, or something keeps the loop open

  void post(Task task);           // any thread: runs soon, on the loop
  bool submit(Job job);           // any thread: runs on a worker; false when full or stopping
  void stop(int exit_status = 0); // any thread

  // Until `stop`, then until the jobs have returned. The exit status that was given to `stop`.
  int run();
  // False when patience ended before the jobs did. Their threads still run: end the process with
  // std::_Exit and let recovery do its work, because a destructor would wait for them.
  bool drained() const;

  boost::asio::io_context& context(); // for the admin API's sockets, and nobody else

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::runtime
