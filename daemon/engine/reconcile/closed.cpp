// What a closed book does to decisions.
#include "daemon/engine/reconcile/closed.hpp"

namespace gramsetu::engine {

namespace {

using schema::FieldDecision;
using schema::FieldVerdict;

constexpr std::string_view kBetween = ": ";

// The book that the hub's record itself says is closed.
std::optional<ClosedBook> own_book(const Flow& flow, const Row& row)
{
  if (!row.hub) return std::nullopt;
  const auto& entity = *flow.entity;
  const auto flag = closed_by_itself(entity, row.hub->record);
  if (!flag) return std::nullopt;
  const auto& origin = row.hub->origins.of(entity.fields[*flag].name);
  const auto name = book_of(entity, row.hub->record);
  return ClosedBook{name.empty() ? entity.name + " " + row.key : name, origin.side.endpoint,
                    origin.run, origin.at, std::nullopt};
}

// News that takes the word back by which the record was closed. Where only a record's flag speaks of its book a
// person must agree; where the book itself is known to be open, or its word may change, nobody is asked.
bool reopens(const Flow& flow, const Row& row)
{
  const auto& entity = *flow.entity;
  const auto flag = closed_by_itself(entity, row.hub->record);
  if (!flag || row.news.record.fields.empty()) return false;
  const auto& said = row.news.record.fields[*flag];
  if (said.is_absent() || is_closed(entity, row.news.record)) return false;
  return row.books.open || stays_open(entity, *flag, said);
}

// The closed book that either version of the record is in, whoever speaks.
std::optional<ClosedBook> closed_book(const Flow& flow, const Row& row)
{
  if (!flow.entity->closing || !row.hub) return std::nullopt;
  if (auto own = own_book(flow, row); own && !reopens(flow, row)) return own;
  if (row.books.hub) return row.books.hub;
  if (row.books.news) return row.books.news;
  if (!is_closed(*flow.entity, row.news.record)) return std::nullopt;
  return ClosedBook{book_of(*flow.entity, row.news.record), flow.side.endpoint, "", {}, {}};
}

// What the keeper of the book said, or a person decided, is no late word of the hub's.
bool may_go_out(const Origin& origin, const ClosedBook& book)
{
  return origin.rule == kDecided || origin.side.endpoint == book.keeper;
}

// A record that is entered there takes all of its values along.
bool all_may_go_out(const Flow& flow, const Row& row, const ClosedBook& book)
{
  const auto& entity = *flow.entity;
  const auto& pushed = flow.stream->mapping->pushed();
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const auto& value = row.hub->record.fields[i];
    if (!pushed[i] || value.is_absent() || stays_open(entity, i, value)) continue;
    if (!may_go_out(row.hub->origins.of(entity.fields[i].name), book)) return false;
  }
  return true;
}

} // namespace

bool is_exception(std::string_view rule)
{
  return rule.substr(0, kBookClosed.size()) == kBookClosed;
}

std::string exception_of(const ClosedBook& book)
{
  std::string rule(kBookClosed);
  return book.name.empty() ? rule : rule + std::string(kBetween) + book.name;
}

std::string book_in(std::string_view rule)
{
  const auto from = kBookClosed.size() + kBetween.size();
  return is_exception(rule) && rule.size() > from ? std::string(rule.substr(from)) : std::string();
}

bool is_last_state(const ClosedBook& book, const Flow& flow, std::optional<Instant> modified)
{
  return modified && book.since && book.keeper == flow.side.endpoint && *modified <= *book.since;
}

std::optional<ClosedBook> closed_to_news(const Flow& flow, const Row& row)
{
  if (!flow.entity->closing) return std::nullopt;
  if (auto own = own_book(flow, row); own && !reopens(flow, row)) return own;
  // News by which the keeper flags the record brings its last state with it.
  const bool flags = row.hub && is_closed(*flow.entity, row.news.record) &&
                     !is_closed(*flow.entity, row.hub->record);
  for (const auto& book : {row.books.hub, row.books.news}) {
    if (!book || is_last_state(*book, flow, row.news.modified)) continue;
    if (!flags || book->keeper != flow.side.endpoint) return book;
  }
  return std::nullopt;
}

std::optional<ClosedBook> closed_to_existence(const Flow& flow, const Row& row)
{
  auto book = closed_book(flow, row);
  if (!book) return book;
  const auto& existence = row.hub->origins.existence();
  const bool decided = existence.rule == kDecided;
  const bool goes = may_go_out(existence, *book) &&
                    (row.hub->deleted || decided || all_may_go_out(flow, row, *book));
  return goes ? std::nullopt : book;
}

bool is_in_closed_book(const Flow& flow, const Row& row)
{
  return closed_book(flow, row).has_value();
}

FieldDecision within_closed_book(const Flow& flow, const Row& row, std::size_t field,
                                 FieldDecision decided)
{
  const auto& entity = *flow.entity;
  const auto verdict = decided.verdict;
  if (!entity.closing || verdict == FieldVerdict::agreed || verdict == FieldVerdict::held)
    return decided;
  const bool follows = verdict == FieldVerdict::take_remote;
  const auto book = follows ? closed_to_news(flow, row) : closed_book(flow, row);
  if (!book || stays_open(entity, field, decided.value)) return decided;
  // Nothing of theirs to dispute, and nothing that would go there.
  const bool goes = flow.pushes && flow.stream->mapping->pushed()[field];
  if (!follows && !goes && row.news.record.fields[field].is_absent()) return decided;
  const auto& origin = row.hub->origins.of(entity.fields[field].name);
  if (verdict == FieldVerdict::keep_hub && may_go_out(origin, *book)) return decided;
  return {FieldVerdict::held, row.hub->record.fields[field], exception_of(*book), true};
}

} // namespace gramsetu::engine
