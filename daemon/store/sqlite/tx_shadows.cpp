// Shadows, slices, and what a pull has seen.
#include "daemon/store/shared/read_rows.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store {

namespace {

// How many rows between two wanted ones are stepped over rather than sought: a step costs an eighth of a
// seek, so a dense page is a scan and a sparse one is a row of look-ups.
constexpr int kStepsBeforeSeek = 6;

Result<std::string> read_text(Query& query)
{
  return query.text();
}

const std::string kSelectSlice =
    "SELECT flow, slice, cursor, tag, loaded, complete_at, count FROM gs_slice";

} // namespace

Result<std::optional<ShadowRow>> SqliteTx::shadow(std::string_view flow, std::string_view key)
{
  TRY_VOID(shadows_.settle());
  TRY(const auto entity, dict_.names.find(entity_of(flow)));
  TRY(const auto number, dict_.names.find(flow));
  static const std::string of_flow = " WHERE s.flow = ? AND s.key = ?";
  static const std::string sql = kSelectShadow + of_flow, known = kSelectShadowOfKnown + of_flow;
  const auto body = records_.body_of(entity, key);
  Query query(db_, body ? known : sql);
  if (body)
    query.bind(*body);
  else
    query.bind(entity);
  return query.bind(number, key).first([&](Query& row) -> Result<ShadowRow> {
    TRY(auto shadow, read_numbered_shadow(row, dict_.names));
    shadows_.was_read({number, shadow.key, row.integer(), row.integer(), shadow.mark.deleted});
    return shadow;
  });
}

Result<std::vector<std::optional<ShadowMark>>> SqliteTx::marks(std::string_view flow,
                                                               const std::vector<std::string>& keys)
{
  if (!std::is_sorted(keys.begin(), keys.end()))
    return fail(ErrorKind::invalid, "store: marks: the keys are not sorted");
  TRY(const auto number, dict_.names.find(flow));
  std::vector<std::optional<ShadowMark>> marks(keys.size());
  Query query(db_, "SELECT key, digest, version, deleted, fingerprint FROM gs_shadow "
                   "WHERE flow = ? AND key >= ? ORDER BY key");
  std::string_view at; // the key of the present row
  bool on_row = false, ended = false;
  for (std::size_t i = 0; i < keys.size() && !ended; ++i) {
    for (int steps = 0; (!on_row || at < keys[i]) && !ended; ++steps) {
      if (!on_row || steps == kStepsBeforeSeek) {
        query.again();
        query.bind(number, keys[i]);
      }
      TRY(on_row, query.next());
      if (on_row) at = query.view();
      ended = !on_row;
    }
    if (!on_row || at != keys[i]) continue;
    if (i > 0 && keys[i] == keys[i - 1]) { // its columns have been read
      marks[i] = marks[i - 1];
      continue;
    }
    ShadowMark mark;
    mark.digest = query.digest();
    mark.version = query.text();
    mark.deleted = query.flag();
    mark.fingerprint = query.text();
    marks[i] = std::move(mark);
  }
  return marks;
}

Result<std::vector<ShadowRow>> SqliteTx::shadows(std::string_view flow, std::string_view after_key,
                                                 std::size_t limit)
{
  TRY_VOID(shadows_.settle());
  TRY(const auto entity, dict_.names.find(entity_of(flow)));
  TRY(const auto number, dict_.names.find(flow));
  Select select(kSelectShadow);
  select.where("s.flow = ?", number).where_given("s.key > ?", after_key);
  select.then("ORDER BY s.key", limit);
  Query query(db_, select.sql());
  query.bind(entity);
  select.bind_to(query);
  return query.all([&](Query& row) { return read_numbered_shadow(row, dict_.names); });
}

