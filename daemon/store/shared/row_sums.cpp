// The checksums of rows, row by row.
#include "daemon/store/shared/row_sums.hpp"

#include "daemon/store/shared/sum.hpp"

#include <array>

namespace gramsetu::store {

namespace {

constexpr std::array<std::string_view, 4> kStates = {"pending", "in_flight", "unknown", "parked"};

std::int64_t millis(const std::optional<Instant>& at)
{
  return at ? at->time_since_epoch().count() : -1;
}

} // namespace

std::string_view name_of(OutboxState state)
{
  return kStates.at(static_cast<std::size_t>(state));
}

OutboxState outbox_state(std::string_view name)
{
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == name) return static_cast<OutboxState>(i);
  return OutboxState::pending; // the row's checksum tells
}

std::int64_t sum_of(const RecordRow& row)
{
  const auto dead = row.dead_until ? row.dead_until->time_since_epoch().count() : -1;
  return row_sum(
      {row.entity, row.key, row.body, row.origin, row.place},
      {row.revision, row.sequence, row.deleted, row.changed_at.time_since_epoch().count(), dead});
}

// Slice and absences are left out: `adopt_seen` moves them for many rows at once, and no value hangs on them.
std::int64_t sum_of(const ShadowRow& row)
{
  return row_sum(
      {row.flow, row.key, row.remote_id, as_bytes(row.mark.digest), row.mark.version, row.base},
      {row.mark.deleted});
}

std::int64_t sum_of(const InboxRow& row)
{
  return row_sum({row.flow, row.slice, row.key, row.body, row.remote_id, row.version,
                  as_bytes(row.digest), row.run},
                 {row.deleted, row.absent, millis(row.modified), millis(row.received_at)});
}

std::int64_t sum_of(const OutboxRow& row)
{
  return row_sum({row.flow, row.key, name_of(row.state), row.verb, row.idempotency_key, row.payload,
                  row.base, as_bytes(row.digest), row.batch, row.expected_version, row.error},
                 {row.again, millis(row.first_sent), millis(row.last_sent), row.sends, row.attempts,
                  millis(row.created_at), millis(row.not_before)});
}

// Not over the sequence, and of a conflict not over the id: they say where the row stands.
std::int64_t sum_of(const ChangeRow& row)
{
  return row_sum({row.entity, row.key, row.kind, row.fields, row.origin, row.actor, row.run,
                  row.rule, row.note},
                 {row.at.time_since_epoch().count()});
}

std::int64_t sum_of(const PlannedRow& row)
{
  return row_sum({row.run, row.key, row.change, row.verb, as_bytes(row.news), as_bytes(row.shadow),
                  as_bytes(row.push), as_bytes(row.digest), row.state},
                 {row.revision});
}

std::int64_t sum_of(const PlaceRow& row)
{
  return row_sum({row.kind, row.code, row.listing, row.body, row.effective},
                 {row.version, row.minor, row.heard_at.time_since_epoch().count(),
                  millis(row.corrected_at), millis(row.ended_at)});
}

std::int64_t sum_of(const SuccessionRow& row)
{
  return row_sum({row.source, row.from_kind, row.from_code, row.to_kind, row.to_code, row.extent,
                  row.cause, row.effective, row.order, row.order_date},
                 {});
}

std::int64_t sum_of(const ConflictRow& row)
{
  return row_sum({row.flow, row.entity, row.key, row.field, row.base, row.hub, row.remote,
                  row.outcome, row.winner},
                 {millis(row.hub_at), millis(row.remote_at)});
}

} // namespace gramsetu::store
