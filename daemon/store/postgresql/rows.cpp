// Look-ups that read ahead.
#include "daemon/store/postgresql/rows.hpp"

#include "daemon/store/shared/read_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store::postgresql {

namespace {

// Twice as many at each miss, up to this: one changed record in a page reads one row, a new page reads all.
constexpr std::size_t kWindowMost = 256;
// Rows that a transaction holds in memory before they go out and are forgotten.
constexpr std::size_t kHeldMost = 8192;
// Changes that wait: a few pages' worth.
constexpr std::size_t kChangesMost = 4096;

const std::string kOne = " = ? AND key = ?";
const std::string kRecord = "SELECT entity, key, body, origin, place, revision, sequence, deleted, "
                            "changed_at, dead_until, sum FROM gs_record WHERE entity";
const std::string kShadow = "SELECT s.flow, s.key, n.slice, s.remote_id, s.digest, s.version, "
                            "s.deleted, s.base, s.absences, s.sum FROM gs_shadow s "
                            "JOIN gs_slice_name n ON n.id = s.slice WHERE s.flow";
const std::string kInboxRow =
    "SELECT flow, slice, key, body, remote_id, version, digest, deleted, "
    "absent, modified, received_at, run, fingerprint, sum FROM gs_inbox WHERE flow";
const std::string kOutboxRow =
    "SELECT flow, key, state, again, verb, idempotency_key, payload, base, digest, batch, "
    "first_sent, last_sent, sends, expected_version, attempts, created_at, not_before, error, sum "
    "FROM gs_outbox WHERE flow";

// Those of the flow itself, and records of its entity: "voucher@central".
bool belongs(std::string_view flow, std::string_view scope)
{
  return flow.starts_with(scope) && (flow.size() == scope.size() || flow[scope.size()] == '@');
}

// Of many keys, each by itself: plans are made once, while tables are still empty, and "key = ANY" is then read
// by going through all that the entity or the flow has.
std::string many_of(const std::string& select, const std::string& key)
{
  return "SELECT r.* FROM (SELECT ? AS scope, unnest(?) AS key) w CROSS JOIN LATERAL (" + select +
         " = w.scope AND " + key + " = w.key LIMIT 1) r";
}

} // namespace

template <typename Row>
std::vector<std::string> Rows::next_keys(const Known<Row>& known, Table table,
                                         std::string_view scope, std::string_view key)
{
  std::vector<std::string> keys{std::string(key)};
  if (!belongs(ahead_flow_, scope)) return keys;
  auto next = std::lower_bound(ahead_.begin(), ahead_.end(), key);
  if (next == ahead_.end() || *next != key) return keys;
  // Where the flow has no shadow of it, all the others that it has none of are asked for: a page of new records.
  const bool fresh = has_no_shadow(*next);
  auto& window = windows_[table];
  if (!fresh) window = std::clamp<std::size_t>(window * 2, 1, kWindowMost);
  while (++next != ahead_.end() && (fresh || keys.size() < window)) {
    if (*next == keys.back() || known.find(scope, *next)) continue;
    if (!fresh || has_no_shadow(*next)) keys.push_back(*next);
  }
  return keys;
}

template <typename Row, typename Read>
Result<std::optional<Row>> Rows::find(Known<Row>& known, const Lookup& lookup,
                                      std::pair<std::string_view, std::string_view> name, Read read)
{
  const auto [scope, key] = name;
  if (const auto* entry = known.find(scope, key)) return entry->row;
  TRY_VOID(keep_small());
  const auto keys = next_keys(known, lookup.table, scope, key);
  if (keys.size() == 1) {
    Query query(db_, lookup.one);
    TRY(auto row, query.bind(scope, key).first(read));
    known.read(scope, key, row);
    return row;
  }
  Column wanted(kText);
  for (const auto& one : keys)
    wanted.add(std::string_view(one));
  Query query(db_, lookup.many);
  TRY(auto found, query.bind(scope, wanted).all(read));
  for (const auto& one : keys)
    known.read(scope, one, std::nullopt);
  for (auto& row : found) {
    const std::string of = row.key;
    known.read(scope, of, std::move(row));
  }
  return known.find(scope, key)->row;
}

Result<std::optional<RecordRow>> Rows::record(std::string_view entity, std::string_view key)
{
  static const std::string one = kRecord + kOne, many = many_of(kRecord, "key");
  return find(records_, {kRecords, one, many}, {entity, key}, read_record<Query>);
}

