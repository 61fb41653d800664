// Marking a question, and reading its answer.
#include "connectors/http/dry_run.hpp"

#include "connectors/http/request_plan.hpp"

namespace gramsetu::connectors::http {

std::string key_of_dry_run(const std::string& idempotency_key)
{
  return idempotency_key + ".dry-run";
}

void mark_dry_run(const Slot& slot, Request& request)
{
  if (!slot.header.empty()) request.headers.push_back({slot.header, "true"});
  if (!slot.query.empty()) add_query(request.url, slot.query, "true");
}

Receipt without_effect(Receipt receipt)
{
  if (receipt.outcome == Receipt::Outcome::unknown) receipt.outcome = Receipt::Outcome::not_sent;
  receipt.error.what = "asked first, as a dry run: " + receipt.error.what;
  return receipt;
}

} // namespace gramsetu::connectors::http
