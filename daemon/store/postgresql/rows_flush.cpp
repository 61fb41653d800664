// What waits, sent: new rows by COPY where they are many, and all else by one statement a table, with an array for
// each of its columns.
#include "daemon/store/postgresql/rows.hpp"

#include "daemon/store/postgresql/partitions.hpp"
#include "daemon/store/shared/row_sums.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::store::postgresql {

namespace {

// New rows of a table that go out by COPY, at least. The server spends some 4 microseconds less on one of them than on
// one of an array, a millisecond on so many. COPY waits once a table and twice more, which is as long where the
// server is half a millisecond away.
constexpr std::size_t kCopyLeast = 256;

const std::string kIntoRecords =
    "gs_record (entity, key, body, origin, place, revision, sequence, deleted, changed_at, "
    "dead_until, sum)";
const std::string kIntoChanges =
    "gs_change (sequence, entity, key, kind, fields, origin, actor, run, rule, at, note, sum)";
const std::string kIntoShadows =
    "gs_shadow (flow, key, slice, remote_id, digest, version, deleted, base, absences, "
    "fingerprint, sum)";

// The values of a row in the order of those columns.
void give(auto& to, const RecordRow& row)
{
  to.add(row.entity, row.key, row.body, row.origin, row.place, row.revision, row.sequence,
         row.deleted, row.changed_at, row.dead_until, sum_of(row));
}

void give(auto& to, const ChangeRow& row)
{
  to.add(row.sequence, row.entity, row.key, row.kind, row.fields, row.origin, row.actor, row.run,
         row.rule, row.at, row.note, sum_of(row));
}

void give(auto& to, const ShadowRow& row, std::int64_t slice)
{
  to.add(row.flow, row.key, slice, row.remote_id, row.mark.digest, row.mark.version,
         row.mark.deleted, row.base, std::int64_t{row.absences}, Blob{row.mark.fingerprint},
         sum_of(row));
}

// A parameter for each column of a table; rows are added value by value.
class Columns {
public:
  explicit Columns(std::initializer_list<Type> types) : columns_(types.begin(), types.end()) {}

  template <typename... Given>
  void add(const Given&... given)
  {
    std::size_t next = 0;
    (columns_[next++].add(given), ...);
  }

  // An INSERT of the rows; its SQL has a question mark for each column.
  Result<void> send(Connection& db, std::string_view sql) const
  {
    Query query(db, sql);
    for (const auto& column : columns_)
      query.bind(column);
    return query.run();
  }

private:
  std::vector<Column> columns_;
};

} // namespace

Result<void> Rows::copy_new()
{
  std::vector<CopyIn> tables;
  if (auto rows = records_.take_new(kCopyLeast); !rows.empty())
    tables.push_back({kIntoRecords, [rows = std::move(rows)](CopyRows& to) {
                        for (const auto* entry : rows)
                          give(to, *entry->row);
                      }});
  if (changes_.size() >= kCopyLeast)
    tables.push_back({kIntoChanges, [rows = std::exchange(changes_, {})](CopyRows& to) {
                        for (const auto& row : rows)
                          give(to, row);
                      }});
  if (auto rows = shadows_.take_new(kCopyLeast); !rows.empty())
    tables.push_back({kIntoShadows, [this, rows = std::move(rows)](CopyRows& to) {
                        for (const auto* entry : rows)
                          give(to, *entry->row, slices_.at({entry->row->flow, entry->row->slice}));
                      }});
  return tables.empty() ? Result<void>() : db_.copy(tables);
}

Result<void> Rows::flush()
{
  TRY_VOID(copy_new());
  TRY_VOID(flush_records());
  TRY_VOID(flush_changes());
  TRY_VOID(flush_shadows());
  TRY_VOID(flush_inbox());
  return flush_outbox();
}

Result<void> Rows::flush_records()
{
  if (records_.waiting().empty()) return {};
  Columns columns(
      {kText, kText, kText, kText, kText, kNumber, kNumber, kBoolean, kNumber, kNumber, kNumber});
  for (const auto* entry : records_.waiting())
    give(columns, *entry->row);
  records_.sent();
  return columns.send(
      db_, "INSERT INTO " + kIntoRecords +
               " SELECT * FROM unnest(?,?,?,?,?,?,?,?,?,?,?) "
               "ON CONFLICT (entity, key) DO UPDATE SET body = excluded.body, "
               "origin = excluded.origin, place = excluded.place, revision = excluded.revision, "
               "sequence = excluded.sequence, deleted = excluded.deleted, "
               "changed_at = excluded.changed_at, dead_until = excluded.dead_until, "
               "sum = excluded.sum");
}

