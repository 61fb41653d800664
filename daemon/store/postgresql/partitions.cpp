// What depends on the entities and flows that a hub knows: partitions and views.
#include "daemon/store/postgresql/partitions.hpp"

#include "daemon/store/postgresql/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gramsetu::store::postgresql {

namespace {

// Columns of ours begin with an underscore, which no field does. A value is read as text first: that gives a
// text without its quotes, and of what is not there nothing.
std::string view_sql(const View& view)
{
  std::string sql = "SELECT key AS _key, place AS _place";
  for (const auto& column : view.columns) {
    sql += fmt::format(", (body::json ->> {}){} AS {}", quoted(column.name, '\''),
                       column.integer ? "::bigint" : "", quoted(column.name, '"'));
  }
  return sql + fmt::format(", revision AS _revision, to_timestamp(changed_at / 1000.0) AS "
                           "_changed_at FROM gramsetu.gs_record WHERE entity = {} AND NOT deleted",
                           quoted(view.entity, '\''));
}

Result<std::string> read_text(Query& query)
{
  return query.text();
}

// The text that a view was made of is kept as its comment: what the server keeps of it is written anew.
Result<std::map<std::string, std::string>> present_views(Connection& connection)
{
  Query query(connection,
              "SELECT c.relname::text, coalesce(obj_description(c.oid, 'pg_class'), '') "
              "FROM pg_catalog.pg_class c WHERE c.relkind = 'v' "
              "AND c.relnamespace = 'gramsetu'::regnamespace");
  std::map<std::string, std::string> present;
  while (true) {
    TRY(const bool more, query.next());
    if (!more) return present;
    const auto name = query.text();
    present[name] = query.text();
  }
}

} // namespace

std::string quoted(std::string_view text, char quote)
{
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

std::string partition_sql(std::string_view table, std::string_view suffix, std::string_view value)
{
  return fmt::format("CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES IN ({})",
                     quoted(fmt::format("{}_of_{}", table, suffix), '"'), table,
                     quoted(value, '\''));
}

Result<void> make_partitions(Connection& connection, const std::vector<View>& views)
{
  Query query(connection, "SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.relkind = 'r' "
                          "AND c.relnamespace = 'gramsetu'::regnamespace AND c.relispartition");
  TRY(const auto present, query.all(read_text));
  std::string sql;
  for (const auto& view : views) {
    for (const std::string table : {"gs_record", "gs_change"}) {
      if (std::find(present.begin(), present.end(), table + "_of_" + view.entity) != present.end())
        continue;
      Query early(connection, "SELECT 1 FROM " + table + "_other WHERE entity = ? LIMIT 1");
      TRY(const bool any, early.bind(view.entity).next());
      if (!any) sql += partition_sql(table, view.entity, view.entity) + ";";
    }
  }
  return sql.empty() ? Result<void>() : connection.script(sql);
}

Result<void> rebuild_views(Connection& connection, const std::vector<View>& views)
{
  if (views.empty()) return {};
  std::map<std::string, std::string> wanted;
  for (const auto& view : views) {
    if (view.entity.starts_with("gs_"))
      return fail(ErrorKind::invalid, "store: an entity cannot be named '" + view.entity +
                                          "': such names are the store's own");
    wanted[view.entity] = view_sql(view);
  }
  TRY(const auto present, present_views(connection));
  if (wanted == present) return {};
  std::string sql = "BEGIN;";
  for (const auto& [name, text] : present)
    sql += "DROP VIEW " + quoted(name, '"') + ";";
  for (const auto& [name, text] : wanted)
    sql += fmt::format("CREATE VIEW {0} AS {1};COMMENT ON VIEW {0} IS {2};", quoted(name, '"'),
                       text, quoted(text, '\''));
  return connection.script(sql + "COMMIT;");
}

} // namespace gramsetu::store::postgresql
