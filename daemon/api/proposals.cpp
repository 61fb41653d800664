// One person's word on money, between two requests.
#include "daemon/api/proposals.hpp"

namespace gramsetu::api {

Result<bool> may_settle(Call& call, std::string_view flow, std::string_view field,
                        runtime::Saying saying)
{
  const auto* known = call.setup->find(flow);
  if (!known || !runtime::needs_two(*known, field)) return true;
  saying.by = call.request.actor;
  saying.note = call.text("note");
  bool second = false;
  TRY_VOID(call.hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(second, runtime::is_second(tx, saying, call.hub.clock().now()));
    return {};
  }));
  return second;
}

Result<void> settled(Call& call, std::string_view about)
{
  return call.hub.store().transact(
      [&](store::Tx& tx) { return runtime::forget_proposal(tx, about); });
}

Result<void> append_proposal(Call& call, std::string_view about, schema::Object& json)
{
  std::optional<runtime::Proposal> found;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(found, runtime::proposal_about(tx, about));
    return {};
  }));
  if (!found) return {};
  schema::Object proposal;
  proposal.append("by", found->by);
  proposal.append("at", time_value(found->at));
  proposal.append("choice", found->choice);
  proposal.append("note", found->note);
  json.append("proposal", std::move(proposal));
  return {};
}

} // namespace gramsetu::api
