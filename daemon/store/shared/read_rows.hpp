// Records, shadows and boxes, read column by column in the order of their SELECTs.
#pragma once

#include "daemon/store/shared/row_sums.hpp"
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/store.hpp"

#include <string>

namespace gramsetu::store {

// `restore(row)` completes a row of which the engine keeps a part elsewhere, before its checksum is compared.
template <typename Query, typename Restore>
Result<RecordRow> read_record_with(Query& query, Restore restore)
{
  RecordRow row;
  row.entity = query.text();
  row.key = query.text();
  row.body = query.text();
  row.origin = query.text();
  row.place = query.text();
  row.revision = query.integer();
  row.sequence = query.integer();
  row.deleted = query.flag();
  row.changed_at = query.instant();
  row.dead_until = query.maybe_instant();
  const auto sum = query.integer();
  TRY_VOID(restore(row));
  TRY_VOID(check_sum(sum, sum_of(row), "record", row.entity + "/" + row.key));
  return row;
}

template <typename Query>
Result<RecordRow> read_record(Query& query)
{
  return read_record_with(query, [](RecordRow&) { return Result<void>(); });
}

template <typename Query, typename Restore>
Result<ShadowRow> read_shadow_with(Query& query, Restore restore)
{
  ShadowRow row;
  row.flow = query.text();
  row.key = query.text();
  row.slice = query.text();
  row.remote_id = query.text();
  row.mark.digest = query.digest();
  row.mark.version = query.text();
  row.mark.deleted = query.flag();
  row.base = query.text();
  row.absences = static_cast<int>(query.integer());
  const auto sum = query.integer();
  TRY_VOID(restore(row));
  TRY_VOID(check_sum(sum, sum_of(row), "shadow", row.flow + "/" + row.key));
  return row;
}

template <typename Query>
Result<ShadowRow> read_shadow(Query& query)
{
  return read_shadow_with(query, [](ShadowRow&) { return Result<void>(); });
}

// Of one row: how many are current, and how many of them are gone.
template <typename Query>
Result<InboxSize> read_inbox_size(Query& query)
{
  TRY_VOID(query.next());
  const auto all = static_cast<std::size_t>(query.integer());
  const auto gone = static_cast<std::size_t>(query.integer());
  return InboxSize{all - gone, gone};
}

template <typename Query>
Result<SliceRow> read_slice(Query& query)
{
  SliceRow row;
  row.flow = query.text();
  row.slice = query.text();
  row.cursor = query.text();
  row.tag = query.text();
  row.loaded = query.flag();
  row.complete_at = query.maybe_instant();
  row.count = query.integer();
  return row;
}

template <typename Query>
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
  row.fingerprint = query.blob();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "inbox", row.flow + "/" + row.key));
  return row;
}

template <typename Query>
Result<OutboxRow> read_outbox(Query& query)
{
  OutboxRow row;
  row.flow = query.text();
  row.key = query.text();
  row.state = outbox_state(query.view());
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
  TRY_VOID(check_sum(query.integer(), sum_of(row), "outbox", row.flow + "/" + row.key));
  return row;
}

} // namespace gramsetu::store
