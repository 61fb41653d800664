// Versions of places, their successions, and the queue of what waits for one.
#include "daemon/store/shared/read_places.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/record_places.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>

namespace gramsetu::store {

namespace {

constexpr std::size_t kExamples = 3;

const std::string kSelectPlace = "SELECT kind, code, listing, version, minor, body, effective, "
                                 "heard_at, corrected_at, ended_at, sum FROM gs_place";
const std::string kSelectSuccession =
    "SELECT source, from_kind, from_code, to_kind, to_code, extent, cause, effective, order_no, "
    "order_date, sum FROM gs_succession";

} // namespace

Result<std::vector<PlaceRow>> SqliteTx::places(std::string_view kind, std::string_view code)
{
  static const std::string sql =
      kSelectPlace + " WHERE kind = ? AND code = ? ORDER BY listing, version, minor";
  Query query(db_, sql);
  return query.bind(kind, code).all(read_place<Query>);
}

Result<void> SqliteTx::put_place(const PlaceRow& row)
{
  Query query(db_, "INSERT OR REPLACE INTO gs_place (kind, code, listing, version, minor, body, "
                   "effective, heard_at, corrected_at, ended_at, sum) "
                   "VALUES (?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(row.kind, row.code, row.listing, row.version, row.minor, row.body, row.effective,
             row.heard_at, row.corrected_at, row.ended_at, sum_of(row));
  return query.run();
}

Result<void> SqliteTx::erase_place(const PlaceRow& row)
{
  Query query(db_, "DELETE FROM gs_place WHERE kind = ? AND code = ? AND listing = ? "
                   "AND version = ? AND minor = ?");
  return query.bind(row.kind, row.code, row.listing, row.version, row.minor).run();
}

Result<std::vector<SuccessionRow>> SqliteTx::successors(std::string_view kind,
                                                        std::string_view code)
{
  static const std::string sql = kSelectSuccession + " WHERE from_kind = ? AND from_code = ? "
                                                     "ORDER BY to_kind, to_code, source";
  Query query(db_, sql);
  return query.bind(kind, code).all(read_succession<Query>);
}

Result<std::vector<SuccessionRow>> SqliteTx::predecessors(std::string_view kind,
                                                          std::string_view code)
{
  static const std::string sql = kSelectSuccession + " WHERE to_kind = ? AND to_code = ? "
                                                     "ORDER BY from_kind, from_code, source";
  Query query(db_, sql);
  return query.bind(kind, code).all(read_succession<Query>);
}

Result<void> SqliteTx::put_successions(std::string_view source,
                                       const std::vector<SuccessionRow>& rows)
{
  {
    Query query(db_, "DELETE FROM gs_succession WHERE source = ?");
    TRY_VOID(query.bind(source).run());
  }
  for (const auto& row : rows) {
    Query query(db_, "INSERT OR REPLACE INTO gs_succession (source, from_kind, from_code, to_kind, "
                     "to_code, extent, cause, effective, order_no, order_date, sum) "
                     "VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    query.bind(row.source, row.from_kind, row.from_code, row.to_kind, row.to_code, row.extent,
               row.cause, row.effective, row.order, row.order_date, sum_of(row));
    TRY_VOID(query.run());
  }
  return {};
}

Result<std::size_t> SqliteTx::count_of_place(std::string_view entity, std::string_view code)
{
  TRY(const auto number, dict_.names.find(entity));
  static const std::string sql = fmt::format(
      "SELECT count(*) FROM gs_record WHERE entity = ? AND {} AND deleted = 0", kIsAtPlace);
  Query query(db_, sql);
  TRY_VOID(query.bind(number, number, code).next());
  return static_cast<std::size_t>(query.integer());
}

Result<std::vector<AwaitedRow>> SqliteTx::awaited(std::string_view flow, std::string_view after,
                                                  std::size_t limit)
{
  Select select(flow.empty() ? "SELECT waits_for, count(*), min(first_at) FROM gs_quarantine"
                             : "SELECT DISTINCT waits_for, 0, 0 FROM gs_quarantine");
  // Said so that the partial index can serve.
  select.where("waits_for > ?", after).where("waits_for <> ''").where("state = 'open'");
  select.where_given("flow = ?", flow);
  select.then(flow.empty() ? "GROUP BY waits_for ORDER BY waits_for" : "ORDER BY waits_for", limit);
  std::vector<AwaitedRow> rows;
  {
    Query query(db_, select.sql());
    select.bind_to(query);
    TRY(rows, query.all([](Query& row) -> Result<AwaitedRow> {
      AwaitedRow awaited;
      awaited.waits_for = row.text();
      awaited.records = static_cast<std::size_t>(row.integer());
      awaited.since = row.instant();
      return awaited;
    }));
  }
  for (auto& row : rows) {
    if (!flow.empty()) break;
    Query query(db_, "SELECT flow || ' ' || key FROM gs_quarantine WHERE waits_for = ? "
                     "AND waits_for <> '' AND state = 'open' ORDER BY flow, id LIMIT ?");
    query.bind(row.waits_for, kExamples);
    TRY(row.examples, query.all([](Query& one) -> Result<std::string> { return one.text(); }));
  }
  return rows;
}

Result<void> SqliteTx::scrub_places()
{
  Query places(db_, kSelectPlace);
  TRY_VOID(scrub_rows(places, read_place<Query>));
  Query successions(db_, kSelectSuccession);
  return scrub_rows(successions, read_succession<Query>);
}

} // namespace gramsetu::store
