// Closed books: when a record is one whose changes need a person.
#pragma once

#include "schema/value.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schema {

class Entity;
class NodeReader;
struct Node;
struct Record;

// The `closed:` block of an entity. In a closed book nothing changes silently: what comes all the same is
// an exception that a person decides.
//
//   closed:
//     by: is_book_closed                           the flag that closes
//     book: [local_body, financial_year, month]    what one book is; new records of a closed one are late
//     open: { remarks: any, status: [paid] }       what may still change, and to which values
struct Closing {
  std::size_t flag = 0;
  std::vector<std::size_t> book;
  std::map<std::size_t, std::vector<std::string>> open; // no values: any
};

// Nothing when the entity has no such block, or a finding.
std::optional<Closing> read_closing(const Node& document, const Entity& entity, NodeReader& reader);

// Does the record say that its book is closed?
bool is_closed(const Entity& entity, const Record& record);
// May the field still become `value` in a closed book?
bool stays_open(const Entity& entity, std::size_t field, const Value& value);
// The book that the record belongs to: "245101/2026/4". Empty when it does not say, or books have no names.
std::string book_of(const Entity& entity, const Record& record);

} // namespace gramsetu::schema
