// XML in and out: elements as objects, read piece by piece; document types and entities are refused.
#pragma once

#include "base/result.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

// Bounds on what one record holds, and on what all that is around the records holds.
struct XmlLimits {
  std::size_t depth = 32;
  std::size_t nodes = 100'000; // elements and attributes
  std::size_t text = 1 << 20;  // bytes of one text, tag or comment
  std::size_t bytes = 8 << 20; // names and texts together
  std::size_t members = 1'000; // of one element, by name
};

// What a document looks like.
struct XmlShape {
  std::string records;            // path of the record elements from the root on: "/Batch/Payment"
  std::vector<std::string> lists; // elements that are a list even where there is one of them
};

// Reads a document that comes in pieces. An element with nothing but text is that text; else it is an object of
// its elements by name, its attributes as "@name", and its text, when not blank, as "#text". Elements of
// one name side by side are a list. Prefixes of names are left out, `xsi:nil="true"` is null. A document
// type (and so every entity of its own), a second root, bad encoding or anything over the limits is an error
// that names its line; what was handed over before it stays handed over.
class XmlReader {
public:
  // What a record is, and after which byte of the document it ended.
  using Take = std::function<Result<void>(Value record, std::uint64_t end)>;

  explicit XmlReader(XmlShape shape, const XmlLimits& limits = {});
  ~XmlReader();

  // The next bytes; `take` is called for each record that ends in them. `at_end`: they are the last.
  Result<void> feed(std::string_view bytes, bool at_end, const Take& take);

  // After the end: the document without its records, under the name of its root.
  const Value& rest() const;
  // The element that holds the records was there: their number is known, be it nought.
  bool has_place() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A whole document: the records go to `take`, the rest is returned. `not_found` when the element that
// should hold the records is not there. Without `shape.records` the rest is all of it.
Result<Value> parse_xml(std::string_view text, const XmlShape& shape,
                        const std::function<Result<void>(Value)>& take,
                        const XmlLimits& limits = {});

// The reverse, as UTF-8 with a declaration: an object with one member, the root. `invalid` for names that XML
// does not allow and for control characters, which it cannot carry.
Result<std::string> to_xml(const Value& document);

} // namespace gramsetu::schema
