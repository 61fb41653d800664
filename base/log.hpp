// The log: one event a line, in one vocabulary, wherever it goes.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu {

enum class Level { debug, info, warning, error };

// Every kind of event there is. A kind keeps its name and its journal MESSAGE_ID for ever;
// `log_events()` is the table that the reference page and the journal catalogue are made from.
enum class Event {
  hub_started,
  hub_stopping,
  hub_reloaded,
  config_rejected,
  run_started,
  run_finished,
  run_held,
  run_failed,
  run_approved,
  slice_finished,
  slice_failed,
  record_quarantined,
  file_rejected,
  conflict_opened,
  conflict_resolved,
  book_closed,
  book_reopened,
  outcome_unknown,
  schema_drift,
  place_changed,
  endpoint_down,
  endpoint_back,
  program_said,
  store_failed,
  store_awaited,
  store_rewound,
  backup_failed,
  admin_action,
  access_refused,
  tls_failed,
  certificate_ending,
  audit_head,
  audit_blocked,
  audit_back,
  retention_short,
  log_dropped,
};

struct EventInfo {
  Event event;
  std::string_view name;       // "run_finished": what follows the level in a text line
  std::string_view message_id; // 32 hex digits, journald's MESSAGE_ID
  Level level;                 // the level it is logged at
  std::string_view meaning;    // what happened
  std::string_view remedy;     // what to do; empty when nothing is to be done
};

std::vector<EventInfo> log_events();
const EventInfo& info_of(Event event);

// A pair after the event's name: run=20261123T043000-7f3a9c. Never a secret, never a personal value.
struct LogField {
  std::string_view name;
  std::string value;
};

struct LogEntry {
  Instant at;
  Event event;
  Level level;
  std::string_view text; // one plain sentence without a full stop; may be empty
  const std::vector<LogField>& fields;
};

// Where entries go. Implementations are safe to call from any thread and never block on a reader.
class LogSink {
public:
  virtual ~LogSink() = default;
  virtual void write(const LogEntry& entry) = 0;
};

// What the rest of the code calls. Cheap to copy; the sink outlives it.
class Log {
public:
  Log(Clock& clock, LogSink& sink, Level lowest = Level::info)
      : clock_(&clock), sink_(&sink), lowest_(lowest)
  {
  }

  // This log with `fields` put before those of every entry.
  Log with(std::vector<LogField> fields) const;
  void event(Event event, std::string_view text, std::vector<LogField> fields = {}) const;

private:
  Clock* clock_;
  LogSink* sink_;
  Level lowest_;
  std::vector<LogField> context_;
};

// Drops everything: for tests and for commands that print their own words.
class NullSink final : public LogSink {
public:
  void write(const LogEntry&) override {}
};

enum class LogFormat { text, json };

// Lines on a file descriptor (2 under systemd without a journal). A line has the local time with its
// zone offset, level, event, text and pairs; values are quoted when they need it, control characters
// escaped. In JSON the pairs are members.
std::unique_ptr<LogSink> make_line_sink(int descriptor, LogFormat format,
                                        std::chrono::minutes offset);

// journald's native protocol: the pairs become fields (RUN, FLOW, ...), MESSAGE_ID from the table.
std::unique_ptr<LogSink> make_journal_sink();

// Both at once.
std::unique_ptr<LogSink> make_tee_sink(std::unique_ptr<LogSink> first, LogSink& second);

// The same line that the sinks write, for `gramsetu logs`.
std::string to_text_line(const LogEntry& entry, std::chrono::minutes offset);
std::string to_json_line(const LogEntry& entry, std::chrono::minutes offset);

} // namespace gramsetu
