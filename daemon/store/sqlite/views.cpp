// The entities' views.
#include "daemon/store/sqlite/views.hpp"

#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>

#include <map>

namespace gramsetu::store {

namespace {

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

// Columns of ours begin with an underscore, which no field does.
std::string view_sql(const View& view)
{
  std::string sql = fmt::format("CREATE VIEW {} AS SELECT key AS _key, place AS _place",
                                quoted(view.entity, '"'));
  for (const auto& column : view.columns) {
    const auto value =
        fmt::format("json_extract(body, {})", quoted("$.\"" + column.name + "\"", '\''));
    // The cast gives the column a type; the values are such already.
    sql += fmt::format(", {} AS {}", column.integer ? "CAST(" + value + " AS INTEGER)" : value,
                       quoted(column.name, '"'));
  }
  return sql + fmt::format(", revision AS _revision, "
                           "strftime('%Y-%m-%dT%H:%M:%fZ', changed_at / 1000.0, 'unixepoch')"
                           " AS _changed_at FROM gs_record WHERE entity = "
                           "(SELECT id FROM gs_name WHERE name = {}) AND deleted = 0",
                           quoted(view.entity, '\''));
}

} // namespace

Result<void> rebuild_views(Connection& connection, const std::vector<View>& views)
{
  if (views.empty()) return {};
  std::map<std::string, std::string> wanted, present;
  for (const auto& view : views) {
    if (view.entity.starts_with("gs_") || view.entity.starts_with("sqlite_"))
      return fail(ErrorKind::invalid, "store: an entity cannot be named '" + view.entity +
                                          "': such names are the store's own");
    wanted[view.entity] = view_sql(view);
  }
  {
    Query query(connection, "SELECT name, sql FROM sqlite_schema WHERE type = 'view'");
    while (true) {
      TRY(const bool more, query.next());
      if (!more) break;
      const auto name = query.text();
      present[name] = query.text();
    }
  }
  if (wanted == present) return {};
  std::string sql = "BEGIN IMMEDIATE;";
  for (const auto& [name, text] : present)
    sql += "DROP VIEW " + quoted(name, '"') + ";";
  for (const auto& [name, text] : wanted)
    sql += text + ";";
  return connection.execute(sql + "COMMIT;");
}

} // namespace gramsetu::store
