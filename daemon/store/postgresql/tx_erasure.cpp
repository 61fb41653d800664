// Erasures, and the account of removals.
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_review.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::store::postgresql {

namespace {

Result<std::string> read_text(Query& query)
{
  return query.text();
}

} // namespace

Result<bool> PostgresTx::has_erasures()
{
  if (!has_erasures_) {
    Query query(db_, "SELECT 1 FROM gs_erasure LIMIT 1");
    TRY(has_erasures_, query.next());
  }
  return *has_erasures_;
}

Result<std::optional<ErasureRow>> PostgresTx::erasure_of(std::string_view entity,
                                                         std::string_view key)
{
  TRY(const bool any, has_erasures());
  if (!any) return std::optional<ErasureRow>();
  Query query(db_, "SELECT entity, key, fields, hashes, at, by, note FROM gs_erasure "
                   "WHERE entity = ? AND key = ?");
  return query.bind(entity, key).first(read_erasure<Query>);
}

Result<void> PostgresTx::put_erasure(const ErasureRow& row)
{
  has_erasures_.reset();
  const auto fields = fmt::format("{}", fmt::join(row.fields, " "));
  Query query(db_, "INSERT INTO gs_erasure (entity, key, fields, hashes, at, by, note) "
                   "VALUES (?,?,?,?,?,?,?) ON CONFLICT (entity, key) DO UPDATE SET "
                   "fields = excluded.fields, hashes = excluded.hashes, at = excluded.at, "
                   "by = excluded.by, note = excluded.note");
  return query.bind(row.entity, row.key, fields, row.hashes, row.at, row.by, row.note).run();
}

Result<void> PostgresTx::lift_erasure(std::string_view entity, std::string_view key)
{
  has_erasures_.reset();
  Query query(db_, "DELETE FROM gs_erasure WHERE entity = ? AND key = ?");
  return query.bind(entity, key).run();
}

Result<std::int64_t> PostgresTx::add_removal(const RemovalRow& row)
{
  Query query(db_, "INSERT INTO gs_removal (at, kind, entity, key, rule, counts, by, note, "
                   "before) VALUES (?,?,?,?,?,?,?,?,?) RETURNING id");
  query.bind(row.at, row.kind, row.entity, row.key, row.rule, row.counts, row.by, row.note,
             row.before);
  TRY_VOID(query.next());
  return query.integer();
}

Result<std::vector<RemovalRow>> PostgresTx::removals(std::int64_t after_id, std::size_t limit)
{
  Select select("SELECT id, at, kind, entity, key, rule, counts, by, note, before FROM gs_removal");
  select.where("id > ?", after_id).then("ORDER BY id", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_removal<Query>);
}

Result<std::vector<std::string>> PostgresTx::flows_that_know(std::string_view entity,
                                                             std::string_view key)
{
  TRY_VOID(flush());
  const auto flows = std::string(entity) + "@";
  Query query(db_, "SELECT flow FROM gs_shadow WHERE key = ? AND starts_with(flow, ?) UNION "
                   "SELECT flow FROM gs_inbox WHERE key = ? AND starts_with(flow, ?) UNION "
                   "SELECT flow FROM gs_outbox WHERE key = ? AND starts_with(flow, ?) ORDER BY 1");
  return query.bind(key, flows, key, flows, key, flows).all(read_text);
}

Result<std::vector<RunRow>> PostgresTx::runs_that_name(std::string_view key)
{
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT id FROM gs_run WHERE strpos(differences, ?) > 0 OR "
                     "strpos(plan, ?) > 0");
    TRY(ids, query.bind(key, key).all(read_text));
  }
  std::vector<RunRow> rows;
  for (const auto& id : ids) {
    TRY(auto row, run(id));
    if (row) rows.push_back(std::move(*row));
  }
  return rows;
}

Result<std::vector<QuarantineRow>> PostgresTx::quarantined_with(std::string_view entity,
                                                                std::string_view text)
{
  std::vector<std::string> ids;
  {
    Query query(db_, "SELECT id::text FROM gs_quarantine WHERE key = '' AND "
                     "entity = ? AND position(? in payload) > 0");
    TRY(ids, query.bind(entity, Blob{text}).all(read_text));
  }
  std::vector<QuarantineRow> rows;
  for (const auto& id : ids) {
    TRY(auto row, quarantined(std::stoll(id)));
    if (row) rows.push_back(std::move(*row));
  }
  return rows;
}

} // namespace gramsetu::store::postgresql
