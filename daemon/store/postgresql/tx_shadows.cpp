// Shadows, slices, and what a pull has seen.
#include "daemon/store/postgresql/scrub.hpp"
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store::postgresql {

namespace {

const std::string kSelect = "SELECT s.flow, s.key, n.slice, s.remote_id, s.digest, s.version, "
                            "s.deleted, s.base, s.absences, s.sum FROM gs_shadow s "
                            "JOIN gs_slice_name n ON n.id = s.slice";

const std::string kSelectSlice =
    "SELECT flow, slice, cursor, tag, loaded, complete_at, count FROM gs_slice";

Result<std::string> read_text(Query& query)
{
  return query.text();
}

// What the database has of the keys, each looked up by itself (rows.cpp says why).
Result<std::map<std::string, ShadowMark, std::less<>>>
stored_marks(Connection& db, std::string_view flow, const std::vector<std::string>& keys)
{
  Column wanted(kText);
  for (const auto& key : keys)
    wanted.add(std::string_view(key));
  Query query(db, "SELECT s.key, s.digest, s.version, s.deleted, s.fingerprint "
                  "FROM (SELECT ? AS flow, unnest(?) AS key) w CROSS JOIN LATERAL "
                  "(SELECT * FROM gs_shadow t WHERE t.flow = w.flow AND t.key = w.key LIMIT 1) s");
  query.bind(flow, wanted);
  std::map<std::string, ShadowMark, std::less<>> marks;
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return marks;
    auto key = query.text();
    ShadowMark mark;
    mark.digest = query.digest();
    mark.version = query.text();
    mark.deleted = query.flag();
    mark.fingerprint = query.blob();
    marks.emplace(std::move(key), std::move(mark));
  }
}

} // namespace

Result<std::optional<ShadowRow>> PostgresTx::shadow(std::string_view flow, std::string_view key)
{
  return rows_.shadow(flow, key);
}

Result<std::vector<std::optional<ShadowMark>>>
PostgresTx::marks(std::string_view flow, const std::vector<std::string>& keys)
{
  if (!std::is_sorted(keys.begin(), keys.end()))
    return fail(ErrorKind::invalid, "store: marks: the keys are not sorted");
  TRY(const auto stored, stored_marks(db_, flow, keys));
  if (keys.size() > 1) rows_.announce(flow, keys);
  std::vector<std::optional<ShadowMark>> marks(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto* newer = rows_.waiting_shadow(flow, keys[i]))
      marks[i] = newer->mark;
    else if (const auto known = stored.find(keys[i]); known != stored.end())
      marks[i] = known->second;
    else
      rows_.no_shadow(flow, keys[i]);
  }
  return marks;
}

Result<std::vector<ShadowRow>> PostgresTx::shadows(std::string_view flow,
                                                   std::string_view after_key, std::size_t limit)
{
  TRY_VOID(flush());
  Select select(kSelect);
  select.where("s.flow = ?", flow).where_given("s.key > ?", after_key);
  select.then("ORDER BY s.key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_shadow<Query>);
}

Result<std::optional<std::string>> PostgresTx::key_of_remote(std::string_view flow,
                                                             std::string_view remote_id)
{
  if (remote_id.empty()) return std::optional<std::string>();
  TRY_VOID(flush());
  Query query(db_, "(SELECT 0, key FROM gs_shadow WHERE flow = ? AND key = ? AND remote_id = key) "
                   "UNION ALL (SELECT 1, key FROM gs_shadow WHERE flow = ? AND remote_id = ? AND "
                   "remote_id <> '' AND remote_id <> key ORDER BY key LIMIT 1) ORDER BY 1 LIMIT 1");
  return query.bind(flow, remote_id, flow, remote_id).first([](Query& row) -> Result<std::string> {
    row.integer();
    return row.text();
  });
}

Result<void> PostgresTx::put_shadow(const ShadowRow& row)
{
  return rows_.put(row);
}

Result<void> PostgresTx::put_fingerprint(std::string_view flow, std::string_view key,
                                         std::string_view fingerprint)
{
  TRY_VOID(flush());
  Query query(db_, "UPDATE gs_shadow SET fingerprint = ? WHERE flow = ? AND key = ?");
  return query.bind(Blob{fingerprint}, flow, key).run();
}

Result<void> PostgresTx::erase_shadow(std::string_view flow, std::string_view key)
{
  TRY_VOID(flush());
  rows_.no_shadow(flow, key);
  Query query(db_, "DELETE FROM gs_shadow WHERE flow = ? AND key = ?");
  return query.bind(flow, key).run();
}

Result<std::size_t> PostgresTx::count_shadows(std::string_view flow, std::string_view slice)
{
  TRY_VOID(flush());
  Select select("SELECT count(*) FROM gs_shadow");
  select.where("flow = ?", flow).where("NOT deleted");
  if (!slice.empty()) {
    TRY(const std::int64_t number, rows_.slice_number(flow, slice));
    select.where("slice = ?", number);
  }
  Query query(db_, select.sql());
  select.bind_to(query);
  TRY_VOID(query.next());
  return static_cast<std::size_t>(query.integer());
}

Result<std::optional<SliceRow>> PostgresTx::slice(std::string_view flow, std::string_view slice)
{
  static const std::string sql = kSelectSlice + " WHERE flow = ? AND slice = ?";
  Query query(db_, sql);
  return query.bind(flow, slice).first(read_slice<Query>);
}

Result<std::vector<SliceRow>> PostgresTx::slices(std::string_view flow)
{
  Select select(kSelectSlice);
  select.where_given("flow = ?", flow).then("ORDER BY flow, slice", SIZE_MAX);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_slice<Query>);
}

