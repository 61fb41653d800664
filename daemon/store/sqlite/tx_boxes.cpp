// The inbox and the outbox.
#include "daemon/store/shared/read_rows.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

namespace gramsetu::store {

namespace {

const std::string kSelectInbox =
    "SELECT flow, slice, key, body, remote_id, version, digest, "
    "deleted, absent, modified, received_at, run, fingerprint, sum FROM gs_inbox";

const std::string kSelectOutbox =
    "SELECT flow, key, state, again, verb, idempotency_key, payload, base, digest, batch, "
    "first_sent, last_sent, sends, expected_version, attempts, created_at, not_before, error, sum "
    "FROM gs_outbox";

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
  return query.bind(flow, key).first(read_inbox<Query>);
}

Result<std::vector<InboxRow>> SqliteTx::inbox(std::string_view flow, std::string_view slice,
                                              std::string_view after_key, std::size_t limit)
{
  Select select(kSelectInbox);
  select.where("flow = ?", flow).where_given("slice = ?", slice);
  select.where_given("key > ?", after_key).then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_inbox<Query>);
}

Result<std::vector<std::string>> SqliteTx::inbox_slices(std::string_view flow)
{
  Query query(db_, "SELECT DISTINCT slice FROM gs_inbox WHERE flow = ? ORDER BY slice");
  return query.bind(flow).all([](Query& row) -> Result<std::string> { return row.text(); });
}

Result<InboxSize> SqliteTx::inbox_size(std::string_view flow, std::string_view slice,
                                       std::string_view run)
{
  Query query(db_,
              "SELECT count(*), count(*) FILTER (WHERE deleted <> 0 OR absent <> 0) FROM gs_inbox "
              "WHERE flow = ? AND slice = ? AND (run = '' OR run = ?)");
  return read_inbox_size(query.bind(flow, slice, run));
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
  return query.bind(flow, key).first(read_outbox<Query>);
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
  return query.all(read_outbox<Query>);
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
  TRY_VOID(scrub_rows(in, read_inbox<Query>));
  Query out(db_, kSelectOutbox);
  return scrub_rows(out, read_outbox<Query>);
}

} // namespace gramsetu::store
