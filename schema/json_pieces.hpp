// A JSON text cut into its records, and single members of a record, without reading the whole.
//
// Cutting checks nothing: a piece is a record only where it is read, or where it is byte for byte one that was.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::schema {

struct JsonPieces {
  std::vector<std::string_view> records; // into the text
  std::string rest;                      // the text with the array left empty
};

// The elements of the array at `records` (a JSON Pointer through objects alone). Nothing where one of them is no
// object or the way there is not plain: then the text is read as a whole.
std::optional<JsonPieces> cut_json(std::string_view text, std::string_view records);

// Looks at the same few places of many objects. Built once; any thread.
class JsonPicks {
public:
  explicit JsonPicks(const std::vector<std::string>& pointers);

  // What stands at each pointer: text that needs no unescaping, numbers and flags as they are written, nothing
  // for what is null or not there. False where one cannot be told so. What stands behind the last of them is not
  // looked at.
  bool pick(std::string_view object, std::vector<std::string_view>& found) const;

  struct Plan;

private:
  std::shared_ptr<const Plan> plan_;
};

} // namespace gramsetu::schema
