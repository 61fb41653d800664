// Backups and rewinds as JSON and as metrics.
#include "daemon/api/care_json.hpp"

#include "daemon/api/routes.hpp"

namespace gramsetu::api {

Result<CareStatus> care_of(store::Tx& tx)
{
  CareStatus care;
  TRY(care.backup, runtime::backup_state(tx));
  TRY(care.rewind, runtime::rewind_of(tx));
  return care;
}

schema::Value backup_json(const runtime::BackupState& state, Instant now)
{
  if (!state.good && !state.failed) return schema::Null{};
  schema::Object json;
  if (const auto& good = state.good) {
    json.append("file", good->file);
    json.append("at", time_value(good->at));
    json.append("age_seconds",
                static_cast<std::int64_t>(
                    std::chrono::floor<std::chrono::seconds>(now - good->at).count()));
    json.append("bytes", good->bytes);
    json.append("seconds", good->seconds);
    json.append("encrypted", good->encrypted);
    json.append("documents", good->documents);
  }
  if (const auto& failed = state.failed) {
    json.append("failed_at", time_value(failed->at));
    json.append("failed_file", failed->file);
    json.append("failure", failed->why);
  }
  return json;
}

schema::Value rewind_json(const std::optional<runtime::Rewind>& rewind)
{
  if (!rewind) return schema::Null{};
  schema::Object json;
  json.append("since", time_value(rewind->since));
  json.append("cause", rewind->cause);
  json.append("changes_missing", rewind->changes);
  json.append("last_change", rewind->before);
  return json;
}

void write_care(MetricsWriter& out, const CareStatus& care, Instant now)
{
  const auto& [good, failed] = care.backup;
  if (good)
    out.gauge("gramsetu_backup_age_seconds", "Age of the last good backup.",
              std::chrono::floor<std::chrono::seconds>(now - good->at).count());
  out.gauge("gramsetu_backup_failed", "1 when the last backup could not be made.", failed ? 1 : 0);
  out.gauge("gramsetu_store_rewound",
            "1 while the store is older than it was, and nobody has accepted it.",
            care.rewind ? 1 : 0);
}

} // namespace gramsetu::api
