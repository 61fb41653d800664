// Keeps the sync log in the store, behind a bounded queue.
#include "daemon/runtime/store_log.hpp"

#include "schema/json.hpp"
#include "schema/value.hpp"

#include <chrono>

namespace gramsetu::runtime {

namespace {

// A store that hangs for long must not make the log eat the memory; the journal has every line.
constexpr std::size_t kWaitingMax = 20'000;
constexpr std::size_t kRowsInTransaction = 500;
// Entries come in bursts; waiting this long makes one commit of a burst.
constexpr std::chrono::milliseconds kGather{100};

std::string_view name_of(Level level)
{
  switch (level) {
  case Level::debug: return "debug";
  case Level::info: return "info";
  case Level::warning: return "warning";
  case Level::error: return "error";
  }
  return "info";
}

store::LogRow row_of(const LogEntry& entry)
{
  store::LogRow row;
  row.at = entry.at;
  row.level = name_of(entry.level);
  row.event = info_of(entry.event).name;
  row.text = entry.text;
  schema::Object fields;
  for (const auto& field : entry.fields) {
    if (field.name == "run") row.run = field.value;
    if (field.name == "flow") row.flow = field.value;
    fields.set(std::string(field.name), field.value);
  }
  row.fields = schema::to_json(std::move(fields));
  return row;
}

} // namespace

StoreLog::~StoreLog()
{
  if (!worker_.joinable()) return;
  worker_.request_stop();
  worker_.join();
  flush();
}

void StoreLog::start(store::Store& store)
{
  store_ = &store;
  worker_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

void StoreLog::write(const LogEntry& entry)
{
  next_.write(entry);
  if (entry.level == Level::debug) return;
  auto row = row_of(entry);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() == kWaitingMax) {
    waiting_.pop_front();
    ++lost_;
  }
  waiting_.push_back(std::move(row));
  arrived_.notify_one();
}

void StoreLog::flush()
{
  if (!store_) return;
  const std::lock_guard order(storing_);
  for (;;) {
    std::deque<store::LogRow> rows;
    {
      const std::lock_guard lock(mutex_);
      while (!waiting_.empty() && rows.size() < kRowsInTransaction) {
        rows.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      if (lost_ > 0 && !rows.empty()) {
        rows.front().text +=
            " (entries before this one were dropped: " + std::to_string(lost_) + ")";
        lost_ = 0;
      }
    }
    if (rows.empty()) return;
    // A store that fails here fails every run too, and they say so; the journal has these lines.
    const auto stored = store_->transact([&](store::Tx& tx) -> Result<void> {
      for (const auto& row : rows)
        TRY_VOID(tx.add_log(row));
      return {};
    });
    if (!stored) return;
  }
}

void StoreLog::work(std::stop_token stop)
{
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      arrived_.wait_for(lock, stop, kGather, [] { return false; });
    }
    flush();
  }
}

} // namespace gramsetu::runtime
