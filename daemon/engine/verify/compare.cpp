// A merge of two sorted lists, the hub's records and the twins: memory is that of two batches.
#include "daemon/engine/verify/compare.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/engine/verify/expected.hpp"
#include "daemon/engine/verify/listing.hpp"
#include "schema/canonical.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Record;
using store::RecordRow;
using store::TwinRow;

struct Comparison {
  const Run& run;
  const bool keep_texts;
  Ranges ranges{};
  Certificate certificate{};
};

// The endpoint's record. Where no text was kept it is as the shadow says.
Result<std::optional<Record>> record_there(store::Tx& tx, const Flow& flow, const TwinRow& twin)
{
  if (!twin.there) return std::optional<Record>();
  auto text = twin.theirs;
  if (text.empty()) {
    TRY(const auto shadow, tx.shadow(flow.id, twin.key));
    if (shadow) text = shadow->base;
  }
  TRY(auto base, read_base(*flow.entity, text));
  return std::optional(std::move(base.record));
}

// A push alone says nothing about records that somebody else brought there.
Result<bool> is_not_ours(store::Tx& tx, const Flow& flow, const std::optional<Record>& ours,
                         const std::string& key)
{
  if (flow.pulls || ours) return false;
  TRY(const auto shadow, tx.shadow(flow.id, key));
  return !shadow;
}

Result<void> name_difference(store::Tx& tx, Comparison& comparison,
                             const std::optional<Record>& ours, const TwinRow& twin)
{
  auto& certificate = comparison.certificate;
  ++certificate.differing;
  if (certificate.differences.size() >= kDifferingMax) return {};
  const auto& flow = comparison.run.flow;
  TRY(const auto theirs, record_there(tx, flow, twin));
  // Alike field by field, though not in the sum: the shadow is not what the endpoint has.
  auto difference = difference_of(flow, twin.key, ours, theirs)
                        .value_or(Difference{twin.key, Difference::Kind::fields, {}, ""});
  TRY(difference.note, what_waits(tx, flow, twin.key));
  certificate.differences.push_back(std::move(difference));
  return {};
}

// One key, as both sides have it.
Result<void> weigh(store::Tx& tx, Comparison& comparison, const RecordRow* row, TwinRow twin)
{
  const auto& flow = comparison.run.flow;
  if (twin.left_out) {
    comparison.ranges.leave_out(twin.key);
    return {};
  }
  std::optional<Record> ours;
  if (row) {
    TRY(ours, expected_record(tx, flow, *row));
  }
  TRY(const bool not_ours, is_not_ours(tx, flow, ours, twin.key));
  if (not_ours) twin.there = false;
  Digest digest{};
  if (ours) digest = digest_of(*flow.entity, *ours, flow.stream->mapping->pulled());
  if (ours) comparison.ranges.add_hub(twin.key, digest);
  if (twin.there) comparison.ranges.add_endpoint(twin.key, twin.digest);
  twin.differs = ours.has_value() != twin.there || (ours && digest != twin.digest);
  if (twin.differs) TRY_VOID(name_difference(tx, comparison, ours, twin));
  if (comparison.keep_texts && ours) twin.ours = projection_json(flow, *ours);
  const bool kept = twin.differs || comparison.keep_texts || not_ours;
  return kept ? tx.put_twin(twin) : Result<void>{};
}

// Both sides up to the key that the shorter batch reaches; false when nothing is left.
Result<bool> weigh_batch(store::Tx& tx, Comparison& comparison, std::string& after)
{
  const auto& flow = comparison.run.flow;
  store::RecordQuery query;
  query.entity = flow.entity->name;
  query.after_key = after;
  query.limit = kBatchRecords;
  TRY(const auto rows, tx.records(query));
  TRY(auto twins, tx.twins(flow.id, after, kBatchRecords, false));
  const bool more_rows = rows.size() == kBatchRecords, more_twins = twins.size() == kBatchRecords;
  std::optional<std::string> bound;
  if (more_rows) bound = rows.back().key;
  if (more_twins && (!bound || twins.back().key < *bound)) bound = twins.back().key;
  auto row = rows.begin();
  auto twin = twins.begin();
  while (row != rows.end() || twin != twins.end()) {
    const bool ours = row != rows.end() && (twin == twins.end() || row->key <= twin->key);
    const bool theirs = twin != twins.end() && (row == rows.end() || twin->key <= row->key);
    const std::string& key = ours ? row->key : twin->key;
    if (bound && key > *bound) break;
    TwinRow pair;
    pair.flow = flow.id;
    pair.key = key;
    if (theirs) pair = std::move(*twin);
    TRY_VOID(weigh(tx, comparison, ours ? &*row : nullptr, std::move(pair)));
    row += ours;
    twin += theirs;
  }
  if (bound) after = *bound;
  return bound.has_value();
}

} // namespace

Result<Certificate> compare(const Run& run, bool keep_texts)
{
  Comparison comparison{run, keep_texts};
  auto& certificate = comparison.certificate;
  TRY_VOID(run.services.store.transact(
      [&](store::Tx& tx) -> Result<void> { return tx.twins_clear(run.flow.id); }));
  Listing listing;
  listing.keep_texts = keep_texts;
  TRY_VOID(read_listing(run, listing));
  std::string after;
  for (bool more = true; more;) {
    if (run.stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    run.step(Stage::verify);
    TRY_VOID(run.services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(more, weigh_batch(tx, comparison, after));
      TRY(certificate.records, tx.count_records(run.flow.entity->name));
      return {};
    }));
  }
  certificate.kind = Certificate::Kind::complete;
  certificate.agree = comparison.ranges.agree();
  certificate.whole = comparison.ranges.whole();
  certificate.ranges = comparison.ranges.list();
  certificate.unreadable = listing.unreadable;
  certificate.slices_read = listing.slices;
  certificate.records_read = listing.records;
  certificate.fields = compared_fields(run.flow);
  certificate.keyed = keyed_fields(run.flow);
  return std::move(certificate);
}

std::optional<Difference> difference_of(const Flow& flow, const std::string& key,
                                        const std::optional<Record>& ours,
                                        const std::optional<Record>& theirs)
{
  if (!ours && !theirs) return std::nullopt;
  if (!theirs) return Difference{key, Difference::Kind::only_here, {}, ""};
  if (!ours) return Difference{key, Difference::Kind::only_there, {}, ""};
  Difference difference{key, Difference::Kind::fields, {}, ""};
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < pulled.size(); ++i) {
    const auto& field = flow.entity->fields[i];
    if (pulled[i] && !same_value(field, ours->fields[i], theirs->fields[i]))
      difference.fields.push_back({field.name, ours->fields[i], theirs->fields[i]});
  }
  if (difference.fields.empty()) return std::nullopt;
  return difference;
}

Result<std::string> what_waits(store::Tx& tx, const Flow& flow, const std::string& key)
{
  TRY(const auto outbox, tx.outbox_of(flow.id, key));
  TRY(const auto inbox, tx.inbox_of(flow.id, key));
  if (outbox && outbox->state == store::OutboxState::unknown)
    return std::string("what was sent has had no answer yet");
  if (outbox && outbox->state != store::OutboxState::parked)
    return std::string("the hub's change waits to be sent");
  if (inbox) return std::string("the endpoint's news waits to be applied");
  return std::string();
}

} // namespace gramsetu::engine