Result<std::optional<std::string>> SqliteTx::key_of_remote(std::string_view flow,
                                                           std::string_view remote_id)
{
  if (remote_id.empty()) return std::optional<std::string>();
  TRY_VOID(shadows_.settle());
  TRY(const auto number, dict_.names.find(flow));
  {
    Query same(db_, "SELECT s.key FROM gs_shadow s LEFT JOIN gs_shadow_base b ON b.id = s.base "
                    "WHERE s.flow = ? AND s.key = ? AND (s.base = 0 OR b.remote_id = s.key)");
    TRY(auto found, same.bind(number, remote_id).first(read_text));
    if (found) return found;
  }
  Query query(db_, "SELECT key FROM gs_shadow_base WHERE flow = ? AND remote_id = ? "
                   "AND remote_id <> '' AND remote_id <> key ORDER BY key LIMIT 1");
  return query.bind(number, remote_id).first(read_text);
}

Result<std::int64_t> SqliteTx::slice_number(std::string_view flow, std::string_view slice)
{
  auto [known, is_new] = slices_.try_emplace({std::string(flow), std::string(slice)}, 0);
  if (!is_new) return known->second;
  const auto number = [&]() -> Result<std::int64_t> {
    Query stored(db_, "SELECT id FROM gs_slice_name WHERE flow = ? AND slice = ?");
    TRY(const bool found, stored.bind(flow, slice).next());
    if (found) return stored.integer();
    Query insert(db_, "INSERT INTO gs_slice_name (flow, slice) VALUES (?, ?)");
    TRY_VOID(insert.bind(flow, slice).run());
    shadows_.slice_added();
    return db_.last_id();
  }();
  if (!number) {
    slices_.erase(known);
    return number;
  }
  known->second = *number;
  return known->second;
}

Result<void> SqliteTx::put_shadow(const ShadowRow& row)
{
  TRY(const std::int64_t slice, slice_number(row.flow, row.slice));
  return shadows_.put(row, slice);
}

Result<void> SqliteTx::put_fingerprint(std::string_view flow, std::string_view key,
                                       std::string_view fingerprint)
{
  TRY(const auto number, dict_.names.find(flow));
  Query query(db_, "UPDATE gs_shadow SET fingerprint = ? WHERE flow = ? AND key = ?");
  return query.bind(Blob{fingerprint}, number, key).run();
}

Result<void> SqliteTx::erase_shadow(std::string_view flow, std::string_view key)
{
  TRY_VOID(shadows_.settle());
  TRY(const auto number, dict_.names.find(flow));
  shadows_.forget_read();
  Query wide(db_, "DELETE FROM gs_shadow_base WHERE id = "
                  "(SELECT base FROM gs_shadow WHERE flow = ? AND key = ?)");
  TRY_VOID(wide.bind(number, key).run());
  Query narrow(db_, "DELETE FROM gs_shadow WHERE flow = ? AND key = ?");
  return narrow.bind(number, key).run();
}

Result<std::size_t> SqliteTx::count_shadows(std::string_view flow, std::string_view slice)
{
  Select select("SELECT count(*) FROM gs_shadow");
  if (slice.empty()) {
    TRY(const std::int64_t number, dict_.names.find(flow));
    select.where("flow = ?", number).where("deleted = 0");
  } else {
    TRY(const std::int64_t number, slice_number(flow, slice));
    select.where("slice = ?", number).where("deleted = 0");
  }
  Query query(db_, select.sql());
  select.bind_to(query);
  TRY_VOID(query.next());
  return static_cast<std::size_t>(query.integer());
}

Result<std::optional<SliceRow>> SqliteTx::slice(std::string_view flow, std::string_view slice)
{
  static const std::string sql = kSelectSlice + " WHERE flow = ? AND slice = ?";
  Query query(db_, sql);
  return query.bind(flow, slice).first(read_slice<Query>);
}

Result<std::vector<SliceRow>> SqliteTx::slices(std::string_view flow)
{
  Select select(kSelectSlice);
  select.where_given("flow = ?", flow).then("ORDER BY flow, slice", SIZE_MAX);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_slice<Query>);
}

Result<void> SqliteTx::put_slice(const SliceRow& row)
{
  Query query(db_, "INSERT INTO gs_slice (flow, slice, cursor, tag, loaded, complete_at, count) "
                   "VALUES (?,?,?,?,?,?,?) ON CONFLICT (flow, slice) DO UPDATE SET "
                   "cursor = excluded.cursor, tag = excluded.tag, loaded = excluded.loaded, "
                   "complete_at = excluded.complete_at, count = excluded.count");
  return query
      .bind(row.flow, row.slice, row.cursor, row.tag, row.loaded, row.complete_at, row.count)
      .run();
}

