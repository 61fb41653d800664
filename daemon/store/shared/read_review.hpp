// What is for people, and what was removed, read column by column in the order of their SELECTs.
#pragma once

#include "daemon/store/erasure.hpp"
#include "daemon/store/shared/row_sums.hpp"
#include "daemon/store/shared/sum.hpp"

#include <string>

namespace gramsetu::store {

inline std::vector<std::string> words_of(std::string_view text)
{
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

template <typename Query>
Result<ConflictRow> read_conflict(Query& query)
{
  ConflictRow row;
  row.id = query.integer();
  row.flow = query.text();
  row.entity = query.text();
  row.key = query.text();
  row.field = query.text();
  row.base = query.text();
  row.hub = query.text();
  row.remote = query.text();
  row.outcome = query.text();
  row.rule = query.text();
  row.winner = query.text();
  row.run = query.text();
  row.opened_at = query.instant();
  row.settled_at = query.maybe_instant();
  row.settled_by = query.text();
  row.note = query.text();
  row.hub_origin = query.text();
  row.remote_origin = query.text();
  row.hub_at = query.maybe_instant();
  row.remote_at = query.maybe_instant();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "conflict", std::to_string(row.id)));
  return row;
}

template <typename Query>
Result<QuarantineRow> read_quarantine(Query& query)
{
  QuarantineRow row;
  row.id = query.integer();
  row.flow = query.text();
  row.entity = query.text();
  row.key = query.text();
  row.direction = query.text();
  row.slice = query.text();
  row.code = query.text();
  row.reason = query.text();
  row.pointer = query.text();
  row.payload = query.blob();
  const Digest digest = query.digest();
  row.waits_for = query.text();
  row.run = query.text();
  row.first_at = query.instant();
  row.last_at = query.instant();
  row.attempts = static_cast<int>(query.integer());
  row.state = query.text();
  row.settled_by = query.text();
  row.note = query.text();
  TRY_VOID(check_sum(digest == sha256(row.payload), 1, "quarantine", std::to_string(row.id)));
  return row;
}

template <typename Query>
Result<ErasureRow> read_erasure(Query& query)
{
  ErasureRow row;
  row.entity = query.text();
  row.key = query.text();
  row.fields = words_of(query.view());
  row.hashes = query.text();
  row.at = query.instant();
  row.by = query.text();
  row.note = query.text();
  return row;
}

template <typename Query>
Result<RemovalRow> read_removal(Query& query)
{
  RemovalRow row;
  row.id = query.integer();
  row.at = query.instant();
  row.kind = query.text();
  row.entity = query.text();
  row.key = query.text();
  row.rule = query.text();
  row.counts = query.text();
  row.by = query.text();
  row.note = query.text();
  row.before = query.maybe_instant();
  return row;
}

} // namespace gramsetu::store
