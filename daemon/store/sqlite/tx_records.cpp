// Records and their counts.
#include "daemon/store/shared/read_rows.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/record_places.hpp"
#include "daemon/store/sqlite/tx.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store {

namespace {

// Every column of `read_record`, and what of the row is a number.
const std::string kSelect = "SELECT '', key, body, origin, place, revision, sequence, deleted, "
                            "changed_at, dead_until, sum, entity, origin_of, origin_at, id "
                            "FROM gs_record";

Result<RecordRow> read_numbered_record(Query& query, Dictionary& dict)
{
  return read_record_with(query, [&](RecordRow& row) -> Result<void> {
    TRY(row.entity, dict.names.text(query.integer()));
    KeptOrigin kept{row.origin, query.integer(), query.maybe_integer()};
    if (kept.frame == 0) return {};
    TRY(row.origin, dict.origins.restore(kept, row.changed_at));
    return {};
  });
}

// "/place/district" as SQLite's path, $."place"."district".
Result<std::string> path_of(const std::string& pointer)
{
  std::string path = "$";
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '"') return fail(ErrorKind::invalid, "store: a pointer cannot have a quote in it");
    if (c == '/')
      path += i == 0 ? ".\"" : "\".\"";
    else if (c == '~' && i + 1 < pointer.size())
      path += pointer[++i] == '1' ? '/' : '~'; // RFC 6901, section 3
    else
      path += c;
  }
  if (!pointer.starts_with('/'))
    return fail(ErrorKind::invalid, "store: '" + pointer + "' is not a JSON Pointer");
  return path + "\"";
}

// A change that is neither listed nor said by its record is history that nobody finds. One that was purged is neither.
Result<void> scrub_creations(Connection& db)
{
  Query query(
      db, "SELECT (SELECT count(*) FROM gs_change WHERE listed = 0) AS apart, (SELECT "
          "count(*) FROM gs_record r JOIN gs_change c ON c.sequence = r.created AND "
          "c.entity = r.entity AND c.key = r.key AND c.listed = 0) AS said WHERE apart <> said");
  return query.each([](Query& row) -> Result<void> {
    const auto apart = row.integer();
    return fail(ErrorKind::corrupt, fmt::format("store: {} creations are counted as said by their "
                                                "records, {} are",
                                                apart, row.integer()));
  });
}

} // namespace

Result<std::optional<RecordRow>> SqliteTx::record(std::string_view entity, std::string_view key)
{
  TRY(const auto number, dict_.names.find(entity));
  if (records_.is_beyond(number, key)) return std::optional<RecordRow>();
  static const std::string sql = kSelect + " WHERE entity = ? AND key = ?";
  Query query(db_, sql);
  TRY(auto found, query.bind(number, key).first([&](Query& row) -> Result<RecordRow> {
    TRY(auto record, read_numbered_record(row, dict_));
    records_.was_read(
        {number, record.key, row.integer(), record.deleted, record.body, record.place});
    return record;
  }));
  if (!found) TRY_VOID(records_.was_missed(number));
  return found;
}

Result<std::vector<RecordRow>> SqliteTx::records(const RecordQuery& asked)
{
  TRY(const auto entity, dict_.names.find(asked.entity));
  Select select(kSelect);
  // A place has few records: they are looked up one by one, and no range of keys is gone through.
  select.where("entity = ?", entity)
      .where_given(asked.place.empty() ? "key > ?" : "+key > ?", asked.after_key);
  if (!asked.with_deleted) select.where("deleted = 0");
  if (!asked.place.empty()) select.where(kIsAtPlace, entity, asked.place);
  if (!asked.parent_pointer.empty()) {
    TRY(const std::string path, path_of(asked.parent_pointer));
    // The path is quoted for SQL too: what it is made of has come from outside of this room.
    std::string literal;
    for (const char c : path)
      literal += c == '\'' ? "''" : std::string(1, c);
    select.where("CASE WHEN json_valid(body) THEN CAST(json_extract(body, '" + literal +
                     "') AS TEXT) END = ?",
                 asked.parent);
  }
  if (asked.after_sequence) select.where("sequence > ?", *asked.after_sequence);
  select.then(asked.after_sequence ? "ORDER BY sequence" : "ORDER BY key", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all([&](Query& row) { return read_numbered_record(row, dict_); });
}

Result<void> SqliteTx::put_record(const RecordRow& row)
{
  TRY_VOID(shadows_.settle());
  TRY(const auto entity, dict_.names.number(row.entity));
  TRY(auto before, records_.put(entity, row));
  shadows_.record_written(row, std::move(before.body));
  const int by = (row.deleted ? 0 : 1) - (before.live ? 1 : 0);
  if (by != 0) live_[row.entity] += by;
  return {};
}

Result<std::size_t> SqliteTx::count_records(std::string_view entity)
{
  std::int64_t live = 0;
  Query query(db_, "SELECT live FROM gs_count WHERE entity = ?");
  TRY(const bool found, query.bind(entity).next());
  if (found) live = query.integer();
  if (const auto now = live_.find(entity); now != live_.end()) live += now->second;
  return static_cast<std::size_t>(std::max<std::int64_t>(live, 0));
}

Result<void> SqliteTx::finish()
{
  TRY_VOID(shadows_.settle());
  TRY_VOID(records_.list_creation());
  if (const auto newest = records_.newest()) TRY_VOID(enter_places(db_, *newest));
  for (const auto& [entity, by] : live_) {
    Query query(db_, "INSERT INTO gs_count (entity, live) VALUES (?, ?) "
                     "ON CONFLICT (entity) DO UPDATE SET live = live + excluded.live");
    TRY_VOID(query.bind(entity, by).run());
  }
  live_.clear();
  return {};
}

Result<void> SqliteTx::scrub_records()
{
  Query rows(db_, kSelect);
  TRY_VOID(scrub_rows(rows, [&](Query& row) { return read_numbered_record(row, dict_); }));
  TRY_VOID(scrub_creations(db_));
  TRY_VOID(scrub_record_places(db_));
  Query counts(db_, "SELECT c.entity, c.live, (SELECT count(*) FROM gs_record r WHERE r.entity = "
                    "(SELECT id FROM gs_name WHERE name = c.entity) AND r.deleted = 0) AS found "
                    "FROM gs_count c WHERE live <> found");
  return counts.each([](Query& row) -> Result<void> {
    const auto entity = row.text();
    const auto live = row.integer();
    return fail(ErrorKind::corrupt,
                fmt::format("store: {} live records of {} are counted, {} are there", live, entity,
                            row.integer()));
  });
}

} // namespace gramsetu::store
