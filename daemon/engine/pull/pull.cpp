// A slice is read from its cursor to its end; only the end moves the cursor.
#include "daemon/engine/pull/pull.hpp"

#include "daemon/engine/clock_doubt.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/progress.hpp"
#include "daemon/engine/pull/ahead.hpp"
#include "daemon/engine/pull/slices.hpp"
#include "daemon/engine/stage/news.hpp"
#include "daemon/engine/stage/stage.hpp"

#include <algorithm>
#include <set>

namespace gramsetu::engine {

namespace {

using connectors::Deletes;
using connectors::Page;
using connectors::PullRequest;
using connectors::Slice;
using store::SliceRow;

// One slice while it is read.
struct Reading {
  const Slice& slice;
  SliceRow known = {};    // as it was before
  bool whole = false;     // everything is read, not only what changed since the cursor
  bool direct = false;    // first load: applied page by page
  bool damaged = false;   // proves no absence
  bool unchanged = false; // the endpoint says so: what was true of the slice is true
  std::size_t records = 0;
  std::string cursor = {}, tag = {};
  std::size_t index = 0, slices = 0;
  Parents parents = {}; // that its records have named
};

const std::string kNoSlice;

bool is_snapshot(const Run& run)
{
  return run.flow.stream->deletes == Deletes::snapshot;
}

bool proves_absence(const Run& run, const Reading& reading)
{
  return is_snapshot(run) && reading.whole && !reading.damaged && !reading.unchanged;
}

void tell_progress(const Run& run, const Reading& reading, const Page& page)
{
  Progress progress;
  progress.slice = reading.slice.id;
  progress.slice_index = reading.index;
  progress.slice_count = reading.slices;
  progress.records = run.report.counts.pulled;
  progress.expected = page.total;
  run.tell(progress);
}

Result<void> begin(Run& run, Reading& reading)
{
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto row, tx.slice(run.flow.id, reading.slice.id));
    reading.known = row.value_or(SliceRow{});
    reading.known.flow = run.flow.id;
    reading.known.slice = reading.slice.id;
    reading.direct = !reading.known.loaded && !run.options.plan_only;
    if (run.options.full && !(reading.known.cursor.empty() && reading.known.tag.empty())) {
      // For good: should a rail hold what comes now, the next run must be able to say it again.
      reading.known.cursor.clear();
      reading.known.tag.clear();
      TRY_VOID(tx.put_slice(reading.known));
    }
    reading.whole = reading.known.cursor.empty();
    run.away_too_long =
        reading.known.complete_at &&
        run.services.clock.now() - *reading.known.complete_at > run.flow.tombstone_lifetime;
    if (!is_snapshot(run)) return {};
    // What an earlier reading saw was there, even when that reading was not finished.
    TRY_VOID(tx.adopt_seen(run.flow.id, reading.slice.id));
    return tx.seen_clear(run.flow.id, reading.slice.id);
  });
}

// What the endpoint's answers show of its clock counts for what the run brings.
Result<void> look_at_clock(store::Tx& tx, Run& run)
{
  const auto reading = run.flow.connector->clock();
  if (!reading || run.clock_noted || run.options.plan_only) return {};
  run.clock_noted = true;
  run.doubt.reset();
  return note_clock(tx, run.flow.side.endpoint, *reading);
}

// A first load that breaks off need not begin again: what its cursor covers has been applied.
Result<void> keep_place(store::Tx& tx, const Run& run, Reading& reading, const Page& page)
{
  if (!page.covers || page.last || !reading.direct || reading.damaged || page.damaged) return {};
  TRY(const bool waits, has_news(tx, run, reading.slice.id));
  if (waits) return {};
  SliceRow row = reading.known;
  row.cursor = page.cursor;
  return tx.put_slice(row);
}

// News that a first load has applied: a death does not take it back.
std::size_t used_up(const Counts& counts)
{
  return counts.created + counts.updated + counts.deleted + counts.kept + counts.superseded;
}

Result<void> take_page(store::Tx& tx, Run& run, Reading& reading, Fetched& fetched)
{
  const auto& page = fetched.page;
  const auto before = used_up(run.counts());
  reading.records += page.records.size() + page.left_out;
  run.counts().bytes += page.bytes;
  TRY(const auto staged, stage_page(tx, run, page,
                                    {reading.slice, reading.parents, fetched.mapped,
                                     fetched.left_out, reading.direct}));
  reading.damaged = reading.damaged || staged.damaged;
  if (used_up(run.counts()) > before) TRY_VOID(note_progress(tx, run.flow.id));
  return keep_place(tx, run, reading, page);
}

