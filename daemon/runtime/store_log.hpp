// The sync log in the store: what `gramsetu logs` reads.
#pragma once

#include "base/log.hpp"
#include "daemon/store/store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>

namespace gramsetu::runtime {

// Passes entries on to `next` and stores them a moment later on its own thread, many in one transaction: an
// entry is often written while a transaction is open, and the store knows only one at a time. A process
// that is killed loses at most the last fraction of a second of its log, never of its data.
class StoreLog final : public LogSink {
public:
  explicit StoreLog(LogSink& next) : next_(next) {}
  ~StoreLog() override; // stores what is left

  // From here on entries are stored; those that came before are kept until then.
  void start(store::Store& store);
  // Stores what has come so far; what a reader of the log calls first.
  void flush();
  void write(const LogEntry& entry) override;

private:
  void work(std::stop_token stop);

  LogSink& next_;
  std::mutex mutex_; // guards `waiting_` and `lost_`
  std::condition_variable_any arrived_;
  std::deque<store::LogRow> waiting_;
  std::size_t lost_ = 0;
  std::mutex storing_; // one writer at a time, so that entries keep their order
  store::Store* store_ = nullptr;
  std::jthread worker_;
};

} // namespace gramsetu::runtime
