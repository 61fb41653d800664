// Backups of the store while the hub works: made, proved, put in place, and thrown out when they are old.
#pragma once

#include "daemon/runtime/hub.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace gramsetu::runtime {

// A backup is a store of its own; this fact of it says whose and of when: JSON with hub, made_at, store,
// change, log, records, audit (the log's signed head). The documents of records are beside them in a table
// `sqlar`.
inline constexpr const char* kManifestFact = "backup/manifest";

struct BackupOrder {
  std::string file;       // an absolute path
  connectors::Secret key; // empty: in the clear
  std::string by;         // empty: the schedule
};

struct BackupMade {
  std::string file;
  Instant at{}; // everything that was committed by then is in it
  std::int64_t bytes = 0, seconds = 0;
  bool encrypted = false;
  std::int64_t documents = 0;       // that are in it
  std::vector<std::string> damaged; // documents that are not, because the disk has spoilt them
};

struct BackupFailed {
  Instant at{};
  std::string file, why;
};

// The last one that is good, and the last that failed since.
struct BackupState {
  std::optional<BackupMade> good;
  std::optional<BackupFailed> failed;
};

// Copies the store while transactions go on, checks the copy (integrity, every checksum), and puts it in
// place in one step; encrypted with a key, and then read back. A backup that is there under that name is
// replaced, another file is not. What it came to stands in the log and in `backup_state`. When it fails, no part of
// it is left. One at a time.
Result<BackupMade> back_up(Hub& hub, const BackupOrder& order, std::stop_token stop);

Result<BackupState> backup_state(store::Tx& tx);

// What the schedule has to do now: a file in the configured folder, named after hub and time; nothing when
// none is due. After a failure the next try comes earlier.
Result<std::optional<BackupOrder>> due_backup(Hub& hub);
// Removes scheduled backups over the number that is kept, the oldest first. Any other file stays.
Result<void> thin_out_backups(Hub& hub);

// True for a file that is a backup, encrypted or not.
bool is_backup(const std::string& path);

} // namespace gramsetu::runtime
