// Reports as JSON and as log pairs.
#include "daemon/runtime/run_json.hpp"

#include <fmt/format.h>

namespace gramsetu::runtime {

namespace {

schema::Value number(std::size_t count)
{
  return static_cast<std::int64_t>(count);
}

schema::List trips_json(const std::vector<engine::Trip>& trips)
{
  schema::List all;
  for (const auto& trip : trips) {
    schema::Object line;
    line.append("rail", trip.rail);
    line.append("count", number(trip.count));
    line.append("of", number(trip.of));
    line.append("why", trip.why);
    all.emplace_back(std::move(line));
  }
  return all;
}

} // namespace

std::string_view name_of(RunKind kind)
{
  switch (kind) {
  case RunKind::sync: return "sync";
  case RunKind::plan: return "plan";
  case RunKind::verify: return "verify";
  case RunKind::apply: return "apply";
  case RunKind::undo: return "undo";
  case RunKind::repair: return "repair";
  }
  return "sync";
}

schema::Object counts_json(const engine::Counts& counts, RunKind kind,
                           std::chrono::milliseconds took)
{
  schema::Object json;
  json.append("kind", name_of(kind));
  json.append("pulled", number(counts.pulled));
  json.append("unchanged", number(counts.unchanged));
  json.append("created", number(counts.created));
  json.append("updated", number(counts.updated));
  json.append("deleted", number(counts.deleted));
  json.append("conflicts", number(counts.conflicts));
  json.append("opened", number(counts.opened));
  json.append("quarantined", number(counts.quarantined));
  json.append("waiting", number(counts.waiting));
  json.append("pushed", number(counts.pushed));
  json.append("refused", number(counts.refused));
  json.append("unknown", number(counts.unknown));
  json.append("kept", number(counts.kept));
  json.append("superseded", number(counts.superseded));
  json.append("drifted", number(counts.drifted));
  json.append("restored", number(counts.restored));
  json.append("left", number(counts.left));
  json.append("bytes", number(counts.bytes));
  json.append("slices", number(counts.slices));
  json.append("slices_failed", number(counts.slices_failed));
  json.append("differed", number(counts.differed));
  json.append("heard", number(counts.heard));
  json.append("offered", number(counts.offered));
  json.append("milliseconds", static_cast<std::int64_t>(took.count()));
  return json;
}

schema::List plan_json(const std::vector<engine::PlanSummary>& plan)
{
  schema::List slices;
  for (const auto& summary : plan) {
    schema::Object slice;
    slice.append("slice", summary.slice);
    slice.append("known", number(summary.known));
    slice.append("last", number(summary.last));
    if (summary.found) slice.append("found", number(*summary.found));
    slice.append("empty", summary.empty);
    slice.append("creates", number(summary.creates));
    slice.append("updates", number(summary.updates));
    slice.append("deletes", number(summary.deletes));
    slice.append("conflicts", number(summary.conflicts));
    slice.append("pushes", number(summary.pushes));
    schema::List samples;
    for (const auto& sample : summary.samples) {
      schema::Object line;
      line.append("key", sample.key);
      line.append("change", sample.change);
      line.append("what", sample.what);
      if (!sample.values.empty()) line.append("values", sample.values);
      samples.emplace_back(std::move(line));
    }
    slice.append("samples", std::move(samples));
    slice.append("trips", trips_json(summary.trips));
    slices.emplace_back(std::move(slice));
  }
  return slices;
}

std::vector<LogField> finish_fields(const engine::Counts& counts, std::chrono::milliseconds took,
                                    std::string freshness)
{
  return {{"pulled", std::to_string(counts.pulled)},
          {"unchanged", std::to_string(counts.unchanged)},
          {"created", std::to_string(counts.created)},
          {"updated", std::to_string(counts.updated)},
          {"deleted", std::to_string(counts.deleted)},
          {"conflicts", std::to_string(counts.conflicts)},
          {"quarantined", std::to_string(counts.quarantined)},
          {"pushed", std::to_string(counts.pushed)},
          {"unknown", std::to_string(counts.unknown)},
          {"bytes", std::to_string(counts.bytes)},
          {"seconds", fmt::format("{}.{:03}", took.count() / 1000, took.count() % 1000)},
          {"freshness", std::move(freshness)}};
}

} // namespace gramsetu::runtime