Result<void> SqliteTx::seen_clear(std::string_view flow, std::string_view slice)
{
  TRY(const std::int64_t number, slice_number(flow, slice));
  Query query(db_, "DELETE FROM temp.gs_seen WHERE slice = ?");
  return query.bind(number).run();
}

Result<void> SqliteTx::seen_add(std::string_view flow, std::string_view slice,
                                const std::vector<std::string>& keys)
{
  TRY(const std::int64_t number, slice_number(flow, slice));
  Query query(db_, "INSERT OR IGNORE INTO temp.gs_seen (slice, key) VALUES (?, ?)");
  for (const auto& key : keys) {
    query.again();
    TRY_VOID(query.bind(number, key).run());
  }
  return {};
}

Result<std::vector<std::string>> SqliteTx::unseen(std::string_view flow, std::string_view slice,
                                                  std::string_view after_key, std::size_t limit)
{
  TRY(const std::int64_t number, slice_number(flow, slice));
  Query query(db_, "SELECT s.key FROM gs_shadow s WHERE s.slice = ?1 AND s.deleted = 0 "
                   "AND s.key > ?2 AND NOT EXISTS (SELECT 1 FROM temp.gs_seen t "
                   "WHERE t.slice = ?1 AND t.key = s.key) ORDER BY s.key LIMIT ?3");
  return query.bind(number, after_key, std::min<std::size_t>(limit, INT32_MAX)).all(read_text);
}

Result<void> SqliteTx::adopt_seen(std::string_view flow, std::string_view slice)
{
  TRY(const std::int64_t number, slice_number(flow, slice));
  TRY(const std::int64_t name, dict_.names.find(flow));
  shadows_.forget_read();
  Query move(db_, "UPDATE gs_shadow SET slice = ?1 WHERE flow = ?2 AND slice <> ?1 "
                  "AND key IN (SELECT key FROM temp.gs_seen WHERE slice = ?1)");
  TRY_VOID(move.bind(number, name).run());
  Query found(db_, "UPDATE gs_shadow_base SET absences = 0 WHERE flow = ?2 AND absences > 0 "
                   "AND EXISTS (SELECT 1 FROM temp.gs_seen t WHERE t.slice = ?1 "
                   "AND t.key = gs_shadow_base.key)");
  return found.bind(number, name).run();
}

Result<void> SqliteTx::scrub_shadows()
{
  TRY_VOID(shadows_.settle());
  std::vector<std::int64_t> flows;
  {
    Query query(db_, "SELECT DISTINCT flow FROM gs_shadow");
    TRY(flows, query.all([](Query& row) -> Result<std::int64_t> { return row.integer(); }));
  }
  for (const auto flow : flows) {
    TRY(const auto name, dict_.names.text(flow));
    TRY(const auto entity, dict_.names.find(std::string(entity_of(name))));
    static const std::string sql = kSelectShadow + " WHERE s.flow = ?";
    Query rows(db_, sql);
    rows.bind(entity, flow);
    TRY_VOID(scrub_rows(rows, [&](Query& row) { return read_numbered_shadow(row, dict_.names); }));
  }
  Query halves(db_, "SELECT (SELECT count(*) FROM gs_shadow WHERE base > 0), "
                    "(SELECT count(*) FROM gs_shadow_base), "
                    "(SELECT count(*) FROM gs_shadow s JOIN gs_shadow_base b ON b.id = s.base "
                    "JOIN gs_slice_name n ON n.id = s.slice)");
  TRY_VOID(halves.next());
  const auto narrow = halves.integer(), wide = halves.integer(), joined = halves.integer();
  if (narrow == wide && wide == joined) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("store: {} shadows with a base, {} bases and {} pairs of them", narrow,
                          wide, joined));
}

} // namespace gramsetu::store
