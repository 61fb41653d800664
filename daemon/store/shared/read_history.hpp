// What happened, was planned and was compared, read column by column in the order of their SELECTs.
#pragma once

#include "daemon/store/shared/row_sums.hpp"
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/store.hpp"

#include <string>

namespace gramsetu::store {

// `restore(row)` completes a row of which the engine keeps a part elsewhere, before its checksum is compared.
template <typename Query, typename Restore>
Result<ChangeRow> read_change_with(Query& query, Restore restore)
{
  ChangeRow row;
  row.sequence = query.integer();
  row.entity = query.text();
  row.key = query.text();
  row.kind = query.text();
  row.fields = query.text();
  row.origin = query.text();
  row.actor = query.text();
  row.run = query.text();
  row.rule = query.text();
  row.at = query.instant();
  row.note = query.text();
  const auto sum = query.integer();
  TRY_VOID(restore(row));
  TRY_VOID(check_sum(sum, sum_of(row), "change", std::to_string(row.sequence)));
  return row;
}

template <typename Query>
Result<ChangeRow> read_change(Query& query)
{
  return read_change_with(query, [](ChangeRow&) { return Result<void>(); });
}

template <typename Query>
Result<RunRow> read_run(Query& query)
{
  RunRow row;
  row.id = query.text();
  row.flow = query.text();
  row.state = query.text();
  row.reason = query.text();
  row.started_at = query.instant();
  row.ended_at = query.maybe_instant();
  row.counts = query.text();
  row.plan = query.text();
  row.certificate = query.text();
  row.differences = query.text();
  row.approved_by = query.text();
  row.asked_by = query.text();
  row.hold = query.text();
  return row;
}

template <typename Query>
Result<LogRow> read_log(Query& query)
{
  LogRow row;
  row.id = query.integer();
  row.at = query.instant();
  row.level = query.text();
  row.event = query.text();
  row.run = query.text();
  row.flow = query.text();
  row.text = query.text();
  row.fields = query.text();
  return row;
}

template <typename Query>
Result<PlannedRow> read_planned(Query& query)
{
  PlannedRow row;
  row.run = query.text();
  row.key = query.text();
  row.change = query.text();
  row.verb = query.text();
  row.revision = query.integer();
  row.news = query.digest();
  row.shadow = query.digest();
  row.push = query.digest();
  row.digest = query.digest();
  row.state = query.text();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "planned", row.run + "/" + row.key));
  return row;
}

template <typename Query>
Result<RemarkRow> read_remark(Query& query)
{
  RemarkRow row;
  row.id = query.integer();
  row.run = query.text();
  row.key = query.text();
  row.field = query.text();
  row.left = query.flag();
  row.why = query.text();
  return row;
}

template <typename Query>
Result<TwinRow> read_twin(Query& query)
{
  TwinRow row;
  row.flow = query.text();
  row.key = query.text();
  row.slice = query.text();
  row.there = query.flag();
  row.left_out = query.flag();
  row.differs = query.flag();
  row.digest = query.digest();
  row.theirs = query.text();
  row.ours = query.text();
  return row;
}

} // namespace gramsetu::store
