// A page, record by record; the common case is one look-up and no write.
#include "daemon/engine/stage/stage.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/places/places.hpp"
#include "daemon/engine/stage/glance.hpp"
#include "daemon/engine/stage/late.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/aadhaar.hpp"
#include "schema/json.hpp"
#include "schema/source_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gramsetu::engine {

namespace {

using connectors::BadPiece;
using connectors::Page;
using store::InboxRow;
using store::ShadowMark;

// The endpoint counts a new version for a record that means the same: the next write must name it.
Result<void> follow_version(store::Tx& tx, const Run& run, const InboxRow& news,
                            const ShadowMark& mark)
{
  if (!run.flow.pushes || news.version.empty() || news.version == mark.version) return {};
  TRY(auto shadow, tx.shadow(news.flow, news.key));
  if (!shadow) return {};
  shadow->mark.version = news.version;
  return tx.put_shadow(*shadow);
}

// What is told once for each field, and never with a value.
struct Tale {
  const char *fact, *words;
};
constexpr Tale kDrift{"drift/", "the endpoint sends a field that no mapping reads"};
constexpr Tale kMasked{"masked/", "a number that is not kept was masked; it is never sent"};

Result<void> tell_once(store::Tx& tx, const Run& run, const Tale& tale,
                       const std::vector<std::string>& pointers)
{
  for (const auto& pointer : pointers) {
    const auto name = tale.fact + run.flow.id + "/" + pointer;
    TRY(const auto known, tx.fact(name));
    if (known) continue;
    TRY_VOID(tx.put_fact(name, to_rfc3339(run.services.clock.now())));
    run.services.log.event(Event::schema_drift, tale.words, {{"pointer", pointer}});
  }
  return {};
}

Result<void> report_drift(store::Tx& tx, Run& run, const std::vector<std::string>& unmapped)
{
  if (unmapped.empty()) return {};
  ++run.counts().drifted;
  return tell_once(tx, run, kDrift, unmapped);
}

// Numbers that masking took out of it, field by field (connectors/wrap/masking.hpp).
Result<void> report_masked(store::Tx& tx, Run& run, const schema::Value& document, bool counted)
{
  if (!document.is_object()) return {};
  std::vector<std::string> pointers;
  for (const auto& member : document.object().members())
    if (schema::has_mask(member.value)) pointers.push_back("/" + schema::escape_token(member.name));
  if (!pointers.empty() && !counted) ++run.counts().drifted;
  return tell_once(tx, run, kMasked, pointers);
}

// A record that was in quarantine and now comes in good order closes its row.
Result<void> close_quarantine(store::Tx& tx, const Run& run, const std::string& key)
{
  store::QuarantineQuery query;
  query.flow = run.flow.id;
  query.key = key;
  query.state = "open";
  TRY(auto rows, tx.quarantine(query));
  for (auto& row : rows) {
    if (row.direction != "pull") continue;
    row.state = "replayed";
    row.note = "the endpoint sent it again in good order";
    row.last_at = run.services.clock.now();
    TRY_VOID(tx.put_quarantine(row));
  }
  return {};
}

} // namespace

Result<void> take_news(store::Tx& tx, Run& run, Staged& staged, bool direct)
{
  if (staged.document) TRY_VOID(report_masked(tx, run, *staged.document, !staged.unmapped.empty()));
  TRY(const auto late, why_late(tx, run, staged.news, {direct, "", std::nullopt}));
  TRY(const auto old, why_too_old(tx, run, staged.news));
  if (!late.empty() || !old.empty()) {
    const auto code = late.empty() ? store::kTooOld : store::kLate;
    return park(tx, run, staged.news.slice,
                {staged.news.key, std::string(code), late.empty() ? old : late, "",
                 schema::to_json(*staged.document), ""});
  }
  TRY(const auto impossible, why_impossible(tx, run.flow, staged.news));
  if (impossible) {
    return park(tx, run, staged.news.slice,
                {staged.news.key, impossible->code, impossible->reason, "",
                 schema::to_json(*staged.document), ""});
  }
  TRY_VOID(report_drift(tx, run, staged.unmapped));
  if (run.quarantine_open) TRY_VOID(close_quarantine(tx, run, staged.news.key));
  if (!direct) return put_into_inbox(tx, run, staged.news);
  TRY(const bool used, apply_news(tx, run, staged.news, {&staged.told, staged.no_shadow}));
  return used ? Result<void>() : tx.put_inbox(staged.news);
}

namespace {

Rejected from_piece(const BadPiece& piece)
{
  return {"", piece.code, piece.text, piece.pointer, piece.bytes, ""};
}

// What the page said, in key order: the store is read and written fastest that way.
struct Sorted {
  std::vector<Staged> staged;
  std::vector<std::string> seen; // keys, of rejected records too
  bool damaged = false;
};

Result<Sorted> stage_all(store::Tx& tx, Run& run, const Page& page, const PageOf& of)
{
  Sorted sorted;
  const auto& slice = of.slice;
  TRY_VOID(of.parents.refresh(tx, run.flow));
  sorted.staged.reserve(page.records.size());
  for (const auto& piece : page.bad) {
    TRY_VOID(park(tx, run, slice.id, from_piece(piece)));
    sorted.damaged = true;
  }
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    const auto& remote = page.records[i];
    TRY(auto outcome, stage_record(tx, run.flow, std::move(of.mapped[i]), of.parents));
    if (auto* rejected = std::get_if<Rejected>(&outcome)) {
      TRY_VOID(report_masked(tx, run, remote.body, false));
      TRY_VOID(park(tx, run, slice.id, *rejected));
      if (rejected->key.empty())
        sorted.damaged = true;
      else
        sorted.seen.push_back(rejected->key);
      continue;
    }
    auto& staged = std::get<Staged>(outcome);
    staged.news.slice = slice.id;
    staged.news.run = run.options.run_id;
    staged.news.received_at = run.services.clock.now();
    staged.document = &remote.body;
    if (!staged.news.deleted) sorted.seen.push_back(staged.news.key);
    sorted.staged.push_back(std::move(staged));
  }
  // Stable: of two records with one key, the later in the page is the later news.
  const auto by_key = [](const Staged& a, const Staged& b) { return a.news.key < b.news.key; };
  if (!std::is_sorted(sorted.staged.begin(), sorted.staged.end(), by_key))
    std::stable_sort(sorted.staged.begin(), sorted.staged.end(), by_key);
  return sorted;
}