Result<std::optional<ShadowRow>> Rows::shadow(std::string_view flow, std::string_view key)
{
  static const std::string one = kShadow + " = ? AND s.key = ?", many = many_of(kShadow, "s.key");
  return find(shadows_, {kShadows, one, many}, {flow, key}, read_shadow<Query>);
}

Result<std::optional<InboxRow>> Rows::inbox(std::string_view flow, std::string_view key)
{
  static const std::string one = kInboxRow + kOne, many = many_of(kInboxRow, "key");
  return find(inbox_, {kInbox, one, many}, {flow, key}, read_inbox<Query>);
}

Result<std::optional<OutboxRow>> Rows::outbox(std::string_view flow, std::string_view key)
{
  static const std::string one = kOutboxRow + kOne, many = many_of(kOutboxRow, "key");
  return find(outbox_, {kOutbox, one, many}, {flow, key}, read_outbox<Query>);
}

Result<void> Rows::put(const RecordRow& row)
{
  TRY_VOID(keep_small());
  records_.put(row.entity, row.key, row);
  return {};
}

Result<void> Rows::put(const ShadowRow& row)
{
  TRY_VOID(keep_small());
  TRY_VOID(slice_number(row.flow, row.slice));
  shadows_.put(row.flow, row.key, row);
  return {};
}

Result<void> Rows::put(const InboxRow& row)
{
  TRY_VOID(keep_small());
  inbox_.put(row.flow, row.key, row);
  return {};
}

Result<void> Rows::put(const OutboxRow& row)
{
  TRY_VOID(keep_small());
  outbox_.put(row.flow, row.key, row);
  return {};
}

Result<void> Rows::add(ChangeRow row)
{
  changes_.push_back(std::move(row));
  return changes_.size() < kChangesMost ? Result<void>() : flush();
}

Result<void> Rows::erase_inbox(std::string_view flow, std::string_view key)
{
  inbox_.erase(flow, key);
  Query query(db_, "DELETE FROM gs_inbox WHERE flow = ? AND key = ?");
  return query.bind(flow, key).run();
}

Result<void> Rows::erase_outbox(std::string_view flow, std::string_view key)
{
  const auto* known = outbox_.find(flow, key);
  if (known && !known->row) return {}; // it is not there, and that is how most of them are
  outbox_.erase(flow, key);
  Query query(db_, "DELETE FROM gs_outbox WHERE flow = ? AND key = ?");
  return query.bind(flow, key).run();
}

void Rows::announce(std::string_view flow, std::vector<std::string> keys)
{
  ahead_flow_ = flow;
  ahead_ = std::move(keys);
  windows_ = {};
}

bool Rows::has_no_shadow(std::string_view key) const
{
  const auto* entry = shadows_.find(ahead_flow_, key);
  return entry && !entry->row;
}

const ShadowRow* Rows::waiting_shadow(std::string_view flow, std::string_view key) const
{
  const auto* entry = shadows_.find(flow, key);
  return entry && entry->waits ? &*entry->row : nullptr;
}

Result<void> Rows::keep_small()
{
  if (records_.size() + shadows_.size() + inbox_.size() + outbox_.size() < kHeldMost) return {};
  TRY_VOID(flush());
  forget();
  return {};
}

void Rows::forget()
{
  records_.forget();
  shadows_.forget();
  inbox_.forget();
  outbox_.forget();
}

Result<std::int64_t> Rows::slice_number(std::string_view flow, std::string_view slice)
{
  auto& number = slices_[{std::string(flow), std::string(slice)}];
  if (number > 0) return number;
  {
    Query stored(db_, "SELECT id FROM gs_slice_name WHERE flow = ? AND slice = ?");
    TRY(const bool found, stored.bind(flow, slice).next());
    if (found) return number = stored.integer();
  }
  bool first = false;
  {
    Query any(db_, "SELECT 1 FROM gs_slice_name WHERE flow = ? LIMIT 1");
    TRY(const bool found, any.bind(flow).next());
    first = !found;
  }
  std::int64_t fresh = 0;
  {
    Query insert(db_, "INSERT INTO gs_slice_name (flow, slice) VALUES (?, ?) RETURNING id");
    TRY_VOID(insert.bind(flow, slice).next());
    fresh = insert.integer();
  }
  if (first) TRY_VOID(make_partition(flow, fresh));
  return number = fresh;
}

} // namespace gramsetu::store::postgresql
