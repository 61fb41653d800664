// A few threads that run blocking jobs, with a bounded queue before them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

namespace gramsetu::runtime {

using Job = std::function<void(std::stop_token)>;

// Any thread may submit. A job must not throw; one that does ends the process.
class Workers {
public:
  // At most `queue_limit` jobs wait. Throws std::system_error when no thread can be had.
  Workers(std::size_t count, std::size_t queue_limit);
  ~Workers(); // asks to stop, then waits for the jobs that run

  // False when the queue is full or a stop was requested; the job is then not kept.
  bool submit(Job job);

  // Jobs that run are asked to return by their token; jobs that wait are forgotten, because all work
  // can be done again. Does not wait.
  void request_stop();

  std::size_t running() const;
  bool idle() const; // nothing runs and nothing waits

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::runtime
