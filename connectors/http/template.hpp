// Texts with blanks to fill in: "/v1/vouchers/{id}", "{slice.financial_year:2025-26}".
#pragma once

#include "base/result.hpp"
#include "connectors/api/node_reader.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::http {

// What the blanks are filled from, by name: "slice.local_body", "options.page_size", "id", "key",
// "since", "hub", "version", "idempotency_key".
using Values = std::map<std::string, std::string, std::less<>>;

class Template {
public:
  // `names` are the blanks that may stand here; others are findings. A blank may carry a format:
  // "{slice.financial_year:2025-2026}" writes a financial year, "{since:epoch_ms}" a timestamp.
  static Template read(const schema::Node& node, const std::vector<std::string>& names,
                       NodeReader& reader);

  enum class Mode {
    plain,
    path, // each filling is one encoded segment; an empty one, "." and ".." are refused
  };
  Result<std::string> fill(const Values& values, Mode mode = Mode::plain) const;

  // True when there are blanks and all of them are empty now: the parameter is then left out.
  bool is_void(const Values& values) const;
  bool uses(std::string_view name) const;
  bool empty() const { return pieces_.empty(); }

private:
  struct Piece {
    std::string literal;      // before the blank
    std::string name, format; // of the blank; an empty name ends the template
  };
  std::vector<Piece> pieces_;
};

} // namespace gramsetu::connectors::http
