// How the store is kept, as the API shows it: its last backup, and whether it went back in time.
#pragma once

#include "base/clock.hpp"
#include "daemon/api/metrics_writer.hpp"
#include "daemon/runtime/backup.hpp"
#include "daemon/runtime/rewind.hpp"
#include "schema/value.hpp"

#include <optional>

namespace gramsetu::api {

struct CareStatus {
  runtime::BackupState backup;
  std::optional<runtime::Rewind> rewind;
};

Result<CareStatus> care_of(store::Tx& tx);
schema::Value backup_json(const runtime::BackupState& state, Instant now); // null: there was none
schema::Value rewind_json(const std::optional<runtime::Rewind>& rewind);
void write_care(MetricsWriter& out, const CareStatus& care, Instant now);

} // namespace gramsetu::api
