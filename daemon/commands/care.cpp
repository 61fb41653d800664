// backup, restore, rewind: copies of the store, and what follows when one takes its place.
#include "daemon/commands/care.hpp"
#include "config/references.hpp"
#include "daemon/audit/reading.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/print.hpp"
#include "daemon/commands/requests.hpp"
#include "daemon/runtime/evidence.hpp"
#include "daemon/runtime/restore.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace gramsetu::commands {

namespace {

using schema::Value;

void print_backup(const Value& answer, const Times&)
{
  std::printf("%s: %ld bytes in %ld s, with %ld documents, checked%s\n",
              escaped(member_text(answer, "file")).c_str(), member_count(answer, "bytes"),
              member_count(answer, "seconds"), member_count(answer, "documents"),
              member(answer, "encrypted") == Value(true) ? ", encrypted" : "");
}

void print_rewind(const Value& answer, const Times& times)
{
  const auto& rewind = member(answer, "rewind");
  if (!rewind.is_object()) {
    std::printf("the store has not gone back in time\n");
    return;
  }
  std::printf("noticed: %s\ncause: %s\n", when(member(rewind, "since"), times).c_str(),
              escaped(member_text(rewind, "cause")).c_str());
  std::printf("changes missing: %ld, after number %ld of the change log\n\n",
              member_count(rewind, "changes_missing"), member_count(rewind, "last_change"));
  std::printf("Until somebody accepts it, the hub asks each endpoint for a record before it sends "
              "a change of it,\nand does not send where it cannot ask. Run 'gramsetu sync', then "
              "'gramsetu verify'; enter again what\nwas only entered here; then 'gramsetu rewind "
              "accept --note WHY'.\n");
}

// The key that was named, or the one that backups are made with.
Result<connectors::Secret> key_of(const Common& common, const CareOptions& options)
{
  if (!options.key.empty())
    return config::read_reference(options.key, std::filesystem::current_path().string());
  // Other secrets that cannot be read here are not needed here.
  return config::load(common.config, config::installed_paths(common.config), true)
      ->config.backup.key;
}

void print_restored(const runtime::RestoreDone& done, const CareOptions& options,
                    const std::string& store)
{
  std::printf("%s is now the store %s\n", options.file.c_str(), store.c_str());
  if (!done.manifest.empty()) {
    std::printf("made at %s; records:",
                escaped(member_text(Value(done.manifest), "made_at")).c_str());
    const auto& records = *done.manifest.find("records");
    for (const auto& count : records.object().members())
      std::printf(" %s=%s", escaped(count.name).c_str(), shown_value(count.value).c_str());
    std::printf("\n");
  }
  if (done.documents > 0) std::printf("documents: %zu\n", done.documents);
  for (const auto& moved : done.moved)
    std::printf("what was there before: %s\n", moved.c_str());
  std::printf("start the hub; it knows that it went back: gramsetu rewind show\n");
}

void print_restored_json(const runtime::RestoreDone& done, const CareOptions& options,
                         const std::string& store)
{
  schema::Object json;
  json.append("file", options.file);
  json.append("store", store);
  json.append("manifest", done.manifest);
  schema::List moved;
  for (const auto& path : done.moved)
    moved.emplace_back(path);
  json.append("moved", std::move(moved));
  json.append("documents", static_cast<std::int64_t>(done.documents));
  print_json(std::move(json));
}

} // namespace

void note_on_store(config::Config config, Clock& clock, std::string what, std::string detail)
{
  if (config.audit.key_is_elsewhere) // who works on the store reads no secrets, but this one
    config.audit =
        config::load(config.file, config::installed_paths(config.file), true)->config.audit;
  if (config.audit.key_is_elsewhere)
    return complain("done, and not in the audit log: its key cannot be read here");
  audit::Act act;
  act.who = user_name();
  act.role = "admin";
  act.from = fmt::format("uid {}", geteuid());
  act.what = std::move(what);
  act.object = config.store_path;
  act.detail = std::move(detail);
  const auto noted = runtime::audit_of(config, clock)->append(act);
  if (!noted) complain("done, and not in the audit log: " + noted.error().what);
  runtime::close_audit(config);
}

namespace {

// What a backup knows of the audit log and the log here does not; empty: nothing.
std::string missing_evidence(const config::Config& config, const schema::Object& manifest)
{
  const auto* known = manifest.find("audit");
  if (!known) return "";
  const auto head = audit::read_head(*known);
  if (!head) return "";
  audit::Query query;
  query.after = head->link.sequence - 1;
  query.limit = 1;
  const auto found = audit::read_entries(config.audit.folder, query);
  if (!found.empty() && found[0].link.sequence > head->link.sequence)
    return ""; // it was kept long enough
  if (!found.empty() && found[0].link.hash == head->link.hash) return "";
  return fmt::format(
      "the audit log in {} lacks entry {}, which was there when the backup was made: "
      "it is another machine's, or its end was cut off; keep it as it is, and look "
      "for the folder of that time",
      config.audit.folder, head->link.sequence);
}

} // namespace

int backup(const Common& common, const CareOptions& options)
{
  Ask what{"POST", "/api/v1/backup", {}, {}, {}};
  what.body.append("file", std::filesystem::absolute(options.file).lexically_normal().string());
  if (!options.key.empty()) what.body.append("key", options.key);
  return ask_and_print(common, what, print_backup);
}

int restore(const Common& common, const CareOptions& options)
{
  const auto loaded = config::load(common.config, config::installed_paths(common.config), false);
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common.json);
    return kUsage;
  }
  if (loaded->config.store_database)
    return refuse(common, kUsage,
                  "the store is a PostgreSQL database: restore it with pg_restore, or with the "
                  "server's own means, while the hub is stopped; the hub notices that it is older");
  const auto key = key_of(common, options);
  if (!key) return refuse(common, kUsage, key.error().what);
  SystemClock clock;
  runtime::RestoreOrder order;
  order.file = std::filesystem::absolute(options.file).lexically_normal().string();
  order.key = *key;
  order.hub = loaded->config.hub_name;
  const auto store = runtime::store_options(*loaded);
  if (!store) return refuse(common, kUsage, store.error().what);
  order.store = *store;
  order.now = clock.now();
  const auto done = runtime::restore(order);
  if (!done) return refuse(common, kFailed, done.error().what);
  if (const auto missing = missing_evidence(loaded->config, done->manifest); !missing.empty())
    complain(missing);
  note_on_store(loaded->config, clock, "store.restore", "from " + order.file);
  (common.json ? print_restored_json : print_restored)(*done, options, order.store.path);
  return kDone;
}

int rewind_show(const Common& common, const CareOptions&)
{
  return ask_and_print(common, {"GET", "/api/v1/rewind", {}, {}, {}}, print_rewind);
}

int rewind_accept(const Common& common, const CareOptions& options)
{
  Ask what{"POST", "/api/v1/rewind/accept", {}, {}, {}};
  what.body.append("note", options.note);
  return ask_and_print(common, what, [](const Value&, const Times&) {
    std::printf("accepted: changes are sent as ever\n");
  });
}

} // namespace gramsetu::commands