Result<void> PostgresTx::put_slice(const SliceRow& row)
{
  Query query(db_, "INSERT INTO gs_slice (flow, slice, cursor, tag, loaded, complete_at, count) "
                   "VALUES (?,?,?,?,?,?,?) ON CONFLICT (flow, slice) DO UPDATE SET "
                   "cursor = excluded.cursor, tag = excluded.tag, loaded = excluded.loaded, "
                   "complete_at = excluded.complete_at, count = excluded.count");
  return query
      .bind(row.flow, row.slice, row.cursor, row.tag, row.loaded, row.complete_at, row.count)
      .run();
}

Result<void> PostgresTx::seen_clear(std::string_view flow, std::string_view slice)
{
  TRY(const std::int64_t number, rows_.slice_number(flow, slice));
  Query query(db_, "DELETE FROM gs_seen WHERE slice = ?");
  return query.bind(number).run();
}

Result<void> PostgresTx::seen_add(std::string_view flow, std::string_view slice,
                                  const std::vector<std::string>& keys)
{
  TRY(const std::int64_t number, rows_.slice_number(flow, slice));
  Column column(kText);
  for (const auto& key : keys)
    column.add(std::string_view(key));
  Query query(db_, "INSERT INTO gs_seen (slice, key) SELECT ?, * FROM unnest(?) "
                   "ON CONFLICT DO NOTHING");
  return query.bind(number, column).run();
}

Result<std::vector<std::string>> PostgresTx::unseen(std::string_view flow, std::string_view slice,
                                                    std::string_view after_key, std::size_t limit)
{
  TRY_VOID(flush());
  TRY(const std::int64_t number, rows_.slice_number(flow, slice));
  Select select("SELECT s.key FROM gs_shadow s");
  select.where("s.flow = ?", flow).where("s.slice = ?", number).where("NOT s.deleted");
  select.where("s.key > ?", after_key);
  select.where("NOT EXISTS (SELECT 1 FROM gs_seen t WHERE t.slice = ? AND t.key = s.key)", number);
  select.then("ORDER BY s.key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_text);
}

Result<void> PostgresTx::adopt_seen(std::string_view flow, std::string_view slice)
{
  TRY_VOID(flush());
  TRY(const std::int64_t number, rows_.slice_number(flow, slice));
  rows_.forget();
  Query query(db_, "UPDATE gs_shadow AS s SET slice = ?, absences = 0 WHERE s.flow = ? "
                   "AND (s.slice <> ? OR s.absences > 0) AND EXISTS (SELECT 1 FROM gs_seen t "
                   "WHERE t.slice = ? AND t.key = s.key)");
  return query.bind(number, flow, number, number).run();
}

Result<void> PostgresTx::scrub_shadows()
{
  TRY_VOID(scrub_rows(db_, kSelect, read_shadow<Query>));
  Query lonely(db_, "SELECT count(*) FROM gs_shadow s WHERE NOT EXISTS "
                    "(SELECT 1 FROM gs_slice_name n WHERE n.id = s.slice)");
  TRY_VOID(lonely.next());
  const auto count = lonely.integer();
  if (count == 0) return {};
  return fail(ErrorKind::corrupt, fmt::format("store: {} shadows are of no slice", count));
}

} // namespace gramsetu::store::postgresql
