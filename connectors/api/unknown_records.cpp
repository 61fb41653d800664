// Cut, ask, and read what is left.
#include "connectors/api/unknown_records.hpp"

#include "schema/json.hpp"
#include "schema/json_pieces.hpp"

namespace gramsetu::connectors {

std::optional<CutPage> cut_page(std::string_view text, std::string_view pointer)
{
  auto pieces = schema::cut_json(text, pointer);
  if (!pieces) return std::nullopt;
  auto rest = schema::parse_json(pieces->rest);
  if (!rest) return std::nullopt;
  return CutPage{std::move(pieces->records), std::move(*rest)};
}

Result<std::optional<UnknownRecords>> read_unknown(const std::vector<std::string_view>& records,
                                                   const Look& look)
{
  using Outcome = std::optional<UnknownRecords>;
  UnknownRecords page;
  TRY(auto glances, look(records));
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (glances[i].known) {
      page.cursors.push_back(glances[i].cursor);
      continue;
    }
    auto body = schema::parse_json(records[i]);
    if (!body) return Outcome();
    page.records.push_back({std::move(*body), std::move(glances[i].fingerprint)});
  }
  return Outcome(std::move(page));
}

} // namespace gramsetu::connectors