Result<void> take_pages(Run& run, Reading& reading, std::vector<Fetched>& pages)
{
  run.step(Stage::stage);
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY_VOID(look_at_clock(tx, run));
    for (auto& fetched : pages)
      TRY_VOID(take_page(tx, run, reading, fetched));
    return {};
  }));
  if (run.news.is_much()) TRY_VOID(store_held_news(run));
  const auto& page = pages.back().page;
  reading.cursor = page.cursor;
  reading.tag = page.tag;
  reading.unchanged = page.not_modified;
  tell_progress(run, reading, page);
  return {};
}

Result<void> read_pages(Run& run, Reading& reading)
{
  PullRequest request;
  request.stream = run.flow.stream;
  request.slice = reading.slice;
  if (!reading.whole) request.since = read_from(run.flow, reading.known.cursor);
  request.tag = reading.known.tag;
  Ahead ahead(run, request, reading.direct);
  for (std::size_t read = 0; read < kPagesMax;) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    run.step(Stage::pull);
    TRY(auto pages, ahead.next());
    read += pages.size();
    TRY_VOID(take_pages(run, reading, pages));
    if (pages.back().page.last) return {};
  }
  return fail(ErrorKind::invalid, "the endpoint has no last page");
}

// Shadows of `slice` that were not seen become news of absence, which wait under `inbox`.
Result<void> note_unseen(store::Tx& tx, Run& run, const std::string& slice,
                         const std::string& inbox)
{
  std::string after;
  while (true) {
    TRY(const auto keys, tx.unseen(run.flow.id, slice, after, kBatchRecords));
    for (const auto& key : keys) {
      after = key;
      TRY(auto shadow, tx.shadow(run.flow.id, key));
      if (!shadow) continue;
      if (++shadow->absences < run.flow.stream->absences) {
        TRY_VOID(tx.put_shadow(*shadow));
        continue;
      }
      store::InboxRow news;
      news.flow = run.flow.id;
      news.slice = inbox;
      news.key = key;
      news.remote_id = shadow->remote_id;
      news.version = shadow->mark.version;
      news.absent = true;
      news.received_at = run.services.clock.now();
      news.run = run.options.run_id;
      TRY_VOID(put_into_inbox(tx, run, news));
    }
    if (keys.size() < kBatchRecords) return {};
  }
}

// What a complete slice does not hold is news too.
Result<void> note_absences(store::Tx& tx, Run& run, const Reading& reading)
{
  TRY_VOID(tx.adopt_seen(run.flow.id, reading.slice.id));
  return note_unseen(tx, run, reading.slice.id, reading.slice.id);
}

// A record that the hub created there belongs to no slice until one shows it. When all have been read
// and none did, it is gone.
Result<void> note_homeless(Run& run, const std::string& inbox)
{
  return run.services.store.transact(
      [&](store::Tx& tx) { return note_unseen(tx, run, kNoSlice, inbox); });
}

// What the slice's row becomes once all that was read is applied.
SliceRead as_read(const Run& run, const Reading& reading)
{
  SliceRead read{reading.known, static_cast<std::size_t>(reading.known.count), std::nullopt};
  if (!reading.cursor.empty()) read.row.cursor = reading.cursor;
  read.row.tag = reading.tag;
  read.row.loaded = true;
  read.row.complete_at = run.services.clock.now();
  if (reading.whole) {
    read.row.count = static_cast<std::int64_t>(reading.records);
    read.found = reading.records;
  }
  return read;
}

// The cursor moves at once when nothing waits for it, else once what it covers is applied. Until then the
// endpoint is asked for the same again, so that what a rail holds can be taken back.
Result<void> settle_or_wait(store::Tx& tx, Run& run, Reading& reading)
{
  auto read = as_read(run, reading);
  TRY(const bool waits, has_news(tx, run, reading.slice.id));
  const bool shrunk = read.found && *read.found < read.last;
  if (!waits && !shrunk && !run.options.plan_only) return tx.put_slice(read.row);
  if (!reading.known.loaded && !run.options.plan_only) {
    reading.known.loaded = true;
    TRY_VOID(tx.put_slice(reading.known));
  }
  run.unsettled[reading.slice.id] = std::move(read);
  return {};
}

