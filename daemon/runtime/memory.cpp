// Facts of flows and endpoints: dirty marks, failures in a row, who is down since when.
#include "daemon/runtime/memory.hpp"

#include "base/digest.hpp"
#include "daemon/engine/progress.hpp"
#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/value.hpp"

#include <fmt/format.h>

namespace gramsetu::runtime {

namespace {

// Deaths in a row, without a page more than before, after which a flow is put aside.
constexpr std::int64_t kDeathsMax = 2;
// How long it stays aside: long enough for a person to look, short enough that a passing fault costs
// an hour and not a week.
constexpr std::chrono::hours kAsideFor{1};

std::string name(std::string_view flow, std::string_view what)
{
  return fmt::format("hub/flow/{}/{}", flow, what);
}

std::string down_name(std::string_view endpoint)
{
  return fmt::format("hub/endpoint/{}/down", endpoint);
}

Result<void> write(store::Tx& tx, const std::string& fact, schema::Object object)
{
  return tx.put_fact(fact, schema::to_json(std::move(object)));
}

// How far the flow has come: changes whenever a run got further. Each part is written where it changes, as
// counting what is there would take the longer the more there is.
Result<std::string> progress_of(store::Tx& tx, std::string_view flow, std::string_view entity)
{
  TRY(std::string all, engine::noted_progress(tx, flow));
  TRY(const auto slices, tx.slices(flow));
  for (const auto& slice : slices)
    all += fmt::format(";{}|{}|{}|{}", slice.slice, slice.cursor, slice.loaded, slice.count);
  TRY(const auto records, tx.count_records(entity));
  return to_hex(sha256(fmt::format("{};{}", all, records)));
}

} // namespace

Result<FlowMemory> recall(store::Tx& tx, std::string_view flow)
{
  FlowMemory memory;
  TRY(auto last, tx.fact(name(flow, "last_run")));
  memory.last_run = last.value_or("");
  TRY(const auto agreed, tx.fact(name(flow, "agreed")));
  if (agreed) {
    if (auto at = from_rfc3339(*agreed)) memory.agreed = *at;
  }
  TRY(const auto failures, tx.fact(name(flow, "failures")));
  if (failures)
    memory.failures = static_cast<unsigned>(schema::read_integer(*failures).value_or(0));
  TRY(const auto aside, fact_object(tx, name(flow, "aside")));
  if (!aside.empty())
    memory.aside = {instant_of(aside, "since"), instant_of(aside, "until"), text_of(aside, "run")};
  return memory;
}

Result<void> mark_started(store::Tx& tx, std::string_view flow, std::string_view entity,
                          std::string_view run)
{
  TRY(auto dirty, fact_object(tx, name(flow, "dirty")));
  TRY(auto progress, progress_of(tx, flow, entity));
  dirty.set("run", run);
  dirty.set("progress", std::move(progress));
  TRY_VOID(write(tx, name(flow, "dirty"), std::move(dirty)));
  return tx.put_fact(name(flow, "last_run"), run);
}

Result<void> mark_ended(store::Tx& tx, std::string_view flow, const Ending& ending)
{
  TRY_VOID(tx.erase_fact(name(flow, "dirty")));
  TRY_VOID(tx.erase_fact(name(flow, "aside")));
  if (ending.failed) {
    TRY(const auto memory, recall(tx, flow));
    return tx.put_fact(name(flow, "failures"), std::to_string(memory.failures + 1));
  }
  TRY_VOID(tx.erase_fact(name(flow, "failures")));
  if (!ending.well) return {};
  return tx.put_fact(name(flow, "agreed"), to_rfc3339(ending.at));
}

Result<std::optional<Aside>> review(store::Tx& tx, std::string_view flow, std::string_view entity,
                                    Instant now)
{
  TRY(auto dirty, fact_object(tx, name(flow, "dirty")));
  const auto run = text_of(dirty, "run");
  if (run.empty()) return std::nullopt;
  TRY(const auto progress, progress_of(tx, flow, entity));
  const auto deaths = progress == text_of(dirty, "progress") ? number_of(dirty, "deaths") + 1 : 0;
  dirty.set("deaths", deaths);
  dirty.set("run", ""); // this death is counted
  TRY_VOID(write(tx, name(flow, "dirty"), std::move(dirty)));
  if (deaths < kDeathsMax) return std::nullopt;
  const Aside aside{now, now + kAsideFor, run};
  schema::Object fact;
  fact.append("since", to_rfc3339(aside.since));
  fact.append("until", to_rfc3339(aside.until));
  fact.append("run", run);
  TRY_VOID(write(tx, name(flow, "aside"), std::move(fact)));
  return aside;
}

Result<LastCertificate> last_certificate(store::Tx& tx, std::string_view flow)
{
  TRY(const auto fact, fact_object(tx, name(flow, "certificate")));
  return LastCertificate{number_of(fact, "number"), text_of(fact, "digest")};
}

Result<void> note_certificate(store::Tx& tx, std::string_view flow, const LastCertificate& last)
{
  schema::Object fact;
  fact.append("number", last.number);
  fact.append("digest", last.digest);
  return write(tx, name(flow, "certificate"), std::move(fact));
}

Result<std::optional<Down>> down_since(store::Tx& tx, std::string_view endpoint)
{
  TRY(const auto fact, fact_object(tx, down_name(endpoint)));
  if (fact.empty()) return std::nullopt;
  return Down{instant_of(fact, "since"), text_of(fact, "reason")};
}

Result<bool> went_down(store::Tx& tx, std::string_view endpoint, const Down& down)
{
  TRY(const auto before, down_since(tx, endpoint));
  schema::Object fact;
  fact.append("since", to_rfc3339(before ? before->since : down.since));
  fact.append("reason", down.reason);
  TRY_VOID(write(tx, down_name(endpoint), std::move(fact)));
  return !before;
}

Result<std::optional<Down>> came_back(store::Tx& tx, std::string_view endpoint)
{
  TRY(const auto before, down_since(tx, endpoint));
  if (before) TRY_VOID(tx.erase_fact(down_name(endpoint)));
  return before;
}

} // namespace gramsetu::runtime
