// Which requests are acts, and what is written of them.
#include "daemon/api/trace.hpp"

#include "base/log.hpp"
#include "daemon/runtime/evidence.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

constexpr std::array kActs = {
    ActName{"POST", "/api/v1/records/{entity}", "record.put"},
    ActName{"PUT", "/api/v1/records/{entity}/{key}", "record.put"},
    ActName{"DELETE", "/api/v1/records/{entity}/{key}", "record.delete"},
    ActName{"POST", "/api/v1/conflicts/{id}/resolve", "conflict.resolve"},
    ActName{"POST", "/api/v1/conflicts/resolve", "conflict.resolve"},
    ActName{"POST", "/api/v1/quarantine/{id}/replay", "quarantine.replay"},
    ActName{"POST", "/api/v1/quarantine/{id}/resolve", "quarantine.resolve"},
    ActName{"POST", "/api/v1/quarantine/{id}/discard", "quarantine.discard"},
    ActName{"POST", "/api/v1/runs", "run.order"},
    ActName{"POST", "/api/v1/runs/{id}/approve", "run.approve"},
    ActName{"POST", "/api/v1/runs/{id}/undo", "run.undo"},
    ActName{"POST", "/api/v1/apply", "plan.apply"},
    ActName{"POST", "/api/v1/audit/export", "audit.export"},
    ActName{"POST", "/api/v1/connectors/{name}/recording", "connector.record"},
    ActName{"POST", "/api/v1/verify", "run.verify"},
    ActName{"POST", "/api/v1/reload", "config.reload"},
    ActName{"POST", "/api/v1/backup", "store.backup"},
    ActName{"POST", "/api/v1/rewind/accept", "store.rewind_accept"},
    ActName{"POST", "/api/v1/personal/find", "personal.find"},
    ActName{"POST", "/api/v1/personal/export", "personal.export"},
    ActName{"POST", "/api/v1/personal/erase", "personal.erase"},
    ActName{"POST", "/api/v1/personal/{entity}/{key}/erase", "personal.erase"},
    ActName{"POST", "/api/v1/personal/{entity}/{key}/lift", "personal.lift"},
    ActName{"POST", "/api/v1/plan", ""},
    ActName{"POST", "/api/v1/connectors/{name}/probe", ""},
    ActName{"POST", "/api/v1/connectors/{name}/look", ""},
};

// Members of a body that say what is decided, and are no values of records.
constexpr std::array<std::string_view, 9> kTold = {
    "choice", "outcome", "flows", "runs", "full", "from", "till", "records", "leave_waiting"};
constexpr std::chrono::minutes kAlike{1};
constexpr std::size_t kAlikeMax = 1000; // users that knock at the same time

// Nothing: no act.
std::string name_of_act(const Call& call, const Route& route)
{
  if (call.request.method == "GET") {
    if (!call.query(kExport).empty()) return "record.export";
    return call.unmasked && !call.query("unmask").empty() ? "value.unmask" : "";
  }
  // What an application enters is its work, and stands in the change log; people answer for themselves.
  if (call.request.role == Role::app) return "";
  const auto found = std::find_if(kActs.begin(), kActs.end(), [&](const auto& row) {
    return row.method == route.method && row.pattern == route.pattern;
  });
  return found == kActs.end() ? fmt::format("{} {}", route.method, route.pattern)
                              : std::string(found->name);
}

// What the request decides, and why. Records' bodies are no business of the audit log.
void read_decision(const Call& call, audit::Act& act)
{
  if (act.what == "record.put" || act.what == "record.delete") return;
  std::vector<std::string> told;
  for (const auto& member : call.body.members()) {
    const bool reason = member.name == "note" || member.name == "reason";
    if (reason && member.value.is_text()) act.reason = member.value.text();
    if (std::find(kTold.begin(), kTold.end(), member.name) != kTold.end())
      told.push_back(member.name + "=" + schema::to_json(member.value));
  }
  act.detail = fmt::format("{}", fmt::join(told, " "));
}

