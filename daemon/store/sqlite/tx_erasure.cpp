// Erasures, and the account of removals.
#include "daemon/store/erasure.hpp"
#include "daemon/store/shared/read_review.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::store {

namespace {

Result<std::string> read_text(Query& query)
{
  return query.text();
}

} // namespace

Result<bool> SqliteTx::has_erasures()
{
  if (!has_erasures_) {
    Query query(db_, "SELECT 1 FROM gs_erasure LIMIT 1");
    TRY(has_erasures_, query.next());
  }
  return *has_erasures_;
}

Result<std::optional<ErasureRow>> SqliteTx::erasure_of(std::string_view entity,
                                                       std::string_view key)
{
  TRY(const bool any, has_erasures());
  if (!any) return std::optional<ErasureRow>();
  Query query(db_, "SELECT entity, key, fields, hashes, at, by, note FROM gs_erasure "
                   "WHERE entity = ? AND key = ?");
  return query.bind(entity, key).first(read_erasure<Query>);
}

Result<void> SqliteTx::put_erasure(const ErasureRow& row)
{
  has_erasures_.reset();
  const auto fields = fmt::format("{}", fmt::join(row.fields, " "));
  Query query(db_, "INSERT INTO gs_erasure (entity, key, fields, hashes, at, by, note) "
                   "VALUES (?,?,?,?,?,?,?) ON CONFLICT (entity, key) DO UPDATE SET "
                   "fields = excluded.fields, hashes = excluded.hashes, at = excluded.at, "
                   "by = excluded.by, note = excluded.note");
  return query.bind(row.entity, row.key, fields, row.hashes, row.at, row.by, row.note).run();
}

Result<void> SqliteTx::lift_erasure(std::string_view entity, std::string_view key)
{
  has_erasures_.reset();
  Query query(db_, "DELETE FROM gs_erasure WHERE entity = ? AND key = ?");
  return query.bind(entity, key).run();
}

Result<std::int64_t> SqliteTx::add_removal(const RemovalRow& row)
{
  Query query(db_, "INSERT INTO gs_removal (at, kind, entity, key, rule, counts, by, note, "
                   "before) VALUES (?,?,?,?,?,?,?,?,?)");
  query.bind(row.at, row.kind, row.entity, row.key, row.rule, row.counts, row.by, row.note,
             row.before);
  TRY_VOID(query.run());
  return db_.last_id();
}

Result<std::vector<RemovalRow>> SqliteTx::removals(std::int64_t after_id, std::size_t limit)
{
  Select select("SELECT id, at, kind, entity, key, rule, counts, by, note, before FROM gs_removal");
  select.where("id > ?", after_id).then("ORDER BY id", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_removal<Query>);
}

Result<std::vector<std::string>> SqliteTx::flows_that_know(std::string_view entity,
                                                           std::string_view key)
{
  const auto flows = std::string(entity) + "@*";
  Query query(db_, "SELECT n.name FROM gs_name n CROSS JOIN gs_shadow s ON s.flow = n.id "
                   "AND s.key = ?1 WHERE n.name GLOB ?2 UNION "
                   "SELECT flow FROM gs_inbox WHERE key = ?1 AND flow GLOB ?2 UNION "
                   "SELECT flow FROM gs_outbox WHERE key = ?1 AND flow GLOB ?2");
  return query.bind(key, flows).all(read_text);
}

Result<std::vector<RunRow>> SqliteTx::runs_that_name(std::string_view key)
{
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT id FROM gs_run WHERE instr(differences, ?) > 0 OR "
                     "instr(plan, ?) > 0");
    TRY(ids, query.bind(key, key).all(read_text));
  }
  std::vector<RunRow> rows;
  for (const auto& id : ids) {
    TRY(auto row, run(id));
    if (row) rows.push_back(std::move(*row));
  }
  return rows;
}

Result<std::vector<QuarantineRow>> SqliteTx::quarantined_with(std::string_view entity,
                                                              std::string_view text)
{
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT CAST(id AS TEXT) FROM gs_quarantine WHERE key = '' AND "
                     "entity = ? AND instr(payload, CAST(? AS BLOB)) > 0");
    TRY(ids, query.bind(entity, text).all(read_text));
  }
  std::vector<QuarantineRow> rows;
  for (const auto& id : ids) {
    TRY(auto row, quarantined(std::stoll(id)));
    if (row) rows.push_back(std::move(*row));
  }
  return rows;
}

} // namespace gramsetu::store
