// What waits is looked at again in every run: the other side of the question may have moved since.
#include "daemon/engine/apply/reexamine.hpp"

#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/apply/conflict_write.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/reconcile/books.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/json.hpp"

#include <algorithm>
#include <set>

namespace gramsetu::engine {

namespace {

using store::ConflictRow;
using store::InboxRow;

// What the hub has of one key that waits.
struct Waiting {
  std::optional<store::RecordRow> record;
  std::optional<store::ShadowRow> shadow;
  std::vector<ConflictRow> open; // of this flow and key
};

Result<Waiting> read_waiting(store::Tx& tx, const Flow& flow, const std::string& key)
{
  const auto& entity = flow.entity->name;
  Waiting waiting;
  TRY(waiting.record, tx.record(entity, key));
  TRY(waiting.shadow, tx.shadow(flow.id, key));
  TRY(waiting.open, tx.conflicts({flow.id, entity, key, true, 0, 100}));
  return waiting;
}

const ConflictRow* over_existence(const std::vector<ConflictRow>& open)
{
  const auto found =
      std::find_if(open.begin(), open.end(), [](const auto& row) { return row.field == "*"; });
  return found == open.end() ? nullptr : &*found;
}

// The news that a shadow and its open conflicts stand for: what the endpoint was last known to hold.
Result<InboxRow> remembered(const Flow& flow, const std::string& key, const Waiting& waiting)
{
  InboxRow news;
  news.flow = flow.id;
  news.key = key;
  BaseText base{schema::Record(*flow.entity), {}, std::nullopt};
  if (const auto& shadow = waiting.shadow) {
    news.slice = shadow->slice;
    news.remote_id = shadow->remote_id;
    news.version = shadow->mark.version;
    news.digest = shadow->mark.digest;
    TRY(base, read_base(*flow.entity, shadow->base));
  }
  if (const auto* row = over_existence(waiting.open)) {
    TRY(const auto theirs, schema::parse_json(row->remote));
    news.deleted = theirs.is_null();
    if (theirs.is_text()) {
      TRY(base.record, decode_record(*flow.entity, theirs.text()));
    }
  } else {
    news.deleted = !waiting.shadow || waiting.shadow->mark.deleted;
  }
  if (!waiting.open.empty()) news.modified = waiting.open.front().remote_at;
  for (const auto& conflict : waiting.open) {
    const auto index = flow.entity->index_of(conflict.field);
    if (!index) continue;
    // One time for all of the record: where they differ, nobody knows.
    if (conflict.remote_at != news.modified) news.modified.reset();
    TRY(base.record.fields[*index], schema::parse_json(conflict.remote));
  }
  // When it came, its time was believed.
  news.received_at = news.modified.value_or(Instant{});
  if (!news.deleted) news.body = write_base(*flow.entity, base);
  return news;
}

// The exception was a closed book's, and is none any more: the book is open again, or a person decided the
// same for another side. What the rule then says may still be that a person decides.
Result<bool> is_settled(store::Tx& tx, const Flow& flow, const ConflictRow& conflict,
                        const InboxRow& news)
{
  if (!is_exception(conflict.rule)) return false;
  TRY(const auto situation, read_situation(tx, flow, news));
  const auto decision = reconcile(flow, situation.row);
  return std::none_of(decision.disputes.begin(), decision.disputes.end(), [&](const auto& dispute) {
    return dispute.open && dispute.field == conflict.field && is_exception(dispute.rule);
  });
}

Result<bool> has_moved(store::Tx& tx, const Flow& flow, const Waiting& waiting,
                       const InboxRow& news)
{
  TRY(const auto hub, decode_record(*flow.entity, waiting.record->body));
  bool moved = waiting.record->deleted;
  for (const auto& conflict : waiting.open) {
    const auto index = flow.entity->index_of(conflict.field);
    if (index && json_of(hub.fields[*index]) != conflict.hub) moved = true;
    TRY(const bool settled, is_settled(tx, flow, conflict, news));
    if (settled) moved = true;
    // Any other question of existence is asked again when either side speaks.
    if (!index && !settled) return false;
  }
  return moved;
}

} // namespace

Result<std::optional<InboxRow>> held_news(store::Tx& tx, const Flow& flow, const std::string& key)
{
  TRY(const auto waiting, read_waiting(tx, flow, key));
  TRY(const auto inbox, tx.inbox_of(flow.id, key));
  if (!waiting.record || inbox || waiting.open.empty()) return std::nullopt;
  if (!waiting.shadow && !over_existence(waiting.open)) return std::nullopt;
  TRY(auto news, remembered(flow, key, waiting));
  TRY(const bool moved, has_moved(tx, flow, waiting, news));
  return moved ? std::optional(std::move(news)) : std::nullopt;
}

Result<void> apply_held(store::Tx& tx, Run& run, const InboxRow& news)
{
  auto counts = run.counts();
  TRY(const bool used, apply_news(tx, run, news));
  if (used) counts.conflicts = run.counts().conflicts;
  if (used) counts.opened = run.counts().opened;
  run.counts() = counts;
  return {};
}

Result<void> reexamine(Run& run)
{
  std::int64_t after = 0;
  bool more = true;
  while (more) {
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.conflicts({run.flow.id, "", "", true, after, kBatchRecords}));
      more = rows.size() == kBatchRecords;
      std::set<std::string> keys;
      for (const auto& row : rows) {
        keys.insert(row.key);
        after = row.id;
      }
      for (const auto& key : keys) {
        TRY(const auto news, held_news(tx, run.flow, key));
        if (news) TRY_VOID(apply_held(tx, run, *news));
      }
      return {};
    }));
  }
  return {};
}

Result<bool> is_closed_by_now(store::Tx& tx, const Flow& flow, const store::OutboxRow& sent)
{
  if (!flow.entity->closing) return false;
  TRY(const auto waiting, read_waiting(tx, flow, sent.key));
  if (!waiting.record) return false;
  TRY(const auto news, remembered(flow, sent.key, waiting));
  TRY(const auto situation, read_situation(tx, flow, news));
  if (is_in_closed_book(flow, situation.row)) return true;
  TRY(const auto put, read_base(*flow.entity, sent.base));
  TRY(const auto books, read_books(tx, *flow.entity, nullptr, &put.record));
  return books.news.has_value();
}

Result<void> hold_back(store::Tx& tx, Run& run, const std::string& key)
{
  if (!run.flow.entity->closing) return {};
  TRY(const auto waiting, read_waiting(tx, run.flow, key));
  if (!waiting.record) return {};
  TRY(const auto news, remembered(run.flow, key, waiting));
  TRY(const auto situation, read_situation(tx, run.flow, news));
  const auto decision = reconcile(run.flow, situation.row);
  const bool late =
      std::any_of(decision.disputes.begin(), decision.disputes.end(), [](const Dispute& dispute) {
        return dispute.open && is_exception(dispute.rule);
      });
  return late ? apply_held(tx, run, news) : Result<void>{};
}

} // namespace gramsetu::engine
