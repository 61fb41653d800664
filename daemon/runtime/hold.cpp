// Approvals as they are stored, counted and passed on.
#include "daemon/runtime/hold.hpp"

#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::runtime {

namespace {

using schema::List;
using schema::Object;
using schema::Value;

Value number(std::size_t count)
{
  return static_cast<std::int64_t>(count);
}

std::size_t count_of(const Object& object, std::string_view name)
{
  return static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(object, name)));
}

Value approver_json(const Approver& approver)
{
  Object json;
  json.append("by", approver.by);
  json.append("at", to_rfc3339(approver.at));
  json.append("note", approver.note);
  json.append("run", approver.run);
  json.append("until", to_rfc3339(approver.until));
  return json;
}

Approver read_approver(const Object& json)
{
  return {text_of(json, "by"), text_of(json, "note"), text_of(json, "run"), instant_of(json, "at"),
          instant_of(json, "until")};
}

// Runs are many, and one of a flow at most is held: its id is kept apart.
std::string fact_of(std::string_view flow)
{
  return fmt::format("hub/flow/{}/held", flow);
}

// Those whose word counts: as many as are needed, of those who saw most.
std::vector<Approver> counted(const Hold& hold)
{
  auto all = hold.approvals;
  if (all.size() < hold.needs) return {};
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.until > b.until; });
  all.resize(hold.needs);
  return all;
}

// A slice that came back smaller is approved at the larger of the numbers that people saw.
Result<std::map<std::string, std::size_t>> found_by(store::Tx& tx, const std::vector<Approver>& all)
{
  std::map<std::string, std::size_t> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    TRY(const auto row, tx.run(all[i].run));
    const auto seen = row ? read_hold(row->hold).found : std::map<std::string, std::size_t>();
    if (i == 0) found = seen;
    std::erase_if(found, [&](const auto& slice) { return !seen.contains(slice.first); });
    for (auto& [slice, count] : found)
      count = std::max(count, seen.at(slice));
  }
  return found;
}

// Runs of one hold follow one another, so what a person saw of an earlier one still stands.
bool are_one_hold(const store::RunRow& a, const store::RunRow& b)
{
  return read_hold(a.hold).since == read_hold(b.hold).since;
}

tl::unexpected<Error> nothing_to_approve(const store::RunRow& row)
{
  const auto hold = read_hold(row.hold);
  if (row.state == "overtaken")
    return fail(ErrorKind::precondition,
                fmt::format("run {} was overtaken by run {}: what held it has passed, and nothing "
                            "waits to be released",
                            row.id, hold.followed_by));
  if (row.state == "released")
    return fail(ErrorKind::precondition,
                fmt::format("run {} was released already, by {}, and carried out by run {}", row.id,
                            names_of(hold), hold.followed_by));
  return fail(ErrorKind::precondition,
              fmt::format("run {} is '{}'; only a held run can be released", row.id, row.state));
}

} // namespace

Object hold_json(const Hold& hold)
{
  Object json, found;
  List rails, approvals;
  for (const auto& rail : hold.rails)
    rails.emplace_back(rail);
  for (const auto& [slice, count] : hold.found)
    found.append(slice, number(count));
  for (const auto& approver : hold.approvals)
    approvals.push_back(approver_json(approver));
  json.append("since", to_rfc3339(hold.since));
  json.append("rails", std::move(rails));
  json.append("records", number(hold.records));
  json.append("more_slices", number(hold.more));
  json.append("needs", number(hold.needs));
  json.append("approvals", std::move(approvals));
  json.append("found", std::move(found));
  json.append("followed_by", hold.followed_by);
  return json;
}

