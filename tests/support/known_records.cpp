// Records in memory have no bytes until they are written.
#include "tests/support/known_records.hpp"

#include "schema/json.hpp"

namespace gramsetu::test {

Result<void> leave_known_out(const connectors::PullRequest& request, connectors::Page& page)
{
  if (!request.look) return {};
  std::vector<std::string> texts;
  for (const auto& record : page.records)
    texts.push_back(schema::to_json(record.body));
  const std::vector<std::string_view> bytes(texts.begin(), texts.end());
  TRY(const auto glances, request.look(bytes));
  std::vector<connectors::RemoteRecord> unknown;
  for (std::size_t i = 0; i < glances.size(); ++i) {
    if (glances[i].known) continue;
    unknown.push_back(std::move(page.records[i]));
    unknown.back().fingerprint = glances[i].fingerprint;
  }
  page.left_out = page.records.size() - unknown.size();
  page.records = std::move(unknown);
  return {};
}

} // namespace gramsetu::test
