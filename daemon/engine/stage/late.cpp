// Late records, by what is known of their books.
#include "daemon/engine/stage/late.hpp"

#include "connectors/api/extract.hpp"
#include "daemon/engine/reconcile/books.hpp"
#include "daemon/engine/reconcile/closed.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

// Nobody but this endpoint could have brought the records of the book: its keeper has no flow of them here.
bool is_only_source(const Run& run, const ClosedBook& book)
{
  return std::none_of(run.flows.begin(), run.flows.end(),
                      [&](const Flow* flow) { return flow->side.endpoint == book.keeper; });
}

Result<bool> has_row(store::Tx& tx, const store::InboxRow& news, std::string_view code,
                     const std::string& state)
{
  store::QuarantineQuery query;
  query.flow = news.flow;
  query.key = news.key;
  query.code = code;
  query.state = state;
  TRY(const auto rows, tx.quarantine(query));
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return state == "open" || !row.settled_by.empty(); });
}

// A person replayed it; or this run let the same words pass. What a run read that died is no longer spoken for:
// the book may have closed meanwhile.
Result<bool> is_admitted(store::Tx& tx, const Run& run, const store::InboxRow& news,
                         std::string_view code)
{
  TRY(const auto waiting, tx.inbox_of(news.flow, news.key));
  if (waiting && is_current(run, *waiting) && waiting->digest == news.digest) return true;
  return has_row(tx, news, code, "replayed");
}

bool was_there_before(const Run& run, const ClosedBook& book, const store::InboxRow& news,
                      const Arrival& arrival)
{
  if (is_last_state(book, run.flow, news.modified)) return true;
  const bool keeper = book.keeper == run.flow.side.endpoint;
  if (arrival.direct) return keeper || is_only_source(run, book);
  const bool same_load = !arrival.run.empty() && arrival.run == book.run;
  const bool received_before = arrival.received && *arrival.received <= book.learned;
  return keeper && (same_load || received_before);
}

} // namespace

Result<std::string> why_late(store::Tx& tx, const Run& run, const store::InboxRow& news,
                             const Arrival& arrival)
{
  const auto& entity = *run.flow.entity;
  if (!entity.closing || news.deleted) return std::string();
  TRY(const auto known, tx.record(entity.name, news.key));
  if (known) return std::string();
  TRY(const auto told, read_base(entity, news.body));
  TRY(const auto book, closed_to_entry(tx, entity, told.record));
  if (!book || was_there_before(run, *book, news, arrival)) return std::string();
  // Its keeper flags the records of a book when it closes it: the first that come so were in it.
  TRY(const bool noted, is_noted(tx, entity, told.record));
  const bool flags = is_closed(entity, told.record) && !noted;
  TRY(const bool admitted, is_admitted(tx, run, news, store::kLate));
  if (admitted || (flags && book->keeper == run.flow.side.endpoint)) return std::string();
  return exception_of(*book) + "; replay it if a person finds that it belongs there";
}

Result<std::string> why_too_old(store::Tx& tx, const Run& run, const store::InboxRow& news)
{
  if (news.deleted || (!run.away_too_long && !run.quarantine_open)) return std::string();
  TRY(const auto parked, has_row(tx, news, store::kTooOld, "open"));
  if (!run.away_too_long && !parked) return std::string();
  TRY(const auto known, tx.record(run.flow.entity->name, news.key));
  TRY(const auto shadow, tx.shadow(news.flow, news.key));
  TRY(const bool admitted, is_admitted(tx, run, news, store::kTooOld));
  if (known || shadow || admitted) return std::string();
  return "it came when its side had been away for longer than deletes are remembered, so that it "
         "may have been "
         "deleted since; replay it if a person finds that it is there to stay";
}

Result<void> release_late(store::Tx& tx, Run& run, store::QuarantineRow row)
{
  TRY(auto body, schema::parse_json(row.payload));
  const auto remote = connectors::extract(*run.flow.stream, std::move(body));
  TRY(auto outcome, stage_record(tx, run.flow, remote));
  auto* staged = std::get_if<Staged>(&outcome);
  if (!staged) return {};
  auto& news = staged->news;
  TRY(const auto late, why_late(tx, run, news, {false, row.run, std::nullopt}));
  if (!late.empty()) return {};
  row.state = "replayed";
  row.note = "its book is open again";
  row.last_at = run.services.clock.now();
  TRY_VOID(tx.put_quarantine(row));
  news.slice = row.slice;
  news.run = run.options.run_id;
  news.received_at = row.first_at;
  return tx.put_inbox(news);
}

} // namespace gramsetu::engine
