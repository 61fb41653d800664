// What a closed book does to decisions, and how the hub remembers which books are closed.
#include "daemon/engine/reconcile/closed.hpp"

namespace gramsetu::engine {

namespace {

using schema::FieldDecision;
using schema::FieldVerdict;

std::string fact_of(const schema::Entity& entity, const schema::Record& record)
{
  const auto book = schema::book_of(entity, record);
  return book.empty() ? book : "closed/" + entity.name + "/" + book;
}

} // namespace

FieldDecision within_closed_book(const Flow& flow, const Row& row, std::size_t field,
                                 FieldDecision decided)
{
  const auto& entity = *flow.entity;
  const bool ours = is_closed(entity, row.hub->record);
  const bool theirs = is_closed(entity, row.news.record);
  const auto verdict = decided.verdict;
  if (verdict == FieldVerdict::agreed || verdict == FieldVerdict::held) return decided;
  // News that closes the book brings its last state with it; ours is what then comes late there.
  const bool follows = verdict == FieldVerdict::take_remote;
  if (!ours && (!theirs || follows)) return decided;
  // Nothing of theirs to dispute, and what only we say about it is none of the book's.
  if (!follows && row.news.record.fields[field].is_absent()) return decided;
  if (stays_open(entity, field, decided.value)) return decided;
  return {FieldVerdict::held, row.hub->record.fields[field], kBookClosed, true};
}

bool is_in_closed_book(const Flow& flow, const Row& row)
{
  return row.hub && is_closed(*flow.entity, row.hub->record);
}

Result<void> note_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record,
                       const Closer& closer)
{
  const auto fact = fact_of(entity, record);
  if (fact.empty() || !is_closed(entity, record)) return {};
  TRY(const auto known, tx.fact(fact));
  return known ? Result<void>{} : tx.put_fact(fact, closer.endpoint + " " + closer.run);
}

Result<void> reopen_book(store::Tx& tx, const schema::Entity& entity, const schema::Record& record)
{
  const auto fact = fact_of(entity, record);
  return fact.empty() ? Result<void>{} : tx.erase_fact(fact);
}

Result<std::optional<Closer>> closer_of(store::Tx& tx, const schema::Entity& entity,
                                        const schema::Record& record)
{
  const auto fact = fact_of(entity, record);
  if (fact.empty()) return std::optional<Closer>();
  TRY(const auto value, tx.fact(fact));
  if (!value) return std::optional<Closer>();
  const auto blank = value->find(' ');
  return std::optional(Closer{value->substr(0, blank), value->substr(blank + 1)});
}

} // namespace gramsetu::engine