Hold read_hold(const std::string& text)
{
  Hold hold;
  const auto value = schema::parse_json(text);
  if (!value || !value->is_object()) return hold;
  const auto& json = value->object();
  hold.since = instant_of(json, "since");
  hold.records = count_of(json, "records");
  hold.more = count_of(json, "more_slices");
  hold.needs = std::max<std::size_t>(1, count_of(json, "needs"));
  hold.followed_by = text_of(json, "followed_by");
  if (const auto* rails = json.find("rails"); rails && rails->is_list())
    for (const auto& rail : rails->list())
      if (rail.is_text()) hold.rails.push_back(rail.text());
  if (const auto* found = json.find("found"); found && found->is_object())
    for (const auto& slice : found->object().members())
      hold.found[slice.name] =
          static_cast<std::size_t>(slice.value.is_integer() ? slice.value.integer() : 0);
  if (const auto* approvals = json.find("approvals"); approvals && approvals->is_list())
    for (const auto& approver : approvals->list())
      if (approver.is_object()) hold.approvals.push_back(read_approver(approver.object()));
  return hold;
}

std::size_t approvers_needed(const engine::Held& held, const schema::Rails& rails)
{
  return static_cast<std::int64_t>(held.records) > rails.second_approver_above ? 2 : 1;
}

std::string names_of(const Hold& hold)
{
  std::string names;
  for (const auto& approver : hold.approvals)
    names += (names.empty() ? "" : ", ") + approver.by;
  return names;
}

Result<std::optional<store::RunRow>> held_run(store::Tx& tx, std::string_view flow)
{
  TRY(const auto id, tx.fact(fact_of(flow)));
  if (!id) return std::optional<store::RunRow>();
  return tx.run(*id);
}

Result<engine::Approval> approval_of(store::Tx& tx, std::string_view flow)
{
  engine::Approval approval;
  TRY(const auto held, held_run(tx, flow));
  if (!held) return approval;
  Hold hold = read_hold(held->hold);
  hold.approvals = counted(hold);
  if (hold.approvals.empty()) return approval;
  approval.by = names_of(hold);
  approval.until = hold.approvals.back().until;
  TRY(approval.found, found_by(tx, hold.approvals));
  return approval;
}

Result<Consent> consent(store::Tx& tx, std::string_view run, const Approver& approver)
{
  TRY(const auto shown, tx.run(run));
  if (!shown) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", run));
  TRY(auto held, held_run(tx, shown->flow));
  if (shown->hold.empty() || !held || !are_one_hold(*shown, *held))
    return nothing_to_approve(*shown);
  Approver own = approver;
  own.run = shown->id;
  own.until = shown->ended_at.value_or(Instant{});
  Consent consent;
  Hold hold = read_hold(held->hold);
  auto& all = hold.approvals;
  const auto before =
      std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.by == own.by; });
  consent.again = before != all.end() && before->until >= own.until;
  if (!consent.again && before != all.end()) all.erase(before);
  if (!consent.again) all.push_back(std::move(own));
  consent.missing = hold.needs - std::min(hold.needs, all.size());
  held->approved_by = names_of(hold);
  held->hold = schema::to_json(hold_json(hold));
  consent.held = std::move(*held);
  if (!consent.again) TRY_VOID(tx.put_run(consent.held));
  return consent;
}

Result<void> take_place(store::Tx& tx, store::RunRow& run, bool released)
{
  TRY(auto previous, held_run(tx, run.flow));
  const auto fact = fact_of(run.flow);
  TRY_VOID(run.state == "held" ? tx.put_fact(fact, run.id) : tx.erase_fact(fact));
  if (!previous) return {};
  Hold hold = read_hold(previous->hold);
  hold.followed_by = run.id;
  previous->state = released ? "released" : "overtaken";
  previous->hold = schema::to_json(hold_json(hold));
  TRY_VOID(tx.put_run(*previous));
  if (run.state != "held") return {};
  Hold own = read_hold(run.hold);
  own.since = hold.since;
  own.approvals = hold.approvals;
  run.approved_by = names_of(own);
  run.hold = schema::to_json(hold_json(own));
  return {};
}

} // namespace gramsetu::runtime
