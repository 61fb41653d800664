// What the hub remembers, and the one way to change it: a transaction.
//
// The store knows no entities: records and bases are canonical JSON texts, which the engine reads and
// writes. Times are milliseconds since 1970. Nothing here is a float.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "daemon/store/options.hpp"
#include "daemon/store/places.hpp"
#include "daemon/store/plans.hpp"
#include "daemon/store/rows.hpp"
#include "daemon/store/scratch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// How much news waits, by what it says.
struct InboxSize {
  std::size_t there = 0; // a record is there, new or changed
  std::size_t gone = 0;
};

// Everything that one transaction can see and do. Valid only inside the call that was given it. Reads see
// the transaction's own writes. Errors: `corrupt` for anything the disk or the engine did (the process must
// end), `invalid` for a caller's mistake; what is not there is an empty optional, not an error.
class Tx : public Plans, public Scratch, public PlacesTx {
public:
  // Records. A deleted record stays as a tombstone until its lifetime ends.
  virtual Result<std::optional<RecordRow>> record(std::string_view entity,
                                                  std::string_view key) = 0;
  virtual Result<std::vector<RecordRow>> records(const RecordQuery& query) = 0; // in key order
  virtual Result<void> put_record(const RecordRow& row) = 0;              // inserts or replaces
  virtual Result<std::size_t> count_records(std::string_view entity) = 0; // live ones

  // Shadows: what hub and endpoint last agreed on, one per flow and key.
  virtual Result<std::optional<ShadowRow>> shadow(std::string_view flow, std::string_view key) = 0;
  // One row or nothing for each key of `keys`, which are sorted: the fast path of a page.
  virtual Result<std::vector<std::optional<ShadowMark>>>
  marks(std::string_view flow, const std::vector<std::string>& keys) = 0;
  virtual Result<std::vector<ShadowRow>> shadows(std::string_view flow, std::string_view after_key,
                                                 std::size_t limit) = 0; // in key order
  // The key of the flow's shadow with that remote id.
  virtual Result<std::optional<std::string>> key_of_remote(std::string_view flow,
                                                           std::string_view remote_id) = 0;
  virtual Result<void> put_shadow(const ShadowRow& row) = 0;
  virtual Result<void>
  put_fingerprint(std::string_view flow, std::string_view key,
                  std::string_view fingerprint) = 0; // of a shadow that stays as it is
  virtual Result<void> erase_shadow(std::string_view flow, std::string_view key) = 0;
  virtual Result<std::size_t> count_shadows(std::string_view flow, std::string_view slice) = 0;

  // Slices: cursors and what is known of completeness.
  virtual Result<std::optional<SliceRow>> slice(std::string_view flow, std::string_view slice) = 0;
  virtual Result<std::vector<SliceRow>> slices(std::string_view flow) = 0; // all flows when empty
  virtual Result<void> put_slice(const SliceRow& row) = 0;

  // Inbox: changes that wait for their slice to be complete and the rails to have looked.
  virtual Result<void> put_inbox(const InboxRow& row) = 0; // a newer one of the same key replaces
  virtual Result<std::optional<InboxRow>> inbox_of(std::string_view flow, std::string_view key) = 0;
  virtual Result<std::vector<InboxRow>>
  inbox(std::string_view flow, std::string_view slice, std::string_view after_key,
        std::size_t limit) = 0; // key order; any slice when empty
  virtual Result<std::vector<std::string>> inbox_slices(std::string_view flow) = 0;
  virtual Result<InboxSize> inbox_size(std::string_view flow, std::string_view slice,
                                       std::string_view run) = 0; // of what is current in `run`
  virtual Result<void> erase_inbox(std::string_view flow, std::string_view key) = 0;

  // Outbox: what an endpoint lacks, and what became of it.
  virtual Result<std::optional<OutboxRow>> outbox_of(std::string_view flow,
                                                     std::string_view key) = 0;
  virtual Result<std::vector<OutboxRow>> outbox(const OutboxQuery& query) = 0; // oldest first
  virtual Result<void> put_outbox(const OutboxRow& row) = 0;
  virtual Result<void> erase_outbox(std::string_view flow, std::string_view key) = 0;

  // Conflicts: open ones wait for a person, settled ones keep the loser.
  virtual Result<std::int64_t> add_conflict(const ConflictRow& row) = 0; // its id
  virtual Result<std::optional<ConflictRow>> conflict(std::int64_t id) = 0;
  virtual Result<std::vector<ConflictRow>> conflicts(const ConflictQuery& query) = 0;
  virtual Result<void> put_conflict(const ConflictRow& row) = 0; // by id
  // The same by cause, the largest group first. The query's bounds on ids do not matter.
  virtual Result<std::vector<ConflictGroup>> conflict_groups(const ConflictQuery& query) = 0;

  // Quarantine: what could not be used, kept whole. `add` of the same flow, key, direction and payload
  // again, while it is open, counts the attempt and takes the newest reason, pointer and parent; what still
  // waits for the same parent stays as it is.
  virtual Result<std::int64_t> add_quarantine(const QuarantineRow& row) = 0;
  virtual Result<std::optional<QuarantineRow>> quarantined(std::int64_t id) = 0;
  virtual Result<std::vector<QuarantineRow>> quarantine(const QuarantineQuery& query) = 0;
  virtual Result<void> put_quarantine(const QuarantineRow& row) = 0; // by id
  // The open rows of any flow that wait for "local_body/245101", by id.
  virtual Result<std::vector<WaitingRow>> waiting_for(std::string_view parent,
                                                      std::size_t limit) = 0;

  // The change log: every change of a record, with what it superseded.
  virtual Result<std::int64_t> add_change(const ChangeRow& row) = 0; // its sequence number
  virtual Result<std::vector<ChangeRow>> changes(const ChangeQuery& query) = 0;

  // Runs and the sync log.
  virtual Result<void> put_run(const RunRow& row) = 0;
  virtual Result<std::optional<RunRow>> run(std::string_view id) = 0;
  virtual Result<std::vector<RunRow>> runs(const RunQuery& query) = 0; // newest first
  virtual Result<void> add_log(const LogRow& row) = 0;
  virtual Result<std::vector<LogRow>> log(const LogQuery& query) = 0; // oldest first

  // What endpoints and flows are like now: down since, last good run, dirty marks. Small texts by name.
  virtual Result<std::optional<std::string>> fact(std::string_view name) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>>
  facts(std::string_view prefix) = 0;
  virtual Result<void> put_fact(std::string_view name, std::string_view value) = 0;
  virtual Result<void> erase_fact(std::string_view name) = 0;

  // Removes what is older than its retention allows; what was removed is counted.
  virtual Result<Purged> purge(const PurgeLimits& limits) = 0;

  virtual Result<Totals> totals() = 0; // for status
};

// One writer, any number of threads: transactions are serialised inside.
class Store {
public:
  virtual ~Store() = default;
  // Commits when `work` returns a value; rolls back on an error. The third outcome, *unknown* (an I/O
  // error on commit), is `corrupt`: the process ends and recovery decides (faults.md EV1).
  virtual Result<void> transact(const std::function<Result<void>(Tx&)>& work) = 0;
  // Integrity, schema version and the checksum of every row. Reads all there is while others wait.
  virtual Result<void> check() = 0;
};

// Opens or creates, applies migrations, takes the lock that keeps a second daemon out (`invalid`, names the
// holder). `corrupt` when the store cannot be trusted, `unsupported` when it is newer than this program,
// `transient` when its server cannot be reached.
Result<std::unique_ptr<Store>> open_store(const StoreOptions& options);

} // namespace gramsetu::store
