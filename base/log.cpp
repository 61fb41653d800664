// The table of log events, and what a Log does before it hands an entry to its sink.
#include "base/log.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace gramsetu {

namespace {

// The message ids were drawn at random once. They never change: catalogues and alerts go by them.
constexpr std::array kEvents = {
    EventInfo{Event::hub_started, "hub_started", "d328c9d8659d4fe220cb457ecfcb6ff6", Level::info,
              "the hub is up and its schedule runs", ""},
    EventInfo{Event::hub_stopping, "hub_stopping", "d5b158bdfed45c6ad24b168e24e9e9a0", Level::info,
              "the hub was asked to stop and ends its runs", ""},
    EventInfo{Event::hub_reloaded, "hub_reloaded", "b7d42debf34b1daa2f9ad839e9e62c13", Level::info,
              "a changed configuration is in force", ""},
    EventInfo{Event::config_rejected, "config_rejected", "911831537b414f96c0c4a63aa133436e",
              Level::error, "a configuration was refused; the one before it stays in force",
              "run 'gramsetu check' and correct what it lists"},
    EventInfo{Event::run_started, "run_started", "25161513fcfd2f7080fb67f33dfb9b3f", Level::info,
              "a flow begins a run", ""},
    EventInfo{Event::run_finished, "run_finished", "d5054348cd4cf47a8b78338fbe0a1fa7", Level::info,
              "a run ended and everything it read is stored", ""},
    EventInfo{Event::run_held, "run_held", "f9a71d30a5938ce16cf6860b4000032b", Level::warning,
              "a rail holds the run; nothing was written",
              "look at the plan with 'gramsetu runs show RUN', then 'gramsetu runs approve RUN' or "
              "correct the source"},
    EventInfo{Event::run_failed, "run_failed", "00585141ada825d667902241195ab379", Level::error,
              "a run could not end; what it completed is stored and the next run carries on",
              "read the reason; the schedule tries again by itself"},
    EventInfo{Event::run_approved, "run_approved", "95f034fdf299ffcbc98cf045ab19bd63",
              Level::warning, "a person released a held run", ""},
    EventInfo{Event::slice_finished, "slice_finished", "8b355aabfd90de17c14109caf3bac1af",
              Level::debug, "a slice was read completely", ""},
    EventInfo{Event::slice_failed, "slice_failed", "28312eef526189f2a1d60af6b76fbb8a",
              Level::warning,
              "a slice could not be read completely; its cursor stays, no absence is concluded",
              "read the reason; the next run reads the slice again"},
    EventInfo{Event::record_quarantined, "record_quarantined", "52e4103bf85388189741927055501761",
              Level::warning, "a record could not be used and is kept whole with its reason",
              "'gramsetu quarantine list'; correct the source or the mapping, then replay"},
    EventInfo{Event::file_rejected, "file_rejected", "6f0d2a8c5b7e4d1f9a3c8e72b4516d0e",
              Level::warning,
              "a dropped file cannot be used as a whole; it lies beside its reason, and none of it "
              "was stored",
              "read NAME.reason in the folder for errors; put a corrected file under a new name"},
    EventInfo{Event::conflict_opened, "conflict_opened", "17dec3d3c49dc97610c2b3e2dc1be243",
              Level::warning, "both sides changed a field and the rule leaves it to a person",
              "'gramsetu conflicts list', then 'gramsetu conflicts resolve'"},
    EventInfo{Event::conflict_resolved, "conflict_resolved", "b509ccb2918f7ca953df142d30561651",
              Level::info, "a conflict was settled; the value that lost is kept", ""},
    EventInfo{Event::book_closed, "book_closed", "0f0a5d6c41e84f7e9b1f3c2d7a96e8b5", Level::info,
              "a book was closed; what changes it from now on is an exception", ""},
    EventInfo{
        Event::book_reopened, "book_reopened", "c27e91b8d6054a3fa4e85b17d30c6f92", Level::warning,
        "a closed book was opened again; its exceptions are decided anew",
        "'gramsetu conflicts list --exceptions'; ask its keeper why when nobody announced it"},
    EventInfo{Event::outcome_unknown, "outcome_unknown", "a7af25f901b9dd15a2b75a34f7c41c0c",
              Level::warning, "a change was sent and no answer came; it may have taken effect",
              "nothing at once: the next run asks the endpoint before it sends again"},
    EventInfo{Event::schema_drift, "schema_drift", "dd6a9d9fa32c995f9616d23134cdfa0d",
              Level::warning,
              "an endpoint sends fields that the manifest does not know; they are kept",
              "compare the manifest with the endpoint's current interface"},
    EventInfo{Event::place_changed, "place_changed", "0c5e3a7be8f44d6f9b1a5d27c4f0e936",
              Level::info, "a place got another name, moved, or is listed no more",
              "'gramsetu places show KIND CODE' tells what it was, is, and what refers to it"},
    EventInfo{Event::endpoint_down, "endpoint_down", "4b7ceaba2478733af2ea950997f58ee9",
              Level::error, "an endpoint cannot be reached or refuses us",
              "check the line, the address and the credential; 'gramsetu connectors probe' shows "
              "the answer"},
    EventInfo{Event::endpoint_back, "endpoint_back", "79eb00e17a9505f1559878712ae980a4",
              Level::info, "an endpoint answers again", ""},
    EventInfo{Event::program_said, "program_said", "b2d94c6e5f0a4a7d9d3e1c8f7a605142", Level::info,
              "a tap or a target wrote a line on its standard error", ""},
    EventInfo{
        Event::store_failed, "store_failed", "41bba7df81d9683c23ed9f122c5f4ced", Level::error,
        "the store cannot be written, or cannot be trusted, and then the hub ends with 74",
        "check the disk; 'gramsetu doctor' while no hub runs; restore a backup when it says so"},
    EventInfo{
        Event::store_awaited, "store_awaited", "32d32d3ea5ee4adc983780415421e39d", Level::warning,
        "the store's database server does not answer; the hub waits for it",
        "start the server, or mend the line to it; nothing is lost, and nothing runs until then"},
    EventInfo{Event::store_rewound, "store_rewound", "ad995c4d962cb673f701a706a7fe4176",
              Level::error,
              "the store is older than it was: it was restored, or its disk went back in time; "
              "nothing is sent until somebody accepts it",
              "'gramsetu rewind show' says what is missing, 'gramsetu rewind accept' goes on"},
    EventInfo{
        Event::backup_failed, "backup_failed", "fc9d1c0c5c78756cf00a4a8eaee12afb", Level::error,
        "a backup could not be made, or an old one not be removed",
        "make room at backup.path, or put its permissions right; 'gramsetu status' has the age "
        "of the last good one"},
    EventInfo{Event::admin_action, "admin_action", "6fa125d2dcd78636cfa88592574b78d7", Level::info,
              "a person changed something through the admin API", ""},
    EventInfo{Event::access_refused, "access_refused", "403ab4b653a058d580eed02cc4c5d26b",
              Level::warning, "somebody was not let in, or asked for what their role may not do",
              "look at who it was with 'gramsetu audit list'; give a role or a token if it was "
              "meant to be"},
    EventInfo{Event::tls_failed, "tls_failed", "99593572be6ee88b87c0a0539a0f2621", Level::error,
              "an endpoint's certificate or key is not what it should be, or it refused ours",
              "compare the certificate with what the endpoint's operator says; do not widen tls: "
              "to get past it"},
    EventInfo{Event::certificate_ending, "certificate_ending", "a6992d689d984e2a8836ddcf5124992f",
              Level::warning,
              "a certificate ends within thirty days: ours, which an endpoint is shown, the one it "
              "showed, or the admin API's own",
              "renew ours in time and reload; tell the endpoint's operator of theirs"},
    EventInfo{Event::audit_head, "audit_head", "7d65314ab5008f0f118e856aaf941201", Level::info,
              "the newest entry of the audit log, signed",
              "keep it somewhere else: who has it sees when the log's end is cut off"},
    EventInfo{Event::audit_blocked, "audit_blocked", "c4ccd68da8b4bb12f2ce809b27459bb8",
              Level::error,
              "an act could not be written to the audit log; money is not sent until it can be",
              "make room on the disk or put the folder right; the hub tries again by itself every "
              "minute"},
    EventInfo{Event::audit_back, "audit_back", "bb7deb05bf8eaeffae31f6d592cfb4be", Level::info,
              "the audit log is written again; what had to wait is in it", ""},
    EventInfo{Event::retention_short, "retention_short", "cc5eb6c38c94ef739d2222aabbca029c",
              Level::warning, "the log is kept for less than the 180 days that CERT-In asks for",
              "set retention.log to 180d or more"},
    EventInfo{Event::log_dropped, "log_dropped", "8f0ea078b8f86de46318a58eaaf8fa97", Level::warning,
              "entries could not be handed over and are missing here",
              "look why the journal or whoever reads the log does not keep up"},
};

bool names(const std::vector<LogField>& fields, std::string_view name)
{
  return std::any_of(fields.begin(), fields.end(),
                     [&](const LogField& field) { return field.name == name; });
}

// A name is there once: what is said later is nearer to the event, and replaces it.
std::vector<LogField> joined(const std::vector<LogField>& context, std::vector<LogField> fields)
{
  std::vector<LogField> all;
  all.reserve(context.size() + fields.size());
  std::copy_if(context.begin(), context.end(), std::back_inserter(all),
               [&](const LogField& field) { return !names(fields, field.name); });
  std::move(fields.begin(), fields.end(), std::back_inserter(all));
  return all;
}

class TeeSink final : public LogSink {
public:
  TeeSink(std::unique_ptr<LogSink> first, LogSink& second)
      : first_(std::move(first)), second_(second)
  {
  }

  void write(const LogEntry& entry) override
  {
    first_->write(entry);
    second_.write(entry);
  }

private:
  std::unique_ptr<LogSink> first_;
  LogSink& second_;
};

} // namespace

std::vector<EventInfo> log_events()
{
  return {kEvents.begin(), kEvents.end()};
}

const EventInfo& info_of(Event event)
{
  const auto found = std::find_if(kEvents.begin(), kEvents.end(),
                                  [&](const EventInfo& info) { return info.event == event; });
  check(found != kEvents.end(), "every log event has a row in the table");
  return *found;
}

Log Log::with(std::vector<LogField> fields) const
{
  Log narrower = *this;
  narrower.context_ = joined(context_, std::move(fields));
  return narrower;
}

void Log::event(Event event, std::string_view text, std::vector<LogField> fields) const
{
  const EventInfo& info = info_of(event);
  if (info.level < lowest_) return;
  const auto all = joined(context_, std::move(fields));
  sink_->write(LogEntry{clock_->now(), event, info.level, text, all});
}

std::unique_ptr<LogSink> make_tee_sink(std::unique_ptr<LogSink> first, LogSink& second)
{
  return std::make_unique<TeeSink>(std::move(first), second);
}

} // namespace gramsetu