Result<void> Rows::flush_changes()
{
  if (changes_.empty()) return {};
  Columns columns(
      {kNumber, kText, kText, kText, kText, kText, kText, kText, kText, kNumber, kText, kNumber});
  for (const auto& row : changes_)
    give(columns, row);
  changes_.clear();
  return columns.send(db_, "INSERT INTO " + kIntoChanges +
                               " SELECT * FROM unnest(?,?,?,?,?,?,?,?,?,?,?,?)");
}

Result<void> Rows::flush_shadows()
{
  if (shadows_.waiting().empty()) return {};
  Columns columns(
      {kText, kText, kNumber, kText, kBytes, kText, kBoolean, kText, kNumber, kBytes, kNumber});
  for (const auto* entry : shadows_.waiting())
    give(columns, *entry->row, slices_.at({entry->row->flow, entry->row->slice}));
  shadows_.sent();
  return columns.send(
      db_,
      "INSERT INTO " + kIntoShadows +
          " SELECT * FROM unnest(?,?,?,?,?,?,?,?,?,?,?) "
          "ON CONFLICT (flow, key) DO UPDATE SET slice = excluded.slice, "
          "remote_id = excluded.remote_id, digest = excluded.digest, version = excluded.version, "
          "deleted = excluded.deleted, base = excluded.base, absences = excluded.absences, "
          "fingerprint = excluded.fingerprint, sum = excluded.sum");
}

Result<void> Rows::flush_inbox()
{
  if (inbox_.waiting().empty()) return {};
  Columns columns({kText, kText, kText, kText, kText, kText, kBytes, kBoolean, kBoolean, kNumber,
                   kNumber, kText, kBytes, kNumber});
  for (const auto* entry : inbox_.waiting()) {
    const InboxRow& row = *entry->row;
    columns.add(row.flow, row.slice, row.key, row.body, row.remote_id, row.version, row.digest,
                row.deleted, row.absent, row.modified, row.received_at, row.run,
                Blob{row.fingerprint}, sum_of(row));
  }
  inbox_.sent();
  return columns.send(
      db_, "INSERT INTO gs_inbox (flow, slice, key, body, remote_id, version, digest, deleted, "
           "absent, modified, received_at, run, fingerprint, sum) "
           "SELECT * FROM unnest(?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
           "ON CONFLICT (flow, key) DO UPDATE SET slice = excluded.slice, body = excluded.body, "
           "remote_id = excluded.remote_id, version = excluded.version, digest = excluded.digest, "
           "deleted = excluded.deleted, absent = excluded.absent, modified = excluded.modified, "
           "received_at = excluded.received_at, run = excluded.run, "
           "fingerprint = excluded.fingerprint, sum = excluded.sum");
}

Result<void> Rows::flush_outbox()
{
  if (outbox_.waiting().empty()) return {};
  Columns columns({kText, kText, kText, kBoolean, kText, kText, kText, kText, kBytes, kText,
                   kNumber, kNumber, kNumber, kText, kNumber, kNumber, kNumber, kText, kNumber});
  for (const auto* entry : outbox_.waiting()) {
    const OutboxRow& row = *entry->row;
    columns.add(row.flow, row.key, name_of(row.state), row.again, row.verb, row.idempotency_key,
                row.payload, row.base, row.digest, row.batch, row.first_sent, row.last_sent,
                std::int64_t{row.sends}, row.expected_version, std::int64_t{row.attempts},
                row.created_at, row.not_before, row.error, sum_of(row));
  }
  outbox_.sent();
  return columns.send(
      db_, "INSERT INTO gs_outbox (flow, key, state, again, verb, idempotency_key, payload, base, "
           "digest, batch, first_sent, last_sent, sends, expected_version, attempts, created_at, "
           "not_before, error, sum) SELECT * FROM unnest(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
           "ON CONFLICT (flow, key) DO UPDATE SET state = excluded.state, again = excluded.again, "
           "verb = excluded.verb, idempotency_key = excluded.idempotency_key, "
           "payload = excluded.payload, base = excluded.base, digest = excluded.digest, "
           "batch = excluded.batch, first_sent = excluded.first_sent, "
           "last_sent = excluded.last_sent, sends = excluded.sends, "
           "expected_version = excluded.expected_version, attempts = excluded.attempts, "
           "created_at = excluded.created_at, not_before = excluded.not_before, "
           "error = excluded.error, sum = excluded.sum");
}

Result<void> Rows::make_partition(std::string_view flow, std::int64_t number)
{
  return db_.send(partition_sql("gs_shadow", std::to_string(number), flow), {});
}

} // namespace gramsetu::store::postgresql
