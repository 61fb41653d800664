// Closed books: when a record is one whose changes need a person.
#pragma once

#include "schema/value.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

class Entity;
class NodeReader;
struct FieldSpec;
struct Node;
struct Record;

// A record's field says one of these; a flag's words are "true" and "false".
struct Condition {
  std::string field;
  std::vector<std::string> values;
};

// The key of a book, written with fields of a record that is in it: "{local_body}/month/{date.month}". Of a
// date also its `month` and its `financial_year`.
struct KeyPattern {
  enum class Take { whole, month, financial_year };
  struct Part {
    std::string before; // text in front of it
    std::size_t field = 0;
    Take take = Take::whole;
  };
  std::vector<Part> parts;
  std::string after;
};

// What closes: words of the record itself, or those of a book, which is a record of another entity.
struct Closer {
  std::string entity; // empty: the record itself
  std::vector<KeyPattern> keys;
  Condition when;
};

// The `closed:` block of an entity. In a closed book nothing changes silently: what comes all the same is
// an exception that a person decides.
//
//   closed:
//     by:
//       - is_book_closed                             a flag of the record's own
//       - { when: { status: [closed] } }             another field of its own
//       - entity: account_book                       records that close it, by their keys
//         keys: ["{local_body}/month/{date.month}"]
//         when: { status: [closed] }
//     book: [local_body, financial_year, month]      what one book of the flag is
//     open: { remarks: any, status: [paid] }         what may still change, and to which values
struct Closing {
  std::vector<Closer> by;
  std::vector<std::size_t> book;
  std::map<std::size_t, std::vector<std::string>> open; // no values: any
};

// Nothing when the entity has no such block, or a finding.
std::optional<Closing> read_closing(const Node& document, const Entity& entity, NodeReader& reader);

// What a condition on the field may name.
std::vector<std::string> words_of(const FieldSpec& field);
bool holds(const Condition& condition, const Value& said);

// The field by which the record itself says that it is closed; nothing when it does not.
std::optional<std::size_t> closed_by_itself(const Entity& entity, const Record& record);
bool is_closed(const Entity& entity, const Record& record);
// May the field still become `value` in a closed book?
bool stays_open(const Entity& entity, std::size_t field, const Value& value);
// The book that a flag of the record is about: "245101/2026/4". Empty when it does not say, or such books
// have no names.
std::string book_of(const Entity& entity, const Record& record);

// A record that closes this one when it says so.
struct BookKey {
  std::string entity, key;
  const Condition* when = nullptr; // the entity's
};
// All books that the record may be in, each once. Whether there are such records is for the store to say.
std::vector<BookKey> books_of(const Entity& entity, const Record& record);

} // namespace gramsetu::schema