void sign(audit::Act& act, const Request& request)
{
  act.who = request.actor;
  act.role = name_of(request.role);
  const auto from = request.headers.find(kFrom);
  if (from != request.headers.end()) act.from = from->second;
}

} // namespace

std::span<const ActName> act_names()
{
  return kActs;
}

Result<std::optional<Instant>> moment_of(const Call& call, std::string_view parameter)
{
  const auto text = call.query(parameter);
  if (text.empty()) return std::nullopt;
  TRY(const auto at, from_rfc3339(text));
  return at;
}

std::shared_ptr<audit::Audit> audit_of(runtime::Hub& hub)
{
  return runtime::audit_of(hub.setup()->config(), hub.clock());
}

Result<Trace> Trace::begin(const Call& call, const Route& route)
{
  Trace trace(call.hub);
  auto& act = trace.act_;
  act.what = name_of_act(call, route);
  if (act.what.empty()) return trace;
  sign(act, call.request);
  act.object = call.parts.empty() && call.request.method == "GET"
                   ? call.request.path
                   : fmt::format("{}", fmt::join(call.parts, " "));
  act.request = call.hub.engine_services().ids.idempotency_key();
  act.reason = call.query("note");
  read_decision(call, act);
  if (call.unmasked && !call.query("unmask").empty()) {
    act.reason = call.query("unmask");
    if (act.what != "value.unmask") act.detail += " unmasked";
    if (act.what == "value.unmask") act.object = call.request.path;
  }
  act.outcome = "begun";
  TRY_VOID(audit_of(call.hub)->append(act));
  return trace;
}

void Trace::end(int status)
{
  if (act_.what.empty()) return;
  act_.outcome = status < 400 ? "done" : status < 500 ? "refused" : "failed";
  // One person's word on money, which waits for another's.
  if (status == 202 && act_.what.ends_with(".resolve")) act_.outcome = "proposed";
  audit_of(*hub_)->note(act_, false);
  if (act_.what == "conflict.resolve" && act_.outcome == "done")
    hub_->log().event(Event::conflict_resolved, act_.detail,
                      {{"by", act_.who}, {"conflict", act_.object}});
}

void note_denied(runtime::Hub& hub, const Request& request, std::string_view what)
{
  audit::Act act;
  sign(act, request);
  act.what = "access.denied";
  act.object = request.path;
  act.outcome = "refused";
  act.detail = what;
  audit_of(hub)->note(act);
  hub.log().event(Event::access_refused, "the role does not reach so far",
                  {{"by", act.who}, {"role", act.role}, {"asked", act.detail}});
}

Refusals::~Refusals()
{
  for (const auto& [who, alike] : alike_)
    if (alike.more > 0) write({who.first, who.second, ""}, alike.more - 1);
}

void Refusals::take(const Refusal& refusal)
{
  const auto now = hub_.clock().now();
  std::size_t more = 0;
  {
    const std::lock_guard lock(mutex_);
    if (alike_.size() >= kAlikeMax) alike_.clear();
    auto& alike = alike_[{refusal.from, refusal.why}];
    if (alike.first != Instant{} && now - alike.first < kAlike) {
      ++alike.more;
      return;
    }
    alike.first = now;
    more = std::exchange(alike.more, 0);
  }
  write(refusal, more);
}

void Refusals::write(const Refusal& refusal, std::size_t more)
{
  audit::Act act;
  act.who = "nobody";
  act.role = "none";
  act.from = refusal.from;
  act.what = "access.refused";
  act.object = refusal.path;
  act.outcome = "refused";
  act.detail = refusal.why;
  if (more > 0) act.detail += fmt::format("; and {} times before", more);
  audit_of(hub_)->note(act);
  hub_.log().event(Event::access_refused, refusal.why, {{"from", refusal.from}});
}

} // namespace gramsetu::api
