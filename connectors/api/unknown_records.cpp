// Cut, ask, and read what is left.
#include "connectors/api/unknown_records.hpp"

#include "schema/json.hpp"
#include "schema/json_pieces.hpp"

namespace gramsetu::connectors {

Result<std::optional<UnknownRecords>> read_unknown(std::string_view text, std::string_view pointer,
                                                   const Look& look)
{
  using Outcome = std::optional<UnknownRecords>;
  if (!look) return Outcome();
  const auto pieces = schema::cut_json(text, pointer);
  if (!pieces) return Outcome();
  UnknownRecords page;
  auto rest = schema::parse_json(pieces->rest);
  if (!rest) return Outcome();
  page.rest = std::move(*rest);
  page.first = pieces->records.front();
  page.all = pieces->records.size();
  TRY(auto glances, look(pieces->records));
  for (std::size_t i = 0; i < page.all; ++i) {
    if (glances[i].known) {
      page.cursors.push_back(glances[i].cursor);
      continue;
    }
    auto body = schema::parse_json(pieces->records[i]);
    if (!body) return Outcome();
    page.records.push_back({std::move(*body), std::move(glances[i].fingerprint)});
  }
  return Outcome(std::move(page));
}

} // namespace gramsetu::connectors
