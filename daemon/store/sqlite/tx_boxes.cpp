// The inbox and the outbox.
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <array>

namespace gramsetu::store {

namespace {

const std::string kSelectInbox =
    "SELECT flow, slice, key, body, remote_id, version, digest, "
    "deleted, absent, modified, received_at, run, fingerprint, sum FROM gs_inbox";

const std::string kSelectOutbox =
    "SELECT flow, key, state, again, verb, idempotency_key, payload, base, digest, batch, "
    "first_sent, last_sent, sends, expected_version, attempts, created_at, not_before, error, sum "
    "FROM gs_outbox";

constexpr std::array<std::string_view, 4> kStates = {"pending", "in_flight", "unknown", "parked"};

std::string_view name_of(OutboxState state)
{
  return kStates.at(static_cast<std::size_t>(state));
}

std::int64_t millis(const std::optional<Instant>& at)
{
  return at ? at->time_since_epoch().count() : -1;
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

Result<InboxRow> read_inbox(Query& query)
{
  InboxRow row;
  row.flow = query.text();
  row.slice = query.text();
  row.key = query.text();
  row.body = query.text();
  row.remote_id = query.text();
  row.version = query.text();
  row.digest = query.digest();
  row.deleted = query.flag();
  row.absent = query.flag();
  row.modified = query.maybe_instant();
  row.received_at = query.instant();
  row.run = query.text();
  row.fingerprint = query.text();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "inbox", row.flow + "/" + row.key));
  return row;
}

Result<OutboxRow> read_outbox(Query& query)
{
  OutboxRow row;
  row.flow = query.text();
  row.key = query.text();
  const auto state = query.text();
  row.again = query.flag();
  row.verb = query.text();
  row.idempotency_key = query.text();
  row.payload = query.text();
  row.base = query.text();
  row.digest = query.digest();
  row.batch = query.text();
  row.first_sent = query.maybe_instant();
  row.last_sent = query.maybe_instant();
  row.sends = static_cast<int>(query.integer());
  row.expected_version = query.text();
  row.attempts = static_cast<int>(query.integer());
  row.created_at = query.instant();
  row.not_before = query.maybe_instant();
  row.error = query.text();
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == state) row.state = static_cast<OutboxState>(i);
  TRY_VOID(check_sum(query.integer(), sum_of(row), "outbox", row.flow + "/" + row.key));
  return row;
}

} // namespace

Result<void> SqliteTx::put_inbox(const InboxRow& row)
{
  Query query(db_, "INSERT INTO gs_inbox (flow, slice, key, body, remote_id, version, digest, "
                   "deleted, absent, modified, received_at, run, fingerprint, sum) "
                   "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (flow, key) DO UPDATE SET "
                   "slice = excluded.slice, body = excluded.body, remote_id = excluded.remote_id, "
                   "version = excluded.version, digest = excluded.digest, "
                   "deleted = excluded.deleted, absent = excluded.absent, "
                   "modified = excluded.modified, received_at = excluded.received_at, "
                   "run = excluded.run, fingerprint = excluded.fingerprint, sum = excluded.sum");
  query.bind(row.flow, row.slice, row.key, row.body, row.remote_id, row.version, row.digest,
             row.deleted, row.absent, row.modified, row.received_at, row.run, Blob{row.fingerprint},
             sum_of(row));
  return query.run();
}

Result<std::optional<InboxRow>> SqliteTx::inbox_of(std::string_view flow, std::string_view key)
{
  static const std::string sql = kSelectInbox + " WHERE flow = ? AND key = ?";
  Query query(db_, sql);
  return query.bind(flow, key).first(read_inbox);
}

Result<std::vector<InboxRow>> SqliteTx::inbox(std::string_view flow, std::string_view slice,
                                              std::string_view after_key, std::size_t limit)
{
  Select select(kSelectInbox);
  select.where("flow = ?", flow).where_given("slice = ?", slice);
  select.where_given("key > ?", after_key).then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_inbox);
}

Result<std::vector<std::string>> SqliteTx::inbox_slices(std::string_view flow)
{
  Query query(db_, "SELECT DISTINCT slice FROM gs_inbox WHERE flow = ? ORDER BY slice");
  return query.bind(flow).all([](Query& row) -> Result<std::string> { return row.text(); });
}

Result<void> SqliteTx::erase_inbox(std::string_view flow, std::string_view key)
{
  Query query(db_, "DELETE FROM gs_inbox WHERE flow = ? AND key = ?");
  return query.bind(flow, key).run();
}

Result<std::optional<OutboxRow>> SqliteTx::outbox_of(std::string_view flow, std::string_view key)
{
  static const std::string sql = kSelectOutbox + " WHERE flow = ? AND key = ?";
  Query query(db_, sql);
  return query.bind(flow, key).first(read_outbox);
}

Result<std::vector<OutboxRow>> SqliteTx::outbox(const OutboxQuery& asked)
{
  Select select(kSelectOutbox);
  select.where_given("flow = ?", asked.flow);
  if (asked.state) select.where("state = ?", name_of(*asked.state));
  if (asked.due)
    select.where("(not_before IS NULL OR not_before <= ?)", asked.due->time_since_epoch().count());
  select.where_given("batch = ?", asked.batch);
  if (asked.after) {
    select.where("(created_at, key) > (?, ?)", asked.after->first.time_since_epoch().count(),
                 asked.after->second);
  }
  select.then("ORDER BY created_at, flow, key", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_outbox);
}

Result<void> SqliteTx::put_outbox(const OutboxRow& row)
{
  Query query(
      db_, "INSERT INTO gs_outbox (flow, key, state, again, verb, idempotency_key, payload, "
           "base, digest, batch, first_sent, last_sent, sends, expected_version, attempts, "
           "created_at, not_before, error, sum) "
           "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (flow, key) DO UPDATE SET "
           "state = excluded.state, again = excluded.again, verb = excluded.verb, "
           "idempotency_key = excluded.idempotency_key, payload = excluded.payload, "
           "base = excluded.base, digest = excluded.digest, batch = excluded.batch, "
           "first_sent = excluded.first_sent, last_sent = excluded.last_sent, "
           "sends = excluded.sends, "
           "expected_version = excluded.expected_version, attempts = excluded.attempts, "
           "created_at = excluded.created_at, not_before = excluded.not_before, "
           "error = excluded.error, sum = excluded.sum");
  query.bind(row.flow, row.key, name_of(row.state), row.again, row.verb, row.idempotency_key,
             row.payload, row.base, row.digest, row.batch, row.first_sent, row.last_sent, row.sends,
             row.expected_version, row.attempts, row.created_at, row.not_before, row.error,
             sum_of(row));
  return query.run();
}

Result<void> SqliteTx::erase_outbox(std::string_view flow, std::string_view key)
{
  Query query(db_, "DELETE FROM gs_outbox WHERE flow = ? AND key = ?");
  return query.bind(flow, key).run();
}

Result<void> SqliteTx::scrub_boxes()
{
  Query in(db_, kSelectInbox);
  TRY_VOID(scrub_rows(in, read_inbox));
  Query out(db_, kSelectOutbox);
  return scrub_rows(out, read_outbox);
}

} // namespace gramsetu::store
