// One audit log a folder, and what the hub itself writes there.
#include "daemon/runtime/evidence.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "daemon/runtime/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>

namespace gramsetu::runtime {

namespace fs = std::filesystem;

namespace {

struct Shelf {
  std::mutex mutex;                                          // guards what follows
  std::map<std::string, std::shared_ptr<audit::Audit>> logs; // by folder
};

Shelf& shelf()
{
  static Shelf shelf;
  return shelf;
}

audit::Options options_of(const config::Config& config)
{
  audit::Options options;
  options.folder = config.audit.folder;
  options.key_pem = config.audit.key.reveal();
  options.hub = config.hub_name;
  options.offset = offset_of(config.timezone);
  return options;
}

// A file that cannot be read is as one that is empty: reading the configuration has told already.
std::string contents(const fs::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files_of(const std::string& file)
{
  std::vector<fs::path> parts;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(file).parent_path() / "conf.d", none))
    if (entry.path().extension() == ".yaml") parts.push_back(entry.path());
  std::sort(parts.begin(), parts.end());
  parts.insert(parts.begin(), file);
  return parts;
}

} // namespace

std::shared_ptr<audit::Audit> audit_of(const config::Config& config, Clock& clock)
{
  const std::lock_guard lock(shelf().mutex);
  auto& log = shelf().logs[config.audit.folder];
  if (!log) log = audit::Audit::open(options_of(config), clock);
  return log;
}

void close_audit(const config::Config& config)
{
  std::shared_ptr<audit::Audit> log;
  {
    const std::lock_guard lock(shelf().mutex);
    const auto found = shelf().logs.find(config.audit.folder);
    if (found == shelf().logs.end()) return;
    log = std::move(found->second);
    shelf().logs.erase(found);
  }
  log->finish();
  log->on_change({});
  log->on_head({});
}

void tell(audit::Audit& audit, const Log& log)
{
  audit.on_change([log](const audit::State& state) {
    log.event(state.blocked ? Event::audit_blocked : Event::audit_back, state.reason);
  });
  audit.on_head([log](const audit::Head& head) {
    log.event(Event::audit_head, "",
              {{"sequence", std::to_string(head.link.sequence)},
               {"hash", head.link.hash},
               {"key", head.key},
               {"signature", head.signature}});
  });
  if (const auto state = audit.state(); state.blocked)
    log.event(Event::audit_blocked, state.reason);
}

Overseer overseer_of(const config::Config& config, Clock& clock, const Log& log)
{
  Overseer overseer;
  overseer.witness = [&config, &clock](const Sending& sending) {
    audit::Act act;
    act.what = "money.send";
    act.object = sending.flow;
    act.outcome = "begun";
    act.detail = fmt::format("{} records", sending.records);
    return audit_of(config, clock)->append(act);
  };
  overseer.distrust = [&config, &clock, log](const std::string& endpoint, const std::string& what) {
    log.event(Event::tls_failed, what, {{"endpoint", endpoint}});
    audit::Act act;
    act.what = "tls.failed";
    act.object = endpoint;
    act.outcome = "refused";
    act.detail = what;
    audit_of(config, clock)->note(act);
  };
  return overseer;
}

std::string fingerprint(const std::string& file)
{
  DigestOfPieces digest;
  for (const auto& path : files_of(file)) {
    const auto text = contents(path);
    digest.add(fmt::format("{} {}\n", path.filename().string(), text.size()));
    digest.add(text);
  }
  return to_hex(digest.finish());
}

} // namespace gramsetu::runtime
