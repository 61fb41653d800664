// doctor: looks the store over while no hub runs, mends what can be mended without loss, saves the rest.
#include "daemon/store/doctor.hpp"

#include "daemon/commands/care.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/runtime/setup.hpp"
#include "daemon/store/care.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

namespace gramsetu::commands {

namespace {

namespace fs = std::filesystem;
using store::Damage;

struct Finding {
  std::string kind, what, remedy;
  bool harmless = false; // worth knowing; the store is sound all the same
};

std::string remedy_of(const Damage& damage)
{
  switch (damage.kind) {
  case Damage::Kind::unreadable:
    return "restore a backup: gramsetu restore FILE; without one, gramsetu doctor --repair saves "
           "what can be read";
  case Damage::Kind::row:
    return "gramsetu doctor --repair moves the row aside; what an endpoint has is read again";
  default: return "gramsetu doctor --repair";
  }
}

// What the store holds, and nobody would look at.
Result<std::vector<Finding>> look_at_contents(const config::Loaded& loaded)
{
  std::vector<Finding> found;
  TRY(const auto options, runtime::store_options(loaded));
  TRY(const auto opened, store::open_store(options));
  TRY_VOID(opened->transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto totals, tx.totals());
    std::set<std::string> flows;
    for (const auto& flow : loaded.config.flows)
      flows.insert(flow.id);
    for (const auto& flow : totals.flows) {
      if (flows.contains(flow.flow)) continue;
      found.push_back({"flow",
                       fmt::format("{} is in the store and not in the operator's file; {} changes "
                                   "wait for it, {} records of it are in quarantine",
                                   flow.flow, flow.pending + flow.unknown, flow.quarantined),
                       "bring it back, or leave it: nothing is lost", true});
    }
    for (const auto& [entity, count] : totals.records) {
      if (count == 0 || loaded.entities.find(entity)) continue;
      found.push_back({"entity",
                       fmt::format("{} records of {}, which no entity describes", count, entity),
                       "bring its file in schema/entities/ back", true});
    }
    return {};
  }));
  return found;
}

std::vector<Finding> look_at_files(const std::string& path)
{
  std::vector<Finding> found;
  std::error_code error;
  if (fs::exists(store::unfinished_mark(path), error))
    found.push_back(
        {"restore", "a restore was cut off in the middle", "gramsetu restore FILE, once more"});
  for (const auto* part : {".backup", ".restoring"}) {
    if (fs::exists(path + part, error))
      found.push_back({"file", path + part + " was left behind",
                       "the next backup or restore removes it", true});
  }
  return found;
}

schema::Object finding_json(const Finding& finding)
{
  schema::Object json;
  json.append("kind", finding.kind);
  json.append("what", finding.what);
  json.append("do", finding.remedy);
  json.append("harmless", finding.harmless);
  return json;
}

// One visit.
class Visit {
public:
  Visit(const Common& common, const CareOptions& options, const config::Loaded& loaded)
      : common_(common),
        options_(options),
        loaded_(loaded),
        path_(loaded.config.store_database ? loaded.config.store_database->url
                                           : loaded.config.store_path)
  {
  }

  Result<int> run()
  {
    if (loaded_.config.store_database) return visit_database();
    findings_ = look_at_files(path_);
    TRY(auto damages, store::examine(path_));
    if (options_.repair && !damages.empty()) {
      const auto broken = is_broken(damages);
      TRY_VOID(broken ? save() : mend());
      if (!broken) {
        TRY(damages, store::examine(path_));
      }
    }
    for (const auto& damage : damages)
      findings_.push_back({std::string(name_of(damage.kind)), damage.what, remedy_of(damage)});
    if (damages.empty() && findings_.empty()) {
      TRY(auto contents, look_at_contents(loaded_));
      findings_.insert(findings_.end(), contents.begin(), contents.end());
    }
    print();
    if (is_broken(damages)) return kStoreBroken;
    const bool wrong = std::any_of(findings_.begin(), findings_.end(),
                                   [](const auto& finding) { return !finding.harmless; });
    return wrong ? kFailed : kDone;
  }

private:
  // Its pages and indexes are its server's; what the hub wrote into them is the hub's to look at.
  Result<int> visit_database()
  {
    if (options_.repair)
      return fail(
          ErrorKind::unsupported,
          "the store is a PostgreSQL database: what is wrong in it is not mended from here; "
          "look at it with pg_amcheck, and restore a backup with pg_restore");
    TRY(const auto options, runtime::store_options(loaded_));
    Result<void> sound;
    {
      TRY(const auto opened, store::open_store(options));
      sound = opened->check();
    }
    if (!sound)
      findings_.push_back({"row", sound.error().what,
                           "look at the database with pg_amcheck, and restore a backup of it"});
    else {
      TRY(findings_, look_at_contents(loaded_));
    }
    print();
    return sound ? kDone : kStoreBroken;
  }

  static bool is_broken(const std::vector<Damage>& damages)
  {
    return std::any_of(damages.begin(), damages.end(),
                       [](const auto& damage) { return damage.kind == Damage::Kind::unreadable; });
  }

  Result<void> mend()
  {
    const SystemClock clock;
    TRY(auto mending, store::mend(path_, clock.now()));
    done_ = std::move(mending.done);
    done_.push_back("the store as it was: " + mending.kept);
    return {};
  }

  Result<void> save()
  {
    const SystemClock clock;
    TRY(auto to, runtime::store_options(loaded_));
    to.path = fmt::format(
        "{}.saved-{}", path_,
        std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count());
    TRY(const auto saved, store::salvage(path_, to));
    done_ = saved.notes;
    done_.push_back(
        fmt::format("{} rows were saved into {}, {} could not be read; to use it: gramsetu "
                    "restore {}",
                    saved.rows, to.path, saved.lost, to.path));
    return {};
  }

  void print() const
  {
    if (common_.json) {
      schema::List found, done;
      for (const auto& finding : findings_)
        found.emplace_back(finding_json(finding));
      for (const auto& what : done_)
        done.emplace_back(what);
      schema::Object json;
      json.append("store", path_);
      json.append("findings", std::move(found));
      json.append("done", std::move(done));
      return print_json(std::move(json));
    }
    for (const auto& what : done_)
      std::printf("done: %s\n", escaped(what).c_str());
    for (const auto& finding : findings_)
      std::printf("%s: %s\n  %s\n", finding.kind.c_str(), escaped(finding.what).c_str(),
                  finding.remedy.c_str());
    if (findings_.empty()) std::printf("%s is sound\n", path_.c_str());
  }

  const Common& common_;
  const CareOptions& options_;
  const config::Loaded& loaded_;
  const std::string path_;
  std::vector<Finding> findings_;
  std::vector<std::string> done_;
};

} // namespace

int doctor(const Common& common, const CareOptions& options)
{
  const auto loaded = config::load(common.config, config::installed_paths(common.config), false);
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common.json);
    return kUsage;
  }
  const auto code = Visit(common, options, *loaded).run();
  SystemClock clock;
  if (code && options.repair)
    note_on_store(loaded->config, clock, "store.repair", fmt::format("ended with {}", *code));
  if (code) return *code;
  const bool broken = code.error().kind == ErrorKind::corrupt;
  return refuse(common, broken ? kStoreBroken : kFailed, code.error().what);
}

} // namespace gramsetu::commands
