// All news that waits, batch by batch: first what is in the store, then what the run holds in memory, which is newer.
#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/progress.hpp"

namespace gramsetu::engine {

using store::InboxRow;

namespace {

Result<void> begin_batch(const Run& run)
{
  if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  run.step(Stage::apply);
  return {};
}

// What was erased after it was read is not kept: its slice is read anew, and stripped then.
Result<void> apply_held(store::Tx& tx, Run& run, const HeldNews::Held& held)
{
  const auto& news = held.row;
  TRY(const auto erased, erased_at(tx, run, news));
  if (erased != held.erased) {
    run.unsettled.erase(news.slice);
    return {};
  }
  TRY(const bool used, apply_news(tx, run, news));
  return used ? Result<void>() : tx.put_inbox(news);
}

Result<void> apply_held_news(Run& run)
{
  while (!run.news.rows().empty()) {
    TRY_VOID(begin_batch(run));
    std::size_t done = 0;
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      for (const auto& [key, held] : run.news.rows()) {
        if (done == kBatchRecords) break;
        TRY_VOID(apply_held(tx, run, held));
        ++done;
      }
      return note_progress(tx, run.flow.id);
    }));
    run.news.drop(done);
  }
  return {};
}

} // namespace

Result<void> apply_inbox(Run& run)
{
  std::string after;
  bool more = true;
  while (more) {
    TRY_VOID(begin_batch(run));
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.inbox(run.flow.id, "", after, kBatchRecords));
      more = rows.size() == kBatchRecords;
      bool further = false;
      for (const auto& row : rows) {
        after = row.key;
        if (!is_current(run, row)) continue;
        TRY(const bool used, apply_news(tx, run, row));
        if (!used) continue;
        TRY_VOID(tx.erase_inbox(run.flow.id, row.key));
        further = true;
      }
      return further ? note_progress(tx, run.flow.id) : Result<void>();
    }));
  }
  TRY_VOID(apply_held_news(run));
  run.news.close(); // what comes from now on is no reading's: nobody would be asked for it again
  return {};
}

} // namespace gramsetu::engine
