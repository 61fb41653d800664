// Books are looked up by key, one look-up a book, and only for records that changed.
#include "daemon/engine/reconcile/books.hpp"

#include "schema/json.hpp"

#include <chrono>
#include <sstream>

namespace gramsetu::engine {

namespace {

using schema::BookKey;
using schema::Entity;
using schema::Record;

std::string fact_of(const Entity& entity, const Record& record)
{
  const auto book = schema::book_of(entity, record);
  return book.empty() ? book : "closed/" + entity.name + "/" + book;
}

struct BookState {
  bool known = false;
  std::optional<ClosedBook> closed;
};

std::string closing_fact(const std::string& book)
{
  return "closing/" + book;
}

// As `note_closing` wrote it: endpoint, run, when the hub heard of it, when its keeper says it was.
Result<ClosedBook> closing_of(store::Tx& tx, const std::string& book)
{
  ClosedBook closed{book, {}, {}, {}, std::nullopt};
  TRY(const auto fact, tx.fact(closing_fact(book)));
  std::istringstream words(fact.value_or(""));
  std::int64_t learned = 0, since = 0;
  if (words >> closed.keeper >> closed.run >> learned)
    closed.learned = Instant(std::chrono::milliseconds(learned));
  if (words >> since) closed.since = Instant(std::chrono::milliseconds(since));
  return closed;
}

// A book that was deleted says nothing any more; deleting a closed one waits for a person.
Result<BookState> state_of(store::Tx& tx, const BookKey& book)
{
  TRY(const auto row, tx.record(book.entity, book.key));
  if (!row || row->deleted) return BookState{};
  const auto body = schema::parse_json(row->body);
  if (!body || !body->is_object())
    return fail(ErrorKind::corrupt, "stored " + book.entity + " " + book.key + " is no object");
  const auto* said = body->object().find(book.when->field);
  BookState state{true, std::nullopt};
  if (!said || !holds(*book.when, *said)) return state;
  TRY(state.closed, closing_of(tx, book.entity + " " + book.key));
  return state;
}

// The book that closed first: it lets the least pass as its last state.
Result<BookState> state_of(store::Tx& tx, const Entity& entity, const Record& record)
{
  BookState all;
  for (const auto& book : books_of(entity, record)) {
    TRY(auto state, state_of(tx, book));
    all.known = all.known || state.known;
    if (!state.closed) continue;
    const bool first =
        !all.closed ||
        (all.closed->since && (!state.closed->since || *state.closed->since < *all.closed->since));
    if (first) all.closed = std::move(state.closed);
  }
  return all;
}

} // namespace

Result<Books> read_books(store::Tx& tx, const Entity& entity, const Record* hub, const Record* news)
{
  Books books;
  if (!entity.closing) return books;
  if (hub) {
    TRY(auto state, state_of(tx, entity, *hub));
    books.open = state.known && !state.closed;
    books.hub = std::move(state.closed);
  }
  if (news) {
    TRY(auto state, state_of(tx, entity, *news));
    books.news = std::move(state.closed);
  }
  return books;
}

Result<std::optional<ClosedBook>> closed_to_entry(store::Tx& tx, const Entity& entity,
                                                  const Record& record)
{
  if (!entity.closing) return std::optional<ClosedBook>();
  TRY(auto state, state_of(tx, entity, record));
  if (state.closed) return std::move(state.closed);
  const auto fact = fact_of(entity, record);
  if (fact.empty()) return std::optional<ClosedBook>();
  TRY(const auto value, tx.fact(fact));
  if (!value) return std::optional<ClosedBook>();
  const auto blank = value->find(' ');
  return std::optional(ClosedBook{book_of(entity, record), value->substr(0, blank),
                                  value->substr(blank + 1), Instant{}, std::nullopt});
}

Result<bool> note_book(store::Tx& tx, const Entity& entity, const Record& record,
                       const Origin& origin)
{
  const auto fact = fact_of(entity, record);
  if (fact.empty() || !is_closed(entity, record)) return false;
  TRY(const auto known, tx.fact(fact));
  if (known) return false;
  TRY_VOID(tx.put_fact(fact, origin.side.endpoint + " " + origin.run));
  return true;
}

Result<bool> is_noted(store::Tx& tx, const Entity& entity, const Record& record)
{
  const auto fact = fact_of(entity, record);
  if (fact.empty()) return false;
  TRY(const auto known, tx.fact(fact));
  return known.has_value();
}

Result<void> reopen_book(store::Tx& tx, const Entity& entity, const Record& record)
{
  const auto fact = fact_of(entity, record);
  return fact.empty() ? Result<void>{} : tx.erase_fact(fact);
}

Result<bool> note_closing(store::Tx& tx, const std::string& book, const Origin& origin)
{
  TRY(const auto known, tx.fact(closing_fact(book)));
  if (known) return false;
  const auto millis = [](Instant at) { return std::to_string(at.time_since_epoch().count()); };
  auto text = origin.side.endpoint + " " + (origin.run.empty() ? "-" : origin.run) + " " +
              millis(origin.at);
  if (origin.changed_at) text += " " + millis(*origin.changed_at);
  TRY_VOID(tx.put_fact(closing_fact(book), text));
  return true;
}

Result<void> forget_closing(store::Tx& tx, const std::string& book)
{
  return tx.erase_fact(closing_fact(book));
}

} // namespace gramsetu::engine