bool is_unchanged(const InboxRow& news, const std::optional<ShadowMark>& mark)
{
  if (!mark) return false;
  if (news.deleted) return mark->deleted;
  return !mark->deleted && mark->digest == news.digest;
}

} // namespace

Result<std::optional<Impossible>> why_impossible(store::Tx& tx, const Flow& flow,
                                                 const InboxRow& news)
{
  const auto& entity = *flow.entity;
  if (news.deleted || (!entity.succession && !entity.versions)) return std::optional<Impossible>();
  TRY(const auto told, read_base(entity, news.body));
  return check_successions(tx, entity, news.key, told.record);
}

Result<void> park(store::Tx& tx, Run& run, const std::string& slice, const Rejected& rejected)
{
  store::QuarantineRow row;
  row.flow = run.flow.id;
  row.entity = run.flow.entity->name;
  row.key = rejected.key;
  row.direction = "pull";
  row.slice = slice;
  row.code = rejected.code;
  row.reason = rejected.reason;
  row.pointer = rejected.pointer;
  row.payload = rejected.payload.substr(0, kQuarantineBytesMax);
  row.waits_for = rejected.waits_for;
  row.run = run.options.run_id;
  row.first_at = row.last_at = run.services.clock.now();
  row.state = "open";
  ++(rejected.waits_for.empty() ? run.counts().quarantined : run.counts().waiting);
  run.quarantine_open = true;
  TRY(const auto id, tx.add_quarantine(row));
  // What waits for its parent is counted, and listed by parent: a line each would bury the others.
  if (rejected.waits_for.empty())
    run.services.log.event(Event::record_quarantined, rejected.code,
                           {{"quarantine", std::to_string(id)}, {"pointer", rejected.pointer}});
  return {};
}

Result<StagedPage> stage_page(store::Tx& tx, Run& run, const Page& page, const PageOf& of)
{
  const bool direct = of.direct;
  TRY(auto sorted, stage_all(tx, run, page, of));
  run.counts().pulled += page.records.size() + page.left_out;
  run.counts().unchanged += page.left_out;
  std::vector<Seen> seen_again;
  std::vector<std::string> keys;
  keys.reserve(sorted.staged.size());
  for (const auto& staged : sorted.staged)
    keys.push_back(staged.news.key);
  TRY(const auto marks, tx.marks(run.flow.id, keys));
  for (std::size_t i = 0; i < sorted.staged.size(); ++i) {
    auto& staged = sorted.staged[i];
    auto mark = marks[i]; // the second record of one key meets what the first has just written
    if (direct && i > 0 && keys[i] == keys[i - 1]) {
      TRY(const auto again, tx.marks(run.flow.id, {keys[i]}));
      mark = again.front();
    }
    if (!is_unchanged(staged.news, mark)) {
      staged.no_shadow = !mark;
      TRY_VOID(take_news(tx, run, staged, direct));
      continue;
    }
    ++run.counts().unchanged;
    TRY_VOID(follow_version(tx, run, staged.news, *mark));
    note_fingerprint(seen_again, staged.news, *mark);
    if (!direct && run.inbox_held) TRY_VOID(drop_outdated(tx, run, staged.news));
  }
  if (!run.options.plan_only)
    TRY_VOID(remember_bytes(tx, run.flow, seen_again, page.records.size() + page.left_out));
  if (run.flow.stream->deletes == connectors::Deletes::snapshot) {
    TRY_VOID(tx.seen_add(run.flow.id, of.slice.id, sorted.seen));
    if (page.left_out > 0) TRY_VOID(tx.seen_add(run.flow.id, of.slice.id, of.left_out));
  }
  return StagedPage{sorted.damaged || page.damaged};
}

Result<void> close_pieces(store::Tx& tx, Run& run, const std::string& slice)
{
  store::QuarantineQuery query;
  query.flow = run.flow.id;
  query.state = "open";
  query.key = ""; // what could not be read has none
  query.limit = kBatchRecords;
  while (run.quarantine_open) {
    TRY(auto rows, tx.quarantine(query));
    for (auto& row : rows) {
      query.after_id = row.id;
      if (row.direction != "pull" || row.slice != slice) continue;
      row.state = "replayed";
      row.note = "the endpoint sent the slice again, and all of it could be read";
      row.last_at = run.services.clock.now();
      TRY_VOID(tx.put_quarantine(row));
    }
    if (rows.size() < kBatchRecords) return {};
  }
  return {};
}

} // namespace gramsetu::engine
