// The table `sqlar` of a copy: documents as `sqlite3 -A` lists and unpacks them.
#include "daemon/store/care.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>

namespace gramsetu::store {

namespace {

constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, "
    "data BLOB)";
// SQLite holds a value in memory as a whole, and so do we.
constexpr std::string_view kHas = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlar'";

Result<bool> has_any(Connection& copy)
{
  TRY(const auto tables, copy.number(std::string(kHas)));
  return tables > 0;
}

Result<std::size_t> read_each(Connection& copy, const OnDocument& each)
{
  TRY(const bool any, has_any(copy));
  if (!any) return std::size_t{0};
  std::size_t count = 0;
  Query query(copy, "SELECT name, data FROM sqlar ORDER BY name");
  TRY_VOID(query.each([&](Query& row) -> Result<void> {
    const auto name = row.text();
    const auto bytes = row.view();
    const auto digest = digest_from_hex(name);
    if (!digest || sha256(bytes) != *digest)
      return fail(ErrorKind::corrupt,
                  fmt::format("document {} of the backup is not what its name says", name));
    ++count;
    return each(*digest, bytes);
  }));
  return count;
}

} // namespace

Result<void> put_documents(const std::string& path, const std::vector<Digest>& names,
                           const DocumentSource& read)
{
  if (names.empty()) return {};
  TRY(auto copy, Connection::open(path));
  TRY_VOID(copy->execute(fmt::format("PRAGMA synchronous = OFF; BEGIN; {}", kTable)));
  for (const auto& name : names) {
    TRY(const auto bytes, read(name));
    if (!bytes) continue; // taken away meanwhile: nothing names it any more
    Query query(*copy,
                "INSERT INTO sqlar (name, mode, mtime, sz, data) VALUES (?, 33152, 0, ?, ?)");
    TRY_VOID(query.bind(to_hex(name), bytes->size(), Blob{*bytes}).run());
  }
  return copy->execute("COMMIT");
}

Result<std::size_t> each_document(const std::string& path, const OnDocument& each)
{
  TRY(auto copy, Connection::open(path));
  return read_each(*copy, each);
}

Result<std::size_t> take_documents(const std::string& path, const OnDocument& each)
{
  TRY(auto copy, Connection::open(path));
  TRY(const bool any, has_any(*copy));
  if (!any) return std::size_t{0};
  TRY(const auto count, read_each(*copy, each));
  TRY_VOID(copy->execute("DROP TABLE sqlar; VACUUM"));
  return count;
}

} // namespace gramsetu::store
