// The records inside a body or a file, to be changed where they stand.
#pragma once

#include "connectors/api/manifest.hpp"
#include "schema/value.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

// How records stand in a text.
struct RowShape {
  enum class Kind { none, json, lines, csv, xml, messages };
  Kind kind = Kind::none;
  std::string
      records; // json: pointer to the list; xml: path of the elements; messages: their stream
  char delimiter = ',';
  std::size_t skip = 0; // csv: rows above the header
  bool header = true;
};

// Of a stream; `none` where it is in a form that is not known here.
RowShape row_shape(const Manifest& manifest, const Stream& stream,
                   const std::map<std::string, std::string>& options);

// The text with its records changed by `edit`; nothing when it holds none in that shape. Records are
// objects; of CSV they hold texts by the names of their columns, and a column that no record has any
// more is gone.
std::optional<std::string> edit_rows(const std::string& text, const RowShape& shape,
                                     const std::function<void(schema::List&)>& edit);

// A text with {options.NAME} filled in.
std::string with_options(std::string text, const Manifest& manifest,
                         const std::map<std::string, std::string>& options);

} // namespace gramsetu::connectors::kit
