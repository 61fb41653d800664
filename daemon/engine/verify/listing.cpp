// Pages become twins: sorted by key on disk, so that no list of keys is held in memory.
#include "daemon/engine/verify/listing.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/pull/slices.hpp"
#include "daemon/engine/stage/stage.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Page;
using connectors::PullRequest;
using store::TwinRow;

TwinRow left_out(const Flow& flow, const std::string& key)
{
  TwinRow twin;
  twin.flow = flow.id;
  twin.key = key;
  twin.left_out = true;
  return twin;
}

// What a person has yet to decide counts on neither side.
Result<void> note_open_conflicts(const Run& run)
{
  store::ConflictQuery query{run.flow.id, "", "", true, 0, kBatchRecords};
  for (bool more = true; more;) {
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.conflicts(query));
      for (const auto& row : rows)
        TRY_VOID(tx.put_twin(left_out(run.flow, row.key)));
      more = rows.size() == kBatchRecords;
      if (more) query.after_id = rows.back().id;
      return {};
    }));
  }
  return {};
}

Result<void> note_quarantine(const Run& run)
{
  store::QuarantineQuery query;
  query.flow = run.flow.id;
  query.state = "open";
  query.limit = kBatchRecords;
  for (bool more = true; more;) {
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.quarantine(query));
      for (const auto& row : rows)
        if (!row.key.empty()) TRY_VOID(tx.put_twin(left_out(run.flow, row.key)));
      more = rows.size() == kBatchRecords;
      if (more) query.after_id = rows.back().id;
      return {};
    }));
  }
  return {};
}

// Texts are kept of what is not as the shadow says: they are what a person will ask for.
Result<void> drop_known_texts(store::Tx& tx, const Flow& flow, std::vector<TwinRow>& twins)
{
  std::vector<std::string> keys;
  for (const auto& twin : twins)
    keys.push_back(twin.key);
  TRY(const auto marks, tx.marks(flow.id, keys));
  for (std::size_t i = 0; i < twins.size(); ++i)
    if (marks[i] && !marks[i]->deleted && marks[i]->digest == twins[i].digest)
      twins[i].theirs.clear();
  return {};
}

// One slice while it is read.
struct Reading {
  const Run& run;
  const connectors::Slice& slice;
  Listing& listing;
};

Result<void> take_page(store::Tx& tx, const Reading& reading, const Page& page)
{
  const auto& run = reading.run;
  auto& listing = reading.listing;
  std::vector<TwinRow> twins;
  listing.records += page.records.size();
  listing.unreadable += page.bad.size();
  for (const auto& record : page.records) {
    TRY(auto outcome, stage_record(tx, run.flow, record));
    if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
      if (rejected->key.empty())
        ++listing.unreadable;
      else
        twins.push_back(left_out(run.flow, rejected->key));
      continue;
    }
    auto& news = std::get<Staged>(outcome).news;
    TwinRow twin;
    twin.flow = run.flow.id;
    twin.key = std::move(news.key);
    twin.slice = reading.slice.id;
    twin.there = !news.deleted;
    twin.digest = news.digest;
    twin.theirs = std::move(news.body);
    twins.push_back(std::move(twin));
  }
  // Stable: of two records with one key the later counts, as it does in a sync.
  std::stable_sort(twins.begin(), twins.end(),
                   [](const TwinRow& a, const TwinRow& b) { return a.key < b.key; });
  if (!listing.keep_texts) TRY_VOID(drop_known_texts(tx, run.flow, twins));
  for (const auto& twin : twins)
    TRY_VOID(tx.put_twin(twin));
  return {};
}

Result<void> read_slice(const Reading& reading, Progress& progress)
{
  const auto& run = reading.run;
  PullRequest request;
  request.stream = run.flow.stream;
  request.slice = reading.slice;
  for (std::size_t pages = 0; pages < kPagesMax; ++pages) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    run.tell(progress);
    run.step(Stage::verify);
    TRY(const Page page, run.flow.connector->pull(request, run.stop));
    progress.records += page.records.size();
    progress.expected = page.total;
    if (page.damaged)
      return fail(ErrorKind::transient,
                  "slice " + reading.slice.id + " could not be read completely");
    TRY_VOID(run.services.store.transact(
        [&](store::Tx& tx) -> Result<void> { return take_page(tx, reading, page); }));
    if (page.last) return {};
    request.page = page.next;
    request.seen = page.cursor;
  }
  return fail(ErrorKind::invalid, "slice " + reading.slice.id + " has no last page");
}

} // namespace

Result<void> read_listing(const Run& run, Listing& listing)
{
  TRY_VOID(note_open_conflicts(run));
  TRY_VOID(note_quarantine(run));
  TRY(const auto slices, slices_of(run));
  Progress progress;
  progress.stage = Stage::verify;
  progress.slice_count = slices.size();
  for (const auto& slice : slices) {
    progress.slice = slice.id;
    TRY_VOID(read_slice({run, slice, listing}, progress));
    ++listing.slices;
    ++progress.slice_index;
  }
  return {};
}

} // namespace gramsetu::engine
