// Certificates of both kinds: of everything, and of what a run has just written.
#include "daemon/engine/verify/verify.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/stage/stage.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/engine/verify/compare.hpp"
#include "daemon/engine/verify/expected.hpp"
#include "schema/canonical.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using connectors::Reference;
using connectors::Sighting;
using schema::Record;

Result<std::vector<Sighting>> look_at(const Run& run, const std::vector<std::string>& keys)
{
  std::vector<Reference> references;
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (const auto& key : keys) {
      TRY(const auto shadow, tx.shadow(run.flow.id, key));
      references.push_back({key, shadow ? shadow->remote_id : std::string()});
    }
    return {};
  }));
  run.step(Stage::verify);
  return run.flow.connector->probe(*run.flow.stream, references, run.stop);
}

// What was written, as it is there now. What cannot be read as a record has no field.
Result<std::optional<Record>> seen_record(store::Tx& tx, const Flow& flow, const Sighting& sighting)
{
  if (!sighting.found || sighting.record.deleted) return std::optional<Record>();
  TRY(const auto outcome, stage_record(tx, flow, sighting.record));
  const auto* staged = std::get_if<Staged>(&outcome);
  if (!staged) return std::optional(Record(*flow.entity));
  TRY(auto base, read_base(*flow.entity, staged->news.body));
  return std::optional(std::move(base.record));
}

struct ReadBack {
  const Flow& flow;
  Ranges ranges{};
  Certificate certificate{};
};

Result<void> weigh(store::Tx& tx, ReadBack& read, const std::string& key, const Sighting& sighting)
{
  const auto& flow = read.flow;
  TRY(const bool left_out, is_left_out(tx, flow, key));
  if (left_out) {
    read.ranges.leave_out(key);
    return {};
  }
  std::optional<Record> ours;
  TRY(const auto row, tx.record(flow.entity->name, key));
  if (row) {
    TRY(ours, expected_record(tx, flow, *row));
  }
  TRY(const auto theirs, seen_record(tx, flow, sighting));
  const auto& pulled = flow.stream->mapping->pulled();
  if (ours) read.ranges.add_hub(key, digest_of(*flow.entity, *ours, pulled));
  if (theirs) read.ranges.add_endpoint(key, digest_of(*flow.entity, *theirs, pulled));
  auto difference = difference_of(flow, key, ours, theirs);
  if (!difference) return {};
  ++read.certificate.differing;
  TRY(difference->note, what_waits(tx, flow, key));
  read.certificate.differences.push_back(std::move(*difference));
  return {};
}

} // namespace

Result<Certificate> verify_flow(const Flow& flow, const Services& services,
                                const VerifyOptions& options, std::stop_token stop)
{
  const FlowsOf alone{&flow};
  const RunOptions plain;
  const Run run{flow, alone, plain, services, stop};
  TRY(auto certificate, compare(run, options.evidence));
  if (options.evidence) return certificate;
  TRY_VOID(services.store.transact(
      [&](store::Tx& tx) -> Result<void> { return tx.twins_clear(flow.id); }));
  return certificate;
}

Result<Certificate> read_back(const Run& run)
{
  ReadBack read{run.flow};
  auto& certificate = read.certificate;
  certificate.written = run.report.counts.pushed;
  certificate.slices_read = run.report.counts.slices;
  certificate.slices_failed = run.report.counts.slices_failed;
  certificate.records_read = run.report.counts.pulled;
  certificate.fields = compared_fields(run.flow);
  certificate.keyed = keyed_fields(run.flow);
  auto keys = run.pushed; // one that was written twice is there once
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<Sighting> sightings;
  if (!keys.empty() && run.flow.connector->capabilities(*run.flow.stream).probes) {
    TRY(sightings, look_at(run, keys));
  }
  TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
    for (std::size_t i = 0; i < sightings.size(); ++i)
      TRY_VOID(weigh(tx, read, keys[i], sightings[i]));
    TRY(certificate.records, tx.count_records(run.flow.entity->name));
    return {};
  }));
  certificate.agree = read.ranges.agree();
  certificate.whole = read.ranges.whole();
  certificate.ranges = read.ranges.list();
  return std::move(certificate);
}

} // namespace gramsetu::engine
