// Looks, and what they mean.
#include "daemon/engine/push/look.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/canonical.hpp"

#include <algorithm>
#include <span>

namespace gramsetu::engine {

namespace {

using connectors::Receipt;
using connectors::Reference;
using connectors::Sighting;
using store::OutboxRow;

// What is wrong with the question, not with the endpoint: the next record may be asked about.
bool is_about_one(ErrorKind kind)
{
  switch (kind) {
  case ErrorKind::transient:
  case ErrorKind::throttled:
  case ErrorKind::unauthorized:
  case ErrorKind::corrupt:
  case ErrorKind::cancelled: return false;
  case ErrorKind::precondition:
  case ErrorKind::invalid:
  case ErrorKind::not_found:
  case ErrorKind::unsupported: return true;
  }
  return false;
}

Result<std::vector<Reference>> references_to(Run& run, const std::vector<OutboxRow>& rows)
{
  std::vector<Reference> references;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& row : rows) {
      TRY(const auto shadow, tx.shadow(run.flow.id, row.key));
      // What was deleted there and is created anew has another id by now.
      const bool known = shadow && !shadow->mark.deleted;
      references.push_back({row.key, known ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  return references;
}

Result<void> look_at_some(Run& run, std::span<const Reference> references, std::vector<Look>& looks)
{
  run.step(Stage::push);
  auto seen = run.flow.connector->probe(*run.flow.stream, references, run.stop);
  if (seen) {
    for (auto& sighting : *seen)
      looks.push_back({std::move(sighting), ""});
    return {};
  }
  if (!is_about_one(seen.error().kind)) return tl::unexpected(seen.error());
  if (references.size() == 1) {
    looks.push_back({std::nullopt, seen.error().what});
    return {};
  }
  for (std::size_t i = 0; i < references.size(); ++i)
    TRY_VOID(look_at_some(run, references.subspan(i, 1), looks));
  return {};
}

// True when the endpoint holds what the row wanted it to hold.
Result<bool> has_taken(const Flow& flow, const OutboxRow& row, const Staged& staged)
{
  TRY(const auto wanted, read_base(*flow.entity, row.base));
  TRY(const auto held, read_base(*flow.entity, staged.news.body));
  const auto& pushed = flow.stream->mapping->pushed();
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    if (!pushed[i] || !pulled[i] || wanted.record.fields[i].is_absent()) continue;
    if (!same_value(flow.entity->fields[i], wanted.record.fields[i], held.record.fields[i]))
      return false;
  }
  return true;
}

// True when nothing has happened there since the shadow: the write did not take place.
bool is_untouched(const store::ShadowRow& shadow, const Sighting& sighting, const Staged& staged)
{
  if (!sighting.record.version.empty() && !shadow.mark.version.empty())
    return sighting.record.version == shadow.mark.version;
  return staged.news.digest == shadow.mark.digest;
}

} // namespace

Result<std::vector<Look>> look_at(Run& run, const std::vector<OutboxRow>& rows)
{
  std::vector<Look> looks;
  if (!run.flow.connector->capabilities(*run.flow.stream).probes) {
    looks.assign(rows.size(), {std::nullopt, "it cannot be asked about single records"});
    return looks;
  }
  TRY(const auto references, references_to(run, rows));
  const std::span<const Reference> all(references);
  for (std::size_t from = 0; from < all.size(); from += kProbeBatch)
    TRY_VOID(look_at_some(run, all.subspan(from, std::min(kProbeBatch, all.size() - from)), looks));
  return looks;
}

Result<Reading> read_look(store::Tx& tx, const Flow& flow, const OutboxRow& row, const Look& look)
{
  if (!look.sighting) return Reading{Shown::nothing, look.why};
  const auto& sighting = *look.sighting;
  const bool there = sighting.found && !sighting.record.deleted;
  const bool removes = row.verb == name_of(connectors::Verb::remove);
  TRY(const auto shadow, tx.shadow(flow.id, row.key));
  const bool known = shadow && !shadow->mark.deleted;
  if (!there) {
    if (removes) return Reading{Shown::ours, "it is gone there"};
    if (known) return Reading{Shown::other, "it is gone there"};
    return Reading{Shown::untouched, "it is not there"};
  }
  TRY(const auto outcome, stage_record(tx, flow, sighting.record));
  const auto* staged = std::get_if<Staged>(&outcome);
  if (!staged) {
    return Reading{Shown::nothing,
                   "what it holds cannot be used: " + std::get<Rejected>(outcome).reason};
  }
  TRY(const bool taken, has_taken(flow, row, *staged));
  if (taken && !removes) return Reading{Shown::ours, "it holds what was sent"};
  if (known && is_untouched(*shadow, sighting, *staged))
    return Reading{Shown::untouched, "it is there as it was before"};
  return Reading{Shown::other, "it holds something else"};
}

bool shows_the_present(const Run& run)
{
  const auto able = run.flow.connector->capabilities(*run.flow.stream);
  return able.probe_lag == std::chrono::milliseconds(0) || !run.flow.pulls;
}

Result<bool> take_sighting(store::Tx& tx, Run& run, const std::string& key,
                           const Sighting& sighting)
{
  store::InboxRow news;
  news.flow = run.flow.id;
  news.key = key;
  news.received_at = run.services.clock.now();
  TRY(const auto shadow, tx.shadow(run.flow.id, key));
  if (shadow) {
    news.slice = shadow->slice;
    news.remote_id = shadow->remote_id;
  }
  if (!sighting.found) {
    if (!shadow || shadow->mark.deleted) return false;
    news.absent = true; // asked for by name and not there: that proves it
    TRY_VOID(tx.put_inbox(news));
    return true;
  }
  TRY(auto outcome, stage_record(tx, run.flow, sighting.record));
  if (auto* rejected = std::get_if<Rejected>(&outcome)) {
    TRY_VOID(park(tx, run, news.slice, *rejected));
    return false;
  }
  auto& staged = std::get<Staged>(outcome);
  const bool known = shadow && shadow->mark.digest == staged.news.digest &&
                     shadow->mark.deleted == staged.news.deleted;
  if (known) {
    // Only the version moved: the next attempt names the new one.
    auto row = *shadow;
    const bool moved = row.mark.version != staged.news.version;
    row.mark.version = staged.news.version;
    TRY_VOID(tx.put_shadow(row));
    return moved;
  }
  staged.news.slice = news.slice;
  staged.news.received_at = news.received_at;
  TRY_VOID(tx.put_inbox(staged.news));
  return true;
}

Result<void> read_back(Run& run, const std::vector<OutboxRow>& rows,
                       const std::vector<Receipt>& receipts)
{
  std::vector<OutboxRow> moved;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (receipts[i].outcome == Receipt::Outcome::moved) moved.push_back(rows[i]);
  if (moved.empty()) return {};
  TRY(const auto looks, look_at(run, moved));
  return run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const bool news = looks[i].sighting && shows_the_present(run);
      bool learnt = !news && run.flow.pulls; // a pull will tell
      if (news) {
        TRY(learnt, take_sighting(tx, run, moved[i].key, *looks[i].sighting));
      }
      // Sent again as it is, it would be refused again, for ever.
      TRY(const auto row, tx.outbox_of(run.flow.id, moved[i].key));
      if (!learnt && row) TRY_VOID(count_attempt(tx, run, *row));
    }
    return {};
  });
}

} // namespace gramsetu::engine
