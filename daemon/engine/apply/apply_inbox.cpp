// All news that waits, batch by batch: first what is in the store, then what the run holds in memory, which is newer.
#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/progress.hpp"

#include <future>
#include <iterator>
#include <utility>
#include <vector>

namespace gramsetu::engine {

using store::InboxRow;

namespace {

Result<void> begin_batch(const Run& run)
{
  if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  run.step(Stage::apply);
  return {};
}

// A batch of held news, and what each of it says.
using Rows = std::vector<const HeldNews::Rows::value_type*>;
struct Said {
  store::InboxRow news;
  BaseText text;
};
using AllSaid = std::vector<Result<Said>>;

Rows rows_after(const HeldNews& news, std::size_t rows)
{
  Rows batch;
  auto row = std::next(news.rows().begin(), static_cast<std::ptrdiff_t>(rows));
  for (; row != news.rows().end() && batch.size() < kBatchRecords; ++row)
    batch.push_back(&*row);
  return batch;
}

Result<Said> read_held(const HeldNews& news, const schema::Entity& entity,
                       const HeldNews::Rows::value_type& held)
{
  Said said;
  TRY(said.news, news.whole(held));
  TRY(said.text, read_base(entity, said.news.body));
  return said;
}

// On another processor, while the batch before it is written.
std::future<AllSaid> read_ahead(const Run& run, const Rows& rows)
{
  const auto when =
      run.services.read_ahead ? std::launch::async | std::launch::deferred : std::launch::deferred;
  return std::async(when, [rows, &news = run.news, entity = run.flow.entity] {
    AllSaid said;
    for (const auto* held : rows)
      said.push_back(read_held(news, *entity, *held));
    return said;
  });
}

// What was erased after it was read is not kept: its slice is read anew, and stripped then.
Result<void> apply_held(store::Tx& tx, Run& run, const HeldNews::Rows::value_type& held,
                        Result<Said>& said)
{
  TRY(const auto erased, erased_at(tx, run, held.first));
  if (erased != held.second.erased) {
    run.unsettled.erase(*held.second.slice);
    return {};
  }
  if (!said) return tl::unexpected<Error>(said.error());
  TRY(const bool used, apply_news(tx, run, said->news, {&said->text, false}));
  return used ? Result<void>() : tx.put_inbox(said->news);
}

Result<void> apply_held_news(Run& run)
{
  auto rows = rows_after(run.news, 0);
  auto coming = read_ahead(run, rows);
  while (!rows.empty()) {
    TRY_VOID(begin_batch(run));
    auto said = coming.get();
    auto further = rows_after(run.news, rows.size());
    coming = read_ahead(run, further);
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      for (std::size_t i = 0; i < rows.size(); ++i)
        TRY_VOID(apply_held(tx, run, *rows[i], said[i]));
      return note_progress(tx, run.flow.id);
    }));
    run.news.drop(rows.size());
    rows = std::move(further);
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
