// What a record is known by before anybody reads it: its bytes as they came.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors {

struct Glance {
  bool known = false;           // it says what the asker has already: it need not be read
  std::string fingerprint = {}; // of one that must be read: what these bytes will be known by
  std::string_view cursor = {}; // of a known one: what stands at the stream's cursor, in its bytes
};

// Tells of the records of one page, each a JSON object as it came, which of them the asker knows. One glance a
// record, in order. What it said of an earlier page is forgotten when it is asked again.
using Look = std::function<Result<std::vector<Glance>>(std::span<const std::string_view> records)>;

} // namespace gramsetu::connectors
