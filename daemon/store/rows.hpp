// The rows of the store, as plain values.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "daemon/store/review_rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

struct RecordRow {
  std::string entity, key;
  std::string body;   // canonical JSON; of a tombstone: what it was
  std::string origin; // JSON: field -> who set it, when, by which rule and run (engine/origin.hpp)
  std::string place;  // LGD code, or empty
  std::int64_t revision = 0; // counts the record's changes from 1; the admin API's entity tag
  std::int64_t sequence = 0; // of its newest row in the change log
  bool deleted = false;
  Instant changed_at{};
  std::optional<Instant> dead_until; // a tombstone's lifetime
};

struct RecordQuery {
  std::string entity;
  std::string after_key; // exclusive
  std::size_t limit = 1000;
  bool with_deleted = false;
  std::string place;                          // only of this place; empty: all
  std::string parent_pointer, parent;         // only those whose body has this text in that member
  std::optional<std::int64_t> after_sequence; // changed after that, and in the order of change
};

// The narrow half of a shadow: what the fast path compares.
struct ShadowMark {
  Digest digest{};           // of the remote's mapped fields when it was last taken in or written
  std::string version;       // as last seen
  bool deleted = false;      // the remote's record is known to be gone
  std::string fingerprint{}; // of the bytes that said so, or empty; read by `marks` alone
};

struct ShadowRow {
  std::string flow, key;
  std::string slice, remote_id; // slice: where it was last pulled
  ShadowMark mark;
  std::string base; // canonical JSON of what both sides agreed on
  int absences = 0; // complete slices in a row that lacked it
};

struct SliceRow {
  std::string flow, slice;
  std::string cursor;                 // everything up to it is stored
  std::string tag;                    // entity tag of the whole, for conditional requests
  bool loaded = false;                // was complete once: from now on the inbox is used
  std::optional<Instant> complete_at; // end of the last complete pull that was applied
  std::int64_t count = 0;             // records of the last that read everything
};

struct InboxRow {
  std::string flow, slice, key;
  std::string body; // canonical JSON of the remote's mapped fields; empty when it is gone
  std::string remote_id, version, fingerprint; // the last: of the bytes that it came in, or empty
  Digest digest{};
  bool deleted = false; // by marker
  bool absent = false;  // by proof of absence
  std::optional<Instant> modified;
  Instant received_at{}; // for the first time
  std::string run;       // that read it last; empty: it came by no reading
};

enum class OutboxState {
  pending,   // to be sent
  in_flight, // key and payload are durable; bytes may have left
  unknown,   // bytes left and no answer came: to be probed
  parked,    // refused for good; in quarantine, waits for a person
};

struct OutboxRow {
  std::string flow, key;
  OutboxState state = OutboxState::pending;
  bool again = false;          // the record changed while this one was in flight
  std::string verb;            // "create", "update", "remove"; empty while pending
  std::string idempotency_key; // minted when it left pending
  std::string payload;         // JSON, the exact body that is sent
  std::string base;            // canonical JSON of what both sides agree on once it is applied
  Digest digest{};             // the remote's digest once it is applied
  std::string batch;           // what it goes out in with others; empty: by itself
  std::optional<Instant> first_sent, last_sent; // under this key; before the first byte leaves
  int sends = 0;                                // under this key
  std::string expected_version;
  int attempts = 0;
  Instant created_at{};
  std::optional<Instant> not_before;
  std::string error; // of the last attempt
};

struct OutboxQuery {
  std::string flow; // all when empty
  std::optional<OutboxState> state;
  std::optional<Instant> due; // only those whose `not_before` is not later
  std::string batch;          // exactly; any when empty
  std::optional<std::pair<Instant, std::string>> after; // with a flow: made and called later
  std::size_t limit = 1000;
};

struct ChangeRow {
  std::int64_t sequence = 0;
  std::string entity, key;
  std::string kind;   // "created", "updated", "deleted", "restored"
  std::string fields; // JSON: field -> [before, after]; null for a creation
  std::string origin; // endpoint name, or "local"
  std::string actor;  // a person or an application; empty for a run
  std::string run, rule;
  Instant at{};
  std::string note; // the reason that the actor gave
};

struct ChangeQuery {
  std::string entity, key; // any when empty
  std::string run;
  std::int64_t after = 0; // exclusive; with `newest_first`: before it, unless it is 0
  std::size_t limit = 1000;
  bool newest_first = false;
};

struct RunRow {
  std::string id, flow;
  // "running", "done", "partial", "failed", "cancelled", "held", and then "released" or "overtaken"
  std::string state, reason; // the reason: of a hold or a failure
  Instant started_at{};
  std::optional<Instant> ended_at;
  std::string counts;                   // JSON: what the finish line of the log carries
  std::string plan;                     // JSON: what a held run would do
  std::string certificate, differences; // JSON: what was compared, sealed; what differs
  std::string approved_by, asked_by;    // persons; asked by nobody: by the schedule
  std::string hold;                     // JSON, of a held run (runtime/hold.hpp)
};

struct RunQuery {
  std::string flow;
  std::optional<std::string> state;
  std::size_t limit = 50;
};

struct LogRow {
  std::int64_t id = 0;
  Instant at{};
  std::string level, event, run, flow;
  std::string text;
  std::string fields; // JSON object of texts
};

struct LogQuery {
  std::string flow, run, level; // level: this one and graver
  std::int64_t after = 0;
  std::size_t limit = 1000;
  bool newest = false; // the newest `limit` rows, still oldest first
};

// What is older than these goes: of the log with its runs, of the change log with settled conflicts, of
// quarantine what is settled, of plans what such runs made. What waits for a person stays, and so does the last
// decision on each field of a record that is there. Tombstones go whose lifetime (`dead_until`) ended before theirs,
// so the present time is what to give, unless a shadow says that a side still has the record.
struct PurgeLimits {
  std::optional<Instant> log, change_log, tombstones, quarantine, plans;
  std::size_t rows_max = 10'000; // of each kind, so that a purge stays short
};

struct Purged {
  std::size_t log = 0, change_log = 0, tombstones = 0, quarantine = 0, conflicts = 0;
};

struct FlowTotals {
  std::string flow;
  std::size_t pending = 0, unknown = 0, parked = 0, inbox = 0, conflicts = 0, quarantined = 0;
  std::size_t exceptions = 0;                            // of both, those of closed books
  std::optional<Instant> oldest_pending, oldest_unknown; // made; sent
};

struct Totals {
  std::vector<std::pair<std::string, std::size_t>> records; // entity -> live
  std::vector<FlowTotals> flows;
};

} // namespace gramsetu::store
