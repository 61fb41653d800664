// Metrics of flows: how fresh, what waits, what runs came to. Labels are flows and words of ours, never records.
#include "daemon/api/metrics_parts.hpp"
#include "daemon/api/trace.hpp"
#include "daemon/schedule/cron.hpp"
#include "schema/json.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace gramsetu::api {

namespace chr = std::chrono;

namespace {

// How old a place's data may be, for a person's eye; above the last there is "older".
struct Bound {
  std::string_view name;
  chr::milliseconds most;
};
constexpr std::array kBounds = {Bound{"1h", chr::hours(1)}, Bound{"6h", chr::hours(6)},
                                Bound{"1d", chr::hours(24)}, Bound{"3d", chr::hours(72)},
                                Bound{"7d", chr::hours(168)}};

std::string_view class_of(const runtime::PlaceAge& place, Instant now)
{
  if (!place.at) return "never";
  const auto bound = std::find_if(kBounds.begin(), kBounds.end(),
                                  [&](const Bound& each) { return now - *place.at <= each.most; });
  return bound == kBounds.end() ? "older" : bound->name;
}

void write_places(MetricsWriter& out, const MetricsSource& from)
{
  out.family("gramsetu_flow_places", "gauge",
             "Places by the age of their newest agreement: up to that age, older, or never.");
  for (const auto& flow : from.status.flows) {
    std::map<std::string_view, std::size_t> counts{{"older", 0}, {"never", 0}};
    for (const auto& bound : kBounds)
      counts[bound.name] = 0;
    for (const auto& place : flow.places)
      ++counts[class_of(place, from.now)];
    for (const auto& [age, count] : counts)
      if (!flow.places.empty()) out.sample({{"flow", flow.flow->id}, {"age", age}}, count);
  }
  out.family("gramsetu_flow_stalest_place_age_seconds", "gauge",
             "Age of the stalest place's newest agreement, with its code.");
  for (const auto& flow : from.status.flows) {
    const auto known = std::find_if(flow.places.begin(), flow.places.end(),
                                    [](const auto& place) { return place.at.has_value(); });
    if (known != flow.places.end())
      out.sample({{"flow", flow.flow->id}, {"place", known->place}},
                 chr::milliseconds(from.now - *known->at));
  }
}

// From one start of its schedule to the next; what a window leaves out is waited for, too.
chr::milliseconds interval_of(const config::FlowSettings& flow, Instant now, chr::minutes offset)
{
  chr::milliseconds interval = flow.every.value_or(chr::milliseconds(0));
  const auto cron = schedule::parse_cron(flow.cron); // an error where there is none
  const auto first = cron ? schedule::next_after(*cron, now, offset) : std::nullopt;
  const auto second = first ? schedule::next_after(*cron, *first, offset) : std::nullopt;
  if (second) interval = *second - *first;
  return flow.window ? std::max<chr::milliseconds>(interval, chr::hours(24)) : interval;
}

using Value = std::function<std::optional<Amount>(const FlowStatus&)>;

void write_each(MetricsWriter& out, const MetricsSource& from, const Value& value)
{
  for (const auto& flow : from.status.flows)
    if (const auto found = value(flow)) out.sample({{"flow", flow.flow->id}}, *found);
}

void write_freshness(MetricsWriter& out, const MetricsSource& from)
{
  out.family("gramsetu_flow_age_seconds", "gauge",
             "Age of the newest agreement of the flow's stalest slice.");
  write_each(out, from, [&](const auto& flow) {
    return flow.fresh ? std::optional<Amount>(chr::milliseconds(from.now - *flow.fresh))
                      : std::nullopt;
  });
  out.family("gramsetu_flow_interval_seconds", "gauge", "From one scheduled start to the next.");
  write_each(out, from, [&](const auto& flow) -> std::optional<Amount> {
    const auto* settings = from.setup.settings_of(flow.flow->id);
    if (!settings) return std::nullopt;
    return interval_of(*settings, from.now, from.setup.offset);
  });
  write_places(out, from);
}

struct Queue {
  std::string_view name;
  std::size_t store::FlowTotals::*size;
};
constexpr std::array kQueues = {Queue{"outbox", &store::FlowTotals::pending},
                                Queue{"unknown", &store::FlowTotals::unknown},
                                Queue{"parked", &store::FlowTotals::parked},
                                Queue{"inbox", &store::FlowTotals::inbox},
                                Queue{"conflicts", &store::FlowTotals::conflicts},
                                Queue{"quarantine", &store::FlowTotals::quarantined},
                                Queue{"exceptions", &store::FlowTotals::exceptions}};

void write_queues(MetricsWriter& out, const MetricsSource& from)
{
  out.family("gramsetu_queue_records", "gauge",
             "What waits: to be sent, for an answer, for its slice, for a person.");
  for (const auto& flow : from.status.flows) {
    for (const auto& queue : kQueues)
      out.sample({{"flow", flow.flow->id}, {"queue", queue.name}}, flow.totals.*queue.size);
    out.sample({{"flow", flow.flow->id}, {"queue", "held"}}, flow.held ? 1 : 0);
  }
  out.family("gramsetu_queue_age_seconds", "gauge", "Since when the oldest of them waits.");
  for (const auto& flow : from.status.flows) {
    const std::pair<std::string_view, std::optional<Instant>> oldest[] = {
        {"outbox", flow.totals.oldest_pending},
        {"unknown", flow.totals.oldest_unknown},
        {"conflicts", flow.oldest_conflict},
        {"quarantine", flow.oldest_quarantined},
        {"held", flow.held_since}};
    for (const auto& [queue, since] : oldest)
      if (since)
        out.sample({{"flow", flow.flow->id}, {"queue", queue}},
                   chr::milliseconds(from.now - *since));
  }
  out.gauge("gramsetu_waiting_records", "Records that wait for one that is not there yet.",
            from.status.waiting);
  out.gauge("gramsetu_orphaned_records",
            "What waits for flows that are not in the configuration any more.",
            from.status.orphaned);
}

void write_last_runs(MetricsWriter& out, const MetricsSource& from)
{
  const auto ended = [](const FlowStatus& flow) {
    return flow.last && flow.last->ended_at ? &*flow.last : nullptr;
  };
  out.family("gramsetu_flow_last_run_ok", "gauge", "1 when the last run ended well.");
  write_each(out, from, [&](const auto& flow) -> std::optional<Amount> {
    const auto* run = ended(flow);
    if (!run) return std::nullopt;
    return run->state == "done" || run->state == "partial" ? 1 : 0;
  });
  out.family("gramsetu_flow_last_run_timestamp_seconds", "gauge", "When the last run ended.");
  write_each(out, from, [&](const auto& flow) -> std::optional<Amount> {
    const auto* run = ended(flow);
    return run ? std::optional<Amount>((run->ended_at->time_since_epoch())) : std::nullopt;
  });
  out.family("gramsetu_flow_last_run_duration_seconds", "gauge", "How long the last run took.");
  write_each(out, from, [&](const auto& flow) -> std::optional<Amount> {
    const auto* run = ended(flow);
    return run ? std::optional<Amount>(chr::milliseconds(*run->ended_at - run->started_at))
               : std::nullopt;
  });
  out.family("gramsetu_flow_aside", "gauge", "1 while the flow is put aside: its runs ended us.");
  write_each(out, from,
             [](const auto& flow) -> std::optional<Amount> { return flow.aside ? 1 : 0; });
}

void write_tallies(MetricsWriter& out, const MetricsSource& from)
{
  const auto tallies = from.hub.meters().tallies();
  out.family("gramsetu_runs_total", "counter", "Runs that ended, by kind and state.");
  for (const auto& [flow, tally] : tallies)
    for (const auto& [what, count] : tally.runs)
      out.sample({{"flow", flow}, {"kind", what.first}, {"state", what.second}}, count);
  out.family("gramsetu_flow_records_total", "counter", "Records by what became of them in runs.");
  for (const auto& [flow, tally] : tallies) {
    const auto& counts = tally.counts;
    const std::pair<std::string_view, std::size_t> outcomes[] = {
        {"pulled", counts.pulled},           {"unchanged", counts.unchanged},
        {"created", counts.created},         {"updated", counts.updated},
        {"deleted", counts.deleted},         {"conflicts", counts.conflicts},
        {"quarantined", counts.quarantined}, {"waiting", counts.waiting},
        {"pushed", counts.pushed},           {"refused", counts.refused},
        {"unknown", counts.unknown}};
    for (const auto& [outcome, count] : outcomes)
      out.sample({{"flow", flow}, {"outcome", outcome}}, count);
  }
  out.family("gramsetu_flow_received_bytes_total", "counter", "Bytes that runs received.");
  for (const auto& [flow, tally] : tallies)
    out.sample({{"flow", flow}}, tally.counts.bytes);
}

} // namespace

void write_flows(MetricsWriter& out, const MetricsSource& from)
{
  write_freshness(out, from);
  write_queues(out, from);
  write_last_runs(out, from);
  write_tallies(out, from);
  out.family("gramsetu_records", "gauge", "Live records.");
  for (const auto& [entity, count] : from.status.records)
    out.sample({{"entity", entity}}, count);
  out.gauge("gramsetu_runs_live", "Runs that wait or go on.", from.hub.live().size());
}

std::string metrics_text(const HubStatus& status, runtime::Hub& hub, const runtime::Setup& setup)
{
  MetricsWriter out;
  const MetricsSource from{status, hub, setup, hub.clock().now()};
  write_flows(out, from);
  write_endpoints(out, from);
  write_standing(out, from);
  write_requests(out, from);
  write_process(out, from);
  write_care(out, status.care, from.now);
  out.gauge("gramsetu_audit_blocked",
            "1 while acts cannot be written to the audit log; money is not sent then.",
            audit_of(hub)->state().blocked ? 1 : 0);
  return out.take();
}

} // namespace gramsetu::api
