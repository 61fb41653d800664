// Records and their counts.
#include "daemon/store/postgresql/partitions.hpp"
#include "daemon/store/postgresql/scrub.hpp"
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::store::postgresql {

namespace {

const std::string kSelect = "SELECT entity, key, body, origin, place, revision, sequence, deleted, "
                            "changed_at, dead_until, sum FROM gs_record";

// "/place/district" as an array of names, {"place","district"}.
Result<std::string> path_of(const std::string& pointer)
{
  std::string path;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '"') return fail(ErrorKind::invalid, "store: a pointer cannot have a quote in it");
    if (c == '/')
      path += i == 0 ? "{\"" : "\",\"";
    else if (c == '~' && i + 1 < pointer.size())
      path += pointer[++i] == '1' ? '/' : '~'; // RFC 6901, section 3
    else
      path += c == '\\' ? "\\\\" : std::string(1, c);
  }
  if (!pointer.starts_with('/'))
    return fail(ErrorKind::invalid, "store: '" + pointer + "' is not a JSON Pointer");
  return path + "\"}";
}

} // namespace

Result<std::optional<RecordRow>> PostgresTx::record(std::string_view entity, std::string_view key)
{
  return rows_.record(entity, key);
}

Result<std::vector<RecordRow>> PostgresTx::records(const RecordQuery& asked)
{
  TRY_VOID(flush());
  Select select(kSelect);
  select.where("entity = ?", asked.entity).where_given("key > ?", asked.after_key);
  if (!asked.with_deleted) select.where("NOT deleted");
  // Said so that the partial index of places can serve.
  if (!asked.place.empty()) select.where("place = ?", asked.place).where("place <> ''");
  if (!asked.parent_pointer.empty()) {
    TRY(const std::string path, path_of(asked.parent_pointer));
    select.where("gs_text_at(body, " + quoted(path, '\'') + ") = ?", asked.parent);
  }
  if (asked.after_sequence) select.where("sequence > ?", *asked.after_sequence);
  select.then(asked.after_sequence ? "ORDER BY sequence" : "ORDER BY key", asked.limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_record<Query>);
}

Result<void> PostgresTx::put_record(const RecordRow& row)
{
  // The count needs to know what was there. Whoever writes has looked before, so it is known.
  TRY(const auto before, rows_.record(row.entity, row.key));
  TRY_VOID(rows_.put(row));
  const int by = (row.deleted ? 0 : 1) - (before && !before->deleted ? 1 : 0);
  if (by != 0) live_[row.entity] += by;
  return {};
}

Result<std::size_t> PostgresTx::count_records(std::string_view entity)
{
  std::int64_t live = 0;
  Query query(db_, "SELECT live FROM gs_count WHERE entity = ?");
  TRY(const bool found, query.bind(entity).next());
  if (found) live = query.integer();
  if (const auto now = live_.find(entity); now != live_.end()) live += now->second;
  return static_cast<std::size_t>(std::max<std::int64_t>(live, 0));
}

Result<void> PostgresTx::finish()
{
  TRY_VOID(flush());
  for (const auto& [entity, by] : live_) {
    Query query(db_, "INSERT INTO gs_count AS c (entity, live) VALUES (?, ?) "
                     "ON CONFLICT (entity) DO UPDATE SET live = c.live + excluded.live");
    TRY_VOID(query.bind(entity, by).run());
  }
  live_.clear();
  return store_heads();
}

Result<void> PostgresTx::scrub_records()
{
  TRY_VOID(scrub_rows(db_, kSelect, read_record<Query>));
  Query counts(db_, "SELECT c.entity, c.live, count(r.key) FROM gs_count c LEFT JOIN gs_record r "
                    "ON r.entity = c.entity AND NOT r.deleted GROUP BY c.entity, c.live "
                    "HAVING c.live <> count(r.key)");
  TRY(const bool wrong, counts.next());
  if (!wrong) return {};
  const auto entity = counts.text();
  const auto live = counts.integer();
  return fail(ErrorKind::corrupt, fmt::format("store: {} live records of {} are counted, {} are "
                                              "there",
                                              live, entity, counts.integer()));
}

} // namespace gramsetu::store::postgresql
