// Versions of places and their successions, read column by column in the order of their SELECTs.
#pragma once

#include "daemon/store/shared/row_sums.hpp"
#include "daemon/store/shared/sum.hpp"
#include "daemon/store/store.hpp"

#include <string>

namespace gramsetu::store {

template <typename Query>
Result<PlaceRow> read_place(Query& query)
{
  PlaceRow row;
  row.kind = query.text();
  row.code = query.text();
  row.listing = query.text();
  row.version = query.integer();
  row.minor = query.integer();
  row.body = query.text();
  row.effective = query.text();
  row.heard_at = query.instant();
  row.corrected_at = query.maybe_instant();
  row.ended_at = query.maybe_instant();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "place", row.kind + "/" + row.code));
  return row;
}

template <typename Query>
Result<SuccessionRow> read_succession(Query& query)
{
  SuccessionRow row;
  row.source = query.text();
  row.from_kind = query.text();
  row.from_code = query.text();
  row.to_kind = query.text();
  row.to_code = query.text();
  row.extent = query.text();
  row.cause = query.text();
  row.effective = query.text();
  row.order = query.text();
  row.order_date = query.text();
  TRY_VOID(check_sum(query.integer(), sum_of(row), "succession", row.source));
  return row;
}

} // namespace gramsetu::store