// The slice was read to its end: absences are proved.
Result<void> finish(Run& run, Reading& reading)
{
  run.step(Stage::stage);
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    if (reading.unchanged) reading.known.complete_at = run.services.clock.now();
    if (reading.damaged || reading.unchanged) return tx.put_slice(reading.known);
    if (proves_absence(run, reading)) TRY_VOID(note_absences(tx, run, reading));
    if (!run.options.plan_only) TRY_VOID(close_pieces(tx, run, reading.slice.id));
    return settle_or_wait(tx, run, reading);
  });
}

// Slices that were read completely say what is true; so does the list of slices, of those that are none any more.
Result<void> take_back(Run& run, const std::set<std::string>& incomplete)
{
  std::vector<std::string> waiting;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(waiting, tx.inbox_slices(run.flow.id));
    return {};
  }));
  for (const auto& slice : waiting)
    if (!incomplete.contains(slice)) TRY_VOID(take_back_unsaid(run, slice));
  return {};
}

Result<void> read_slice(Run& run, Reading& reading)
{
  TRY_VOID(begin(run, reading));
  TRY_VOID(read_pages(run, reading));
  TRY_VOID(finish(run, reading));
  ++run.counts().slices;
  run.services.log.event(Event::slice_finished, "",
                         {{"slice", reading.slice.id},
                          {"records", std::to_string(reading.records)},
                          {"complete", reading.damaged ? "false" : "true"}});
  return {};
}

// These end the run: no other slice would fare better.
bool ends_the_run(ErrorKind kind)
{
  return kind == ErrorKind::corrupt || kind == ErrorKind::cancelled ||
         kind == ErrorKind::unauthorized || kind == ErrorKind::unsupported;
}

} // namespace

std::string read_from(const Flow& flow, const std::string& cursor)
{
  if (flow.stream->cursor_type != "timestamp" || flow.lookback.count() == 0) return cursor;
  if (const auto at = from_rfc3339(cursor)) return to_rfc3339(*at - flow.lookback);
  // Milliseconds or seconds since 1970, as some endpoints count.
  const bool digits =
      !cursor.empty() && cursor.size() <= 15 &&
      std::all_of(cursor.begin(), cursor.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return cursor;
  const bool seconds = cursor.size() <= 10;
  const auto back = seconds ? flow.lookback.count() / 1000 : flow.lookback.count();
  return std::to_string(std::max<std::int64_t>(0, std::stoll(cursor) - back));
}

Result<void> pull_all(Run& run)
{
  TRY_VOID(hold_news(run));
  TRY(const auto slices, slices_of(run));
  std::size_t index = 0, failures_in_a_row = 0, proved = 0;
  std::set<std::string> incomplete;
  for (const auto& slice : slices) {
    Reading reading{slice};
    reading.index = index++;
    reading.slices = slices.size();
    const auto read = read_slice(run, reading);
    if (read) {
      failures_in_a_row = 0;
      proved += proves_absence(run, reading);
      if (reading.damaged || reading.unchanged) incomplete.insert(slice.id);
      continue;
    }
    incomplete.insert(slice.id);
    const auto& error = read.error();
    if (ends_the_run(error.kind)) return within("pull: slice " + slice.id, error);
    ++run.counts().slices_failed;
    if (run.report.reason.empty()) run.report.reason = "slice " + slice.id + ": " + error.what;
    run.services.log.event(Event::slice_failed, error.what, {{"slice", slice.id}});
    if (++failures_in_a_row >= kSliceFailuresInARow)
      return within("pull: " + std::to_string(failures_in_a_row) + " slices in a row", error);
  }
  if (proved > 0 && proved == slices.size()) TRY_VOID(note_homeless(run, slices.back().id));
  return take_back(run, incomplete);
}

Result<void> settle_slices(Run& run)
{
  if (run.unsettled.empty()) return {};
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& [slice, read] : run.unsettled) {
      TRY(const bool waits, has_news(tx, run, slice));
      if (!waits) TRY_VOID(tx.put_slice(read.row));
    }
    return {};
  }));
  run.unsettled.clear();
  return {};
}

} // namespace gramsetu::engine
