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
};

struct CutPage {
  std::vector<std::string_view> records; // at least one; into the text
  schema::Value rest;                    // the document with its array left empty
};

// Nothing where the text is not plainly an object with a list of objects at `pointer`: then it is read as a whole.
std::optional<CutPage> cut_page(std::string_view text, std::string_view pointer);

// Nothing where something in them is not good (nor in UTF-8), which the reading of the whole then says. An error is the
// asker's own.
Result<std::optional<UnknownRecords>> read_unknown(const std::vector<std::string_view>& records,
                                                   const Look& look);

} // namespace gramsetu::connectors
