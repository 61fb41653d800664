// A manifest's field mapping: remote document to record, and back.
#pragma once

#include "schema/document.hpp"
#include "schema/record.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::schema {

// Compiled once from the `fields:` block of a stream; safe to use from any thread.
//
//   canonical: remote                       both ways, `remote` is a JSON Pointer without its first slash
//   canonical: { from: A | [A, B], ... }    the first of several that is there; the first is written
//     as:       text integer decimal boolean rupees lakh crore paise date timestamp financial_year
//               lgd.<kind> list object      (default: what the field's type asks for)
//     format:   date: dd/MM/yyyy dd-MM-yyyy yyyy-MM-dd ddMMyyyy dd.MM.yyyy "dd MMM yyyy";
//               timestamp: iso epoch_ms epoch_s, or a date format followed by " HH:mm:ss" or "HHmmss";
//               financial_year: 2025-2026 2025-26 2025
//     zone:     "+05:30" for a timestamp without one; without it such a timestamp is refused
//     values:   { remote: canonical }       must be one to one when used both ways
//     blank:    [ "NA", "-", "000000" ]     remote texts that mean "empty"
//     each:     { item: remote, ... }       list of objects: a mapping of the items
//     default:  canonical value when the remote says nothing
//     const:    written to the remote, never read
//     pull_only / push_only: true
//     samples:  [ ... ]                     remote values that the check runs there and back
//     trim:     true                        outer blanks (and no-break spaces) are not part of the value
//     unit:     suffix or prefix to strip   ("Rs.")
class Mapping {
public:
  // Problems are appended to `findings`; nothing when there were any.
  static std::unique_ptr<Mapping> compile(const Entity& entity, const Node& fields,
                                          std::vector<Finding>& findings);
  ~Mapping();

  struct Staged {
    Record record;
    std::vector<Problem> problems; // pointers into the remote document; empty when good
    std::vector<std::string>
        unknown; // pointers of remote scalars that no mapping read: schema drift
  };
  // Never throws on input. With problems, the record holds what could be read.
  Staged to_record(const Value& remote) const;

  // The remote's document of `record`, for the fields in `fields` that are pushed.
  Value to_remote(const Record& record, const FieldSet& fields) const;

  const FieldSet& pulled() const; // fields that reading can state
  const FieldSet& pushed() const; // fields that writing can send
  // The pointers that a field is read from, with their first slash; the first is where it is written.
  std::vector<std::string> pointers(std::size_t field) const;
  // Where the remote says all that a field can be: from one place, by no table, and empty where nothing stands.
  std::optional<std::string> sole_pointer(std::size_t field) const;

private:
  struct Impl;
  explicit Mapping(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::schema
