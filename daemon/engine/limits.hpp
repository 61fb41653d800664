// Every bound of the engine, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gramsetu::engine {

// Records applied or reconciled in one transaction. Long enough that the fsync is shared (some 500 small
// transactions a second are the disk's limit), short enough that the store is free again in milliseconds.
inline constexpr std::size_t kBatchRecords = 500;

// What the news that a run holds until it is applied may take of memory: some twenty-five thousand records, of which
// the first two thousand are held whole. The texts of others lie in a file, because a run of a million records may take
// a tenth more memory than one of a quarter of that, and no more. What neither has room for goes into the inbox.
inline constexpr std::size_t kHeldNewsBytes = 6 << 20;
inline constexpr std::size_t kHeldWholeBytes = 1 << 20;
inline constexpr std::int64_t kHeldFileBytes = 64 << 20;

// Pages in one pull of one slice. At 500 records a page this is fifty million records: more means that
// the endpoint never ends.
inline constexpr std::size_t kPagesMax = 100'000;

// Records of one push that are under way at once, over all of its requests: what a death leaves unknown, and what
// one transaction freezes.
inline constexpr std::size_t kGroupRecords = 4 * kBatchRecords;

// Attempts to send one change that fails without effect before it is parked for a person.
inline constexpr int kPushAttemptsMax = 8;

// The wait before another attempt doubles from the first to the last of these.
inline constexpr std::chrono::milliseconds kPushBackoffFirst{30'000};
inline constexpr std::chrono::milliseconds kPushBackoffLast{3'600'000};

// A repetition under the same key must reach the endpoint while it still knows the key: so long a request may
// be under way, with its waits for a connection and for the endpoint's allowance.
inline constexpr std::chrono::milliseconds kReplayMargin{120'000};

// A write without a key or a version may still arrive so long after nobody answered for it: proxies and
// queues hold on to requests whose sender has given up.
inline constexpr std::chrono::milliseconds kLateArrival{30'000};

// Failures without effect in a row after which a push gives up for this run: the endpoint is down, and
// trying the rest of the queue would only take time, or leave more outcomes unknown.
inline constexpr std::size_t kPushFailuresInARow = 3;

// Slices that fail in a row before the run gives up: the endpoint is down, and a district has hundreds.
inline constexpr std::size_t kSliceFailuresInARow = 3;

// Rounds of reconcile, apply and push in one run: the second takes in what a refused precondition
// brought to light. What is left waits for the next run.
inline constexpr int kRoundsMax = 3;

// Records that are looked at in one call when outcomes are unknown.
inline constexpr std::size_t kProbeBatch = 50;

// Records read back after a run to see that what was pushed is there.
inline constexpr std::size_t kVerifyProbesMax = 50;

// Conflicts that are settled in one transaction when a person decides many: others wait for it.
inline constexpr std::size_t kResolveBatch = 200;

// Records that are named as waiting for another one.
inline constexpr std::size_t kWaitingShown = 1000;

// Keys that a certificate names when the sides differ.
inline constexpr std::size_t kDifferingMax = 100;

// An endpoint's bytes are never the same twice when more than one in so many of a page's records mean what they
// meant and came in other bytes.
inline constexpr std::size_t kRestlessShare = 8;

// Differing records that a repair looks at one by one; beyond them reading everything again is cheaper.
inline constexpr std::size_t kRepairProbesMax = 2'000;

// Changes that a plan shows in full.
inline constexpr std::size_t kPlanSamplesMax = 20;

// Changes of one record that an undo looks through: one that moved more often since is not put back.
inline constexpr std::size_t kUndoHistoryMax = 1000;

// Bytes of the values that a sample shows: a line or two on a terminal.
inline constexpr std::size_t kSampleBytesMax = 300;

// Slices that a held run shows in full; the others are counted. A person looks at a few.
inline constexpr std::size_t kHeldSlicesMax = 50;

// Rails that the reason of a held run names; each stands with its slice in the plan.
inline constexpr std::size_t kTripsNamed = 5;

// Bytes of one record that are kept when it is quarantined; what is longer was cut by its transport.
inline constexpr std::size_t kQuarantineBytesMax = 1 << 20;

} // namespace gramsetu::engine
