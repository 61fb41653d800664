// Proposals, as facts of the store.
#include "daemon/runtime/second_person.hpp"

#include "base/digest.hpp"
#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::runtime {

namespace {

std::string fact_of(std::string_view about)
{
  return fmt::format("proposal/{}", about);
}

std::string digest_of(const Saying& saying)
{
  return to_hex(sha256(saying.choice + "\n" + saying.value));
}

} // namespace

bool needs_two(const engine::Flow& flow, std::string_view field)
{
  if (!flow.rails.second_approver_for_money) return false;
  const bool all = field.empty() || field == "*";
  const auto& fields = flow.entity->fields;
  return std::any_of(fields.begin(), fields.end(), [&](const auto& each) {
    return each.type == schema::FieldType::money && (all || each.name == field);
  });
}

Result<std::optional<Proposal>> proposal_about(store::Tx& tx, std::string_view about)
{
  TRY(const auto object, fact_object(tx, fact_of(about)));
  if (object.empty()) return std::optional<Proposal>();
  Proposal proposal;
  proposal.by = text_of(object, "by");
  proposal.note = text_of(object, "note");
  proposal.choice = text_of(object, "choice");
  proposal.digest = text_of(object, "digest");
  proposal.at = instant_of(object, "at");
  return std::optional(std::move(proposal));
}

Result<bool> is_second(store::Tx& tx, const Saying& saying, Instant now)
{
  TRY(const auto before, proposal_about(tx, saying.about));
  const auto digest = digest_of(saying);
  if (before && before->digest == digest) {
    if (before->by != saying.by) return true;
    return fail(ErrorKind::precondition,
                fmt::format("{} has decided so already; it is about money, and somebody else must "
                            "decide the same",
                            saying.by));
  }
  schema::Object json;
  json.append("by", saying.by);
  json.append("note", saying.note);
  json.append("choice", saying.choice);
  json.append("digest", digest);
  json.append("at", to_rfc3339(now));
  TRY_VOID(tx.put_fact(fact_of(saying.about), schema::to_json(std::move(json))));
  return false;
}

Result<void> forget_proposal(store::Tx& tx, std::string_view about)
{
  return tx.erase_fact(fact_of(about));
}

} // namespace gramsetu::runtime
