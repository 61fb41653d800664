// Reading of a JSON page only what the asker does not know by its bytes.
#pragma once

#include "connectors/api/glance.hpp"
#include "schema/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors {

struct UnknownRecord {
  schema::Value body;
  std::string fingerprint;
};

struct UnknownRecords {
  std::vector<UnknownRecord> records;    // in their order
  std::vector<std::string_view> cursors; // of those that were left out; into the text
  std::string_view first;                // the page's first record; into the text
  std::size_t all = 0;                   // known and unknown
  schema::Value rest;                    // the document with its array left empty
};

// Nothing where the text must be read as a whole: nobody asks, it is not plainly a list of objects, or something
// in it is not good (nor in UTF-8), which the reading of the whole then says. An error is the asker's own.
Result<std::optional<UnknownRecords>> read_unknown(std::string_view text, std::string_view pointer,
                                                   const Look& look);

} // namespace gramsetu::connectors
