// What waited goes on by itself once its parent has come, level by level.
#include "daemon/engine/stage/release.hpp"

#include "connectors/api/extract.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/places/places.hpp"
#include "daemon/engine/stage/late.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

Result<void> release_one(store::Tx& tx, Run& run, store::QuarantineRow row)
{
  row.state = "replayed";
  row.note = row.waits_for + " has come";
  row.last_at = run.services.clock.now();
  TRY_VOID(tx.put_quarantine(row));
  TRY(auto body, schema::parse_json(row.payload));
  const auto remote = connectors::extract(*run.flow.stream, std::move(body));
  TRY(auto outcome, stage_record(tx, run.flow, remote));
  if (auto* rejected = std::get_if<Rejected>(&outcome)) return park(tx, run, row.slice, *rejected);
  auto& staged = std::get<Staged>(outcome);
  TRY(const auto late, why_late(tx, run, staged.news, {false, row.run, row.first_at}));
  if (!late.empty())
    return park(tx, run, row.slice,
                {row.key, std::string(store::kLate), late, "", row.payload, ""});
  // Good news of the key would have closed the row: what is still open is the newest there is.
  staged.news.slice = row.slice;
  staged.news.received_at = run.services.clock.now();
  return tx.put_inbox(staged.news);
}

// Of what the flow's records wait for, after `after`: what has come. `after` moves on; it is empty at the end.
Result<std::vector<std::string>> arrived(store::Tx& tx, const Run& run, std::string& after)
{
  TRY(const auto awaited, tx.awaited(run.flow.id, after, kBatchRecords));
  std::vector<std::string> come;
  for (const auto& parent : awaited) {
    const auto slash = parent.waits_for.find('/');
    TRY(const bool known,
        is_known(tx, parent.waits_for.substr(0, slash), parent.waits_for.substr(slash + 1)));
    if (known) come.push_back(parent.waits_for);
  }
  after = awaited.size() == kBatchRecords ? awaited.back().waits_for : std::string();
  return come;
}

// A batch of what waits for `parent`, which has come. True when there was a full one.
Result<bool> release_batch(store::Tx& tx, Run& run, const std::string& parent)
{
  store::QuarantineQuery query;
  query.flow = run.flow.id;
  query.waits_for = parent;
  query.state = "open";
  query.limit = kBatchRecords;
  TRY(const auto rows, tx.quarantine(query));
  for (const auto& row : rows)
    TRY_VOID(release_one(tx, run, row));
  return rows.size() == query.limit;
}

// Records that came for a closed book: it may be open again.
Result<void> release_all_late(Run& run)
{
  store::QuarantineQuery query;
  query.flow = run.flow.id;
  query.state = "open";
  query.code = store::kLate;
  query.limit = kBatchRecords;
  for (bool more = run.flow.entity->closing.has_value(); more;)
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.quarantine(query));
      more = rows.size() == query.limit;
      for (const auto& row : rows) {
        query.after_id = row.id;
        TRY_VOID(release_late(tx, run, row));
      }
      return {};
    }));
  return {};
}

} // namespace

Result<void> release_waiting(Run& run)
{
  std::string after;
  bool more = run.quarantine_open;
  while (more) {
    std::vector<std::string> come;
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(come, arrived(tx, run, after));
      return {};
    }));
    more = !after.empty();
    for (const auto& parent : come) {
      for (bool again = true; again;)
        TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
          TRY(again, release_batch(tx, run, parent));
          return {};
        }));
    }
  }
  return release_all_late(run);
}

Result<std::vector<store::WaitingRow>> waiting_below(store::Tx& tx, const std::string& entity,
                                                     const std::string& key, std::size_t limit)
{
  std::vector<store::WaitingRow> all;
  if (key.empty()) return all;
  TRY(all, tx.waiting_for(entity + "/" + key, limit));
  // Each row is asked about once: what waits in a circle is found once, too.
  for (std::size_t next = 0; next < all.size() && all.size() < limit; ++next) {
    if (all[next].key.empty()) continue;
    TRY(const auto below,
        tx.waiting_for(all[next].entity + "/" + all[next].key, limit - all.size()));
    for (const auto& row : below) {
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const auto& other) { return other.id == row.id; });
      if (!known) all.push_back(row);
    }
  }
  return all;
}

} // namespace gramsetu::engine
