// Wires the service from top to bottom.
#include "daemon/commands/service.hpp"

#include "daemon/api/wrappers.hpp"

#include "daemon/api/metrics_parts.hpp"
#include "daemon/api/passed_sockets.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/trace.hpp"
#include "daemon/commands/service_acts.hpp"
#include "daemon/commands/store_wait.hpp"
#include "daemon/runtime/backup.hpp"
#include "daemon/runtime/rewind.hpp"
#include "daemon/runtime/self_test.hpp"
#include "daemon/store/care.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace gramsetu::commands {

namespace {

constexpr std::chrono::seconds kStatusEvery{10};
constexpr std::chrono::hours kPurgeEvery{1};
constexpr std::chrono::minutes kSafeEvery{1};
constexpr std::chrono::minutes kTendEvery{1};  // the audit log: what waits, and the day's head
constexpr std::chrono::minutes kWatchEvery{1}; // certificates: one may be seen for the first time
// Below the unit's TimeoutStopSec, so that it is we who end.
constexpr std::chrono::seconds kPatience{50};
constexpr std::size_t kJobsWaiting = 256;

// systemd says which stream is the journal's: JOURNAL_STREAM=device:inode of our standard error.
bool stderr_is_the_journal()
{
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (!stream || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::unique_ptr<LogSink> open_sink(const config::LogSettings& log, std::chrono::minutes offset)
{
  if (log.format == "auto" && stderr_is_the_journal()) return make_journal_sink();
  const auto format = log.format == "json" ? LogFormat::json : LogFormat::text;
  return make_line_sink(STDERR_FILENO, format, offset);
}

// Under systemd a drop-in may give the service a group: its members may use the socket. Elsewhere our
// group is whoever's it was that started us, and says nothing.
std::string operators_group()
{
  const char* folder = std::getenv("RUNTIME_DIRECTORY");
  return folder && getegid() != 0 ? std::to_string(getegid()) : std::string();
}

} // namespace

Level level_of(const std::string& name)
{
  if (name == "debug") return Level::debug;
  if (name == "warning") return Level::warning;
  return name == "error" ? Level::error : Level::info;
}

std::optional<api::TlsSettings> tls_of(const config::Api& settings)
{
  if (settings.tls.certificate.empty()) return std::nullopt;
  return api::TlsSettings{settings.tls.certificate, settings.tls.key.reveal(), settings.tls.ca};
}

Service::Service(const Common& common, std::unique_ptr<config::Loaded> loaded)
    : common_(common),
      loaded_(std::move(loaded)),
      api_(loaded_->config.api),
      format_(loaded_->config.log.format),
      workers_(loaded_->config.workers),
      notifier_(runtime::Notifier::from_environment()),
      passed_(api::passed_sockets()),
      sink_(open_sink(loaded_->config.log, runtime::offset_of(loaded_->config.timezone))),
      loop_({workers_, kJobsWaiting, kPatience})
{
}

Service::~Service() = default;

int Service::run()
{
  if (const auto opened = open(); !opened) return refuse(opened.error());
  wire();
  hub_->log().event(Event::hub_started, "",
                    {{"hub", hub_->setup()->config().hub_name},
                     {"flows", std::to_string(hub_->setup()->flows.size())},
                     {"port", std::to_string(server_->tcp_port())}});
  notifier_.ready(scheduler_->summary());
  const int status = loop_.run();
  audit_of(*hub_)->note(act_of(*hub_, "hub.stop"));
  audit_of(*hub_)->finish();
  hub_->flush_log();
  // Work that does not return must not keep us: what it did not commit was never done.
  if (!loop_.drained()) std::_Exit(status);
  return status;
}

Result<void> Service::open()
{
  const auto level = level_of(loaded_->config.log.level);
  const auto folder = std::filesystem::path(loaded_->config.store_path).parent_path().string();
  TRY_VOID(runtime::self_test(folder));
  {
    const EndsAtOnce ends;
    StoreWait wait(clock_, Log(clock_, *sink_, level), notifier_);
    const auto again = [&](const Error& why) { wait.pause(why); };
    TRY(hub_, runtime::Hub::open(std::move(loaded_), {clock_, ids_, *sink_, level, again}));
  }
  // The outcome of what failed is not known to anybody: the process ends here and now, and the next
  // start looks at what the disk has.
  hub_->on_corrupt([this](const Error&) {
    notifier_.stopping("the store cannot be trusted");
    std::_Exit(kStoreBroken);
  });
  hub_->launch_on([this](auto job) { return loop_.submit(std::move(job)); });
  TRY(server_, open_server(api_));
  scheduler_ = std::make_unique<runtime::Scheduler>(*hub_, loop_, ids_);
  certificates_.emplace(*hub_);
  return {};
}

int Service::refuse(const Error& error) const
{
  complain(error.what);
  if (error.kind == ErrorKind::corrupt) return kStoreBroken;
  // A store of a newer program is as hopeless as a wrong file: trying again will not correct it.
  const bool hopeless = error.kind == ErrorKind::invalid || error.kind == ErrorKind::unsupported;
  return hopeless ? kConfigBroken : kFailed;
}

Result<std::unique_ptr<api::Server>> Service::open_server(const config::Api& settings)
{
  api::ServerOptions options;
  options.unix_path = settings.unix_path;
  TRY(options.passed, passed_);
  options.group = operators_group();
  if (!settings.tcp_host.empty()) {
    options.tcp_host = settings.tcp_host;
    options.tcp_port = settings.tcp_port;
    TRY(options.tokens, api::read_tokens(settings.tokens.reveal()));
    options.tls = tls_of(settings);
  }
  note_start(*hub_, common_.config, options.tokens);
  options.on_failed = [this](const std::string& id, int status) {
    hub_->log().event(Event::admin_action, "a request failed",
                      {{"request", id}, {"status", std::to_string(status)}});
  };
  options.on_answered = api::count_requests(*hub_);
  options.on_refused = [refusals = std::make_shared<api::Refusals>(*hub_)](const auto& refusal) {
    refusals->take(refusal);
  };
  auto handler = api::prompt(api::once(api::make_handler(*hub_), clock_), clock_);
  return api::Server::open(loop_, std::move(handler), std::move(options));
}

void Service::wire()
{
  loop_.handle_signals([this] { reload(false, ""); });
  hub_->reload_with([this](bool dry, const std::string& by) { return reload(dry, by); });
  loop_.every(runtime::kTick, [this] { scheduler_->tick(); });
  loop_.every(kStatusEvery, [this] { notifier_.status(scheduler_->summary()); });
  loop_.every(kPurgeEvery, [this] { purge(); });
  loop_.every(kSafeEvery, [this] { keep_safe(); });
  loop_.every(kTendEvery,
              [this] { loop_.submit([this](std::stop_token) { audit_of(*hub_)->tend(); }); });
  loop_.every(kWatchEvery, [this] { watch_certificates(); });
  watch_certificates();
  loop_.every(runtime::Idle::kLook, [this] { look_whether_idle(); });
  if (const auto interval = notifier_.watchdog_interval())
    loop_.every(*interval, [this] { notifier_.alive(); });
  loop_.on_stop([this] {
    notifier_.stopping("waiting for runs to stop");
    hub_->log().event(Event::hub_stopping, "");
    hub_->request_stop();
  });
}

void Service::purge()
{
  loop_.submit([this](std::stop_token) {
    if (const auto purged = hub_->purge(); !purged) hub_->note(purged.error());
  });
}

void Service::watch_certificates()
{
  loop_.submit([this](std::stop_token) { certificates_->look(); });
}

void Service::look_whether_idle()
{
  const bool busy = loop_.busy() || !hub_->live().empty();
  if (idle_.look(clock_.ticks(), busy, footprint()))
    loop_.submit([this](std::stop_token) { use_idle_time(); });
}

void Service::use_idle_time()
{
  if (const auto copied = store::copy_log(hub_->store()); !copied) hub_->note(copied.error());
  give_back_memory();
}

// The anchor says how far the store has come; a backup is made when one is due.
void Service::keep_safe()
{
  loop_.submit([this](std::stop_token stop) {
    if (const auto dropped = runtime::drop_anchor(*hub_); !dropped) hub_->note(dropped.error());
    const auto due = runtime::due_backup(*hub_);
    if (!due) return hub_->note(due.error());
    if (!*due) return;
    auto made = runtime::back_up(*hub_, **due, stop); // says itself what went wrong
    if (!made) return hub_->note(made.error());
    if (const auto thinned = runtime::thin_out_backups(*hub_); !thinned)
      hub_->log().event(Event::backup_failed, thinned.error().what);
  });
}

} // namespace gramsetu::commands
