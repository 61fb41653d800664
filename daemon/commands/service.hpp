// The service: hub, schedule, admin API and the service manager on one loop.
#pragma once

#include "base/ids.hpp"
#include "daemon/api/certificates.hpp"
#include "daemon/api/server.hpp"
#include "daemon/commands/session.hpp"
#include "daemon/runtime/idle.hpp"
#include "daemon/runtime/loop.hpp"
#include "daemon/runtime/notify.hpp"
#include "daemon/runtime/scheduler.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::commands {

Level level_of(const std::string& name);                             // of the option log.level
std::optional<api::TlsSettings> tls_of(const config::Api& settings); // none: TCP goes without

// Built, run once, and gone. Members stand in the order in which they need each other.
class Service {
public:
  // `loaded` has no findings. Made before any thread, as it reads the environment.
  Service(const Common& common, std::unique_ptr<config::Loaded> loaded);
  ~Service();

  // Until SIGTERM or SIGINT; the exit status.
  int run();

private:
  int refuse(const Error& error) const; // tells why there is no service
  Result<void> open();
  Result<std::unique_ptr<api::Server>> open_server(const config::Api& settings);
  void wire();
  runtime::Reloaded reload(bool dry, const std::string& by);
  Result<void> renew_access(const config::Api& api);
  std::string left_for_a_start(const config::Config& config) const;
  std::vector<std::string> remarks(const config::Changes& changes, const runtime::Setup& next);
  void tell(const runtime::Reloaded& reloaded, const std::string& by);
  void purge();
  void keep_safe();
  void watch_certificates();
  void look_whether_idle();
  void use_idle_time();

  const Common common_;
  SystemClock clock_;
  Ids ids_;
  std::unique_ptr<config::Loaded> loaded_; // until the hub has it
  const config::Api api_; // as it listens; the following as well cannot be reloaded
  const std::string format_;
  const std::size_t workers_;
  runtime::Notifier notifier_;
  const Result<std::vector<int>> passed_; // sockets that systemd holds for us
  std::mutex reloading_;                  // one reading of the file at a time
  std::unique_ptr<LogSink> sink_;
  std::unique_ptr<runtime::Hub> hub_;
  std::optional<api::CertificateWatch> certificates_;
  runtime::Idle idle_;
  runtime::Loop loop_; // after the hub: its workers end before what they use
  std::unique_ptr<runtime::Scheduler> scheduler_;
  std::unique_ptr<api::Server> server_; // its handlers end first of all
};

} // namespace gramsetu::commands
