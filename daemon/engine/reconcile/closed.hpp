// Closed books stay closed: what would change one waits for a person.
#pragma once

#include "daemon/engine/reconcile/reconcile.hpp"
#include "daemon/store/rows.hpp"
#include "schema/merge.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::engine {

// What the rule of an exception says: this, then which book: "the book is closed: plan 510003".
inline constexpr std::string_view kBookClosed = store::kBookClosed;
std::string exception_of(const ClosedBook& book);
bool is_exception(std::string_view rule);
std::string book_in(std::string_view rule); // "plan 510003"; empty when it names none

// The decision on a field, held where it would change a closed book on either side. What its keeper has said
// goes on to others, and so does what a person decided. Pure.
schema::FieldDecision within_closed_book(const Flow& flow, const Row& row, std::size_t field,
                                         schema::FieldDecision decided);

// The closed book that keeps the hub from following the news; nothing when it may. Pure.
std::optional<ClosedBook> closed_to_news(const Flow& flow, const Row& row);
// The closed book that keeps the hub from telling the endpoint whether the record exists; nothing when it may.
// Pure.
std::optional<ClosedBook> closed_to_existence(const Flow& flow, const Row& row);

// The hub's version of the record, or the endpoint's, is in a closed book. Pure.
bool is_in_closed_book(const Flow& flow, const Row& row);

// News from the book's keeper that is older than its closing belongs to its last state.
bool is_last_state(const ClosedBook& book, const Flow& flow, std::optional<Instant> modified);

} // namespace gramsetu::engine
