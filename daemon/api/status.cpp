// Gathers the hub's state from the store and from the runs that go on.
#include "daemon/api/status.hpp"

#include "connectors/api/traffic.hpp"
#include "daemon/engine/clock_doubt.hpp"
#include "daemon/runtime/hold.hpp"

#include <algorithm>

namespace gramsetu::api {

namespace {

// A flow is as fresh as its stalest place: the newest one would hide a place that fails every day.
std::optional<Instant> freshness(const std::vector<runtime::PlaceAge>& places,
                                 std::optional<Instant> agreed)
{
  const auto known =
      std::find_if(places.begin(), places.end(), [](const auto& place) { return place.at; });
  return known == places.end() ? agreed : known->at;
}

std::string state_of(runtime::Hub& hub, const FlowStatus& status)
{
  for (const auto& run : hub.live())
    if (run.ticket.flow == status.flow->id) return run.started ? "running" : "waiting";
  if (status.aside) return "aside";
  if (status.last && status.last->state == "failed") return "failed";
  return status.held ? "held" : "idle";
}

// Since when the oldest of what waits for a person does.
Result<void> add_ages(store::Tx& tx, FlowStatus& status)
{
  if (status.totals.conflicts > 0) {
    store::ConflictQuery query;
    query.flow = status.flow->id;
    query.open = true;
    query.limit = 1;
    TRY(const auto oldest, tx.conflicts(query));
    if (!oldest.empty()) status.oldest_conflict = oldest.front().opened_at;
  }
  if (status.totals.quarantined > 0) {
    store::QuarantineQuery query;
    query.flow = status.flow->id;
    query.state = "open";
    query.limit = 1;
    TRY(const auto oldest, tx.quarantine(query));
    if (!oldest.empty()) status.oldest_quarantined = oldest.front().first_at;
  }
  return {};
}

using Slices = std::map<const engine::Flow*, std::vector<connectors::Slice>>;

// Looked up before anything else, in transactions of its own.
Result<Slices> slices_of(runtime::Hub& hub, const runtime::Setup& setup)
{
  Slices slices;
  for (const auto& flow : setup.flows) {
    if (!flow->pulls) continue;
    TRY(slices[flow.get()], hub.freshness().slices(*flow, hub.store(), hub.clock()));
  }
  return slices;
}

Result<FlowStatus> flow_status(store::Tx& tx, const engine::Flow& flow, const store::Totals& totals,
                               const std::vector<connectors::Slice>& slices)
{
  FlowStatus status;
  status.flow = &flow;
  TRY(const auto memory, runtime::recall(tx, flow.id));
  status.aside = memory.aside;
  TRY(status.last, tx.run(memory.last_run));
  TRY(status.held, runtime::held_run(tx, flow.id));
  if (status.held) status.held_since = runtime::read_hold(status.held->hold).since;
  TRY(const auto rows, tx.slices(flow.id));
  status.places = runtime::place_ages(*flow.stream, slices, rows);
  status.fresh = freshness(status.places, memory.agreed);
  for (const auto& row : totals.flows)
    if (row.flow == flow.id) status.totals = row;
  TRY_VOID(add_ages(tx, status));
  return status;
}

void add_up(HubStatus& status, const store::Totals& totals, const runtime::Setup& setup)
{
  for (const auto& row : totals.flows) {
    status.conflicts += row.conflicts;
    status.quarantined += row.quarantined;
    status.exceptions += row.exceptions;
    status.unknown += row.unknown;
    if (row.oldest_unknown)
      status.oldest_unknown =
          std::min(status.oldest_unknown.value_or(*row.oldest_unknown), *row.oldest_unknown);
    const auto waits = row.pending + row.unknown + row.inbox + row.conflicts + row.quarantined;
    if (waits == 0 || setup.find(row.flow)) continue;
    status.orphaned += waits;
    status.left.push_back(row);
  }
}

Result<std::size_t> waiting(store::Tx& tx)
{
  constexpr std::size_t kPage = 1000;
  std::size_t records = 0;
  std::string after;
  for (bool more = true; more;) {
    TRY(const auto rows, tx.awaited("", after, kPage));
    for (const auto& row : rows)
      records += row.records;
    more = rows.size() == kPage;
    if (!rows.empty()) after = rows.back().waits_for;
  }
  return records;
}

} // namespace

Result<HubStatus> status_of(runtime::Hub& hub, const runtime::Setup& setup)
{
  HubStatus status;
  TRY(auto slices, slices_of(hub, setup));
  TRY_VOID(hub.store().transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto totals, tx.totals());
    status.records = totals.records;
    TRY(status.care, care_of(tx));
    for (const auto& flow : setup.flows) {
      TRY(auto row, flow_status(tx, *flow, totals, slices[flow.get()]));
      status.flows.push_back(std::move(row));
    }
    add_up(status, totals, setup);
    TRY(status.waiting, waiting(tx));
    for (const auto& [name, endpoint] : setup.config().endpoints) {
      TRY(auto down, runtime::down_since(tx, name));
      TRY(auto clock, engine::clock_of(tx, name));
      const auto traffic = connectors::traffic_of(name)->counts();
      status.endpoints.push_back(
          {name, std::move(down), clock, traffic.identity_until, traffic.server_until});
    }
    return {};
  }));
  for (auto& flow : status.flows) {
    flow.state = state_of(hub, flow);
    if (flow.held) ++status.held;
  }
  return status;
}

} // namespace gramsetu::api
