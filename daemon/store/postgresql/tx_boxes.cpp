// The inbox and the outbox.
#include "daemon/store/postgresql/scrub.hpp"
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_rows.hpp"

namespace gramsetu::store::postgresql {

namespace {

const std::string kSelectInbox =
    "SELECT flow, slice, key, body, remote_id, version, digest, "
    "deleted, absent, modified, received_at, run, fingerprint, sum FROM gs_inbox";

const std::string kSelectOutbox =
    "SELECT flow, key, state, again, verb, idempotency_key, payload, base, digest, batch, "
    "first_sent, last_sent, sends, expected_version, attempts, created_at, not_before, error, sum "
    "FROM gs_outbox";

} // namespace

Result<void> PostgresTx::put_inbox(const InboxRow& row)
{
  return rows_.put(row);
}

Result<std::optional<InboxRow>> PostgresTx::inbox_of(std::string_view flow, std::string_view key)
{
  return rows_.inbox(flow, key);
}

Result<std::vector<InboxRow>> PostgresTx::inbox(std::string_view flow, std::string_view slice,
                                                std::string_view after_key, std::size_t limit)
{
  TRY_VOID(flush());
  Select select(kSelectInbox);
  select.where("flow = ?", flow).where_given("slice = ?", slice);
  select.where_given("key > ?", after_key).then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  TRY(auto rows, query.all(read_inbox<Query>));
  std::vector<std::string> keys;
  for (const auto& row : rows)
    keys.push_back(row.key);
  if (keys.size() > 1) rows_.announce(flow, std::move(keys)); // each is looked up next
  return rows;
}

Result<std::vector<std::string>> PostgresTx::inbox_slices(std::string_view flow)
{
  TRY_VOID(flush());
  Query query(db_, "SELECT DISTINCT slice FROM gs_inbox WHERE flow = ? ORDER BY slice");
  return query.bind(flow).all([](Query& row) -> Result<std::string> { return row.text(); });
}

Result<InboxSize> PostgresTx::inbox_size(std::string_view flow, std::string_view slice,
                                         std::string_view run)
{
  TRY_VOID(flush());
  Query query(db_, "SELECT count(*), count(*) FILTER (WHERE deleted OR absent) FROM gs_inbox "
                   "WHERE flow = ? AND slice = ? AND (run = '' OR run = ?)");
  return read_inbox_size(query.bind(flow, slice, run));
}

Result<void> PostgresTx::erase_inbox(std::string_view flow, std::string_view key)
{
  return rows_.erase_inbox(flow, key);
}

Result<std::optional<OutboxRow>> PostgresTx::outbox_of(std::string_view flow, std::string_view key)
{
  return rows_.outbox(flow, key);
}

Result<std::vector<OutboxRow>> PostgresTx::outbox(const OutboxQuery& asked)
{
  TRY_VOID(flush());
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

Result<void> PostgresTx::put_outbox(const OutboxRow& row)
{
  return rows_.put(row);
}

Result<void> PostgresTx::erase_outbox(std::string_view flow, std::string_view key)
{
  return rows_.erase_outbox(flow, key);
}

Result<void> PostgresTx::scrub_boxes()
{
  TRY_VOID(scrub_rows(db_, kSelectInbox, read_inbox<Query>));
  return scrub_rows(db_, kSelectOutbox, read_outbox<Query>);
}

} // namespace gramsetu::store::postgresql
