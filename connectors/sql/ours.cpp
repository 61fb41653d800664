// The tables and triggers that are ours, in both dialects.
#include "connectors/sql/ours.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

namespace {

// `@` stands for the name, which is made of the rest.
Trigger named(std::string_view what, std::string sql)
{
  Trigger trigger{fmt::format("gramsetu_{}_{}", what, to_hex(sha256(sql)).substr(0, 8)), ""};
  for (auto at = sql.find('@'); at != sql.npos; at = sql.find('@', at + trigger.name.size()))
    sql.replace(at, 1, trigger.name);
  trigger.sql = std::move(sql);
  return trigger;
}

std::string all_equal(const std::vector<std::string>& columns, std::string_view other)
{
  std::string text;
  for (const auto& column : columns)
    text += fmt::format("{}{} = {}.{}", text.empty() ? "" : " AND ", quoted(column), other,
                        quoted(column));
  return text;
}

// An identifier may hold an @ of its own, which must not be taken for the name.
std::string without_at(std::string text)
{
  std::string made;
  for (const char letter : text)
    made += letter == '@' ? std::string("\x01") : std::string(1, letter);
  return made;
}

Trigger restored(Trigger trigger)
{
  std::replace(trigger.sql.begin(), trigger.sql.end(), '\x01', '@');
  return trigger;
}

struct Parts {
  std::string table, name, schema; // quoted; as a literal; quoted
  std::string now, before;         // the key's columns of the new and the old row
};

Parts parts_of(const Mapped& mapped)
{
  return {without_at(quoted(mapped.table.name)), without_at(literal(mapped.table.name.back())),
          without_at(quoted(mapped.table.name.front())), without_at(mapped.key_list("NEW.")),
          without_at(mapped.key_list("OLD."))};
}

std::vector<Trigger> sqlite_capture(const Mapped& mapped)
{
  const Parts p = parts_of(mapped);
  const std::string table = without_at(quoted(mapped.table.name.back()));
  const auto forget = [&](const std::string& keys) {
    return fmt::format("  DELETE FROM {} WHERE tab = {} AND key IN ({});\n", kChanges, p.name,
                       keys);
  };
  const auto note = [&](std::string_view verb, const std::string& key, std::string_view where) {
    return fmt::format("  INSERT INTO {} (tab, key, verb) SELECT {}, {}, '{}'{};\n", kChanges,
                       p.name, key, verb, where);
  };
  const std::string now = fmt::format("json_array({})", p.now);
  const std::string before = fmt::format("json_array({})", p.before);
  const auto trigger = [&](std::string_view verb, const std::string& body) {
    return restored(named(fmt::format("capture_{}", verb),
                          fmt::format("CREATE TRIGGER {}.\"@\" AFTER {} ON {} BEGIN\n{}END",
                                      p.schema, verb, table, body)));
  };
  return {
      trigger("insert", forget(now) + note("insert", now, "")),
      trigger("update", forget(now + ", " + before) +
                            note("delete", before, fmt::format(" WHERE {} <> {}", before, now)) +
                            note("update", now, "")),
      trigger("delete", forget(before) + note("delete", before, ""))};
}

std::vector<Trigger> sqlite_version(const Mapped& mapped)
{
  const Parts p = parts_of(mapped);
  const std::string table = without_at(quoted(mapped.table.name.back()));
  const std::string version = without_at(quoted(mapped.words.version));
  const auto body =
      fmt::format("BEGIN\n  UPDATE {0} SET number = number + 1;\n"
                  "  UPDATE {1} SET {2} = (SELECT number FROM {0}) WHERE {3};\nEND",
                  kVersions, table, version, without_at(all_equal(mapped.words.key, "NEW")));
  const auto begin = [&](std::string_view verb) {
    return fmt::format("CREATE TRIGGER {}.\"@\" AFTER {} ON {}", p.schema, verb, table);
  };
  // Who sets the version himself has moved it on; that is how the second UPDATE above ends it, too.
  return {restored(named("version_insert", begin("INSERT") + " " + body)),
          restored(named("version_update", fmt::format("{} WHEN NEW.{} IS OLD.{} {}",
                                                       begin("UPDATE"), version, version, body)))};
}

// A function and its trigger share a name. It runs with its owner's rights, so that whoever writes the table
// need have none on ours.
Trigger postgres_trigger(const Mapped& mapped, std::string_view what, std::string_view when,
                         const std::string& body)
{
  const Parts p = parts_of(mapped);
  return restored(named(
      what, fmt::format(
                "CREATE OR REPLACE FUNCTION {0}.\"@\"() RETURNS trigger LANGUAGE plpgsql SECURITY "
                "DEFINER\n  SET search_path = pg_catalog AS {1};\nCREATE TRIGGER \"@\" {2} "
                "ON {3}\n  FOR EACH {4} EXECUTE "
                "FUNCTION {0}.\"@\"()",
                p.schema, literal("\nBEGIN\n" + body + "END\n"), when, p.table,
                what == "truncate" ? "STATEMENT" : "ROW")));
}

std::vector<Trigger> postgres_capture(const Mapped& mapped)
{
  const Parts p = parts_of(mapped);
  const std::string changes = without_at(mapped.beside(kChanges));
  const auto note = [&](const std::string& key, std::string_view verb, const std::string& from) {
    return fmt::format("  INSERT INTO {} AS c (tab, key, verb) SELECT {}, jsonb_build_array({}), "
                       "{}{}\n    ON CONFLICT (tab, key) DO UPDATE SET seq = excluded.seq, xid = "
                       "excluded.xid, verb = excluded.verb;\n",
                       changes, p.name, key, verb, from);
  };
  const std::string moved = fmt::format(
      "(TG_OP = 'UPDATE' AND jsonb_build_array({}) <> jsonb_build_array({}))", p.before, p.now);
  // Apart, because what a record variable does not hold must not even be named.
  const auto body =
      fmt::format("  IF TG_OP = 'INSERT' THEN\n{0}  ELSIF TG_OP = 'DELETE' THEN\n{1}"
                  "  ELSE\n    IF {2} THEN\n{1}    END IF;\n{0}  END IF;\n"
                  "  RETURN NULL;\n",
                  note(p.now, "lower(TG_OP)", ""), note(p.before, "'delete'", ""), moved);
  const auto all = note(without_at(mapped.key_list()), "'delete'", " FROM " + p.table);
  return {postgres_trigger(mapped, "capture", "AFTER INSERT OR UPDATE OR DELETE", body),
          postgres_trigger(mapped, "truncate", "BEFORE TRUNCATE", all + "  RETURN NULL;\n")};
}

Trigger postgres_version(const Mapped& mapped)
{
  const std::string version = without_at(quoted(mapped.words.version));
  const auto next = without_at(literal(mapped.beside(kVersions)));
  const auto body = fmt::format("  IF TG_OP = 'INSERT' THEN\n    NEW.{0} := nextval({1});\n"
                                "  ELSIF NEW.{0} IS NOT DISTINCT FROM OLD.{0} THEN\n"
                                "    NEW.{0} := nextval({1});\n  END IF;\n  RETURN NEW;\n",
                                version, next);
  return postgres_trigger(mapped, "version", "BEFORE INSERT OR UPDATE", body);
}

std::string receipts_table(const std::string& name)
{
  return fmt::format("CREATE TABLE {} (idempotency_key text PRIMARY KEY, stream text NOT NULL,\n"
                     "  remote_id text NOT NULL, version text NOT NULL, at bigint NOT NULL)",
                     name);
}

std::string changes_table(const std::string& name, Dialect dialect)
{
  if (dialect == Dialect::sqlite)
    return fmt::format(
        "CREATE TABLE {} (seq INTEGER PRIMARY KEY AUTOINCREMENT, tab TEXT NOT NULL,\n"
        "  key TEXT NOT NULL, verb TEXT NOT NULL, UNIQUE (tab, key))",
        name);
  return fmt::format(
      "CREATE TABLE {0} (seq bigserial, xid bigint NOT NULL DEFAULT\n"
      "  (pg_current_xact_id()::text::bigint), tab text NOT NULL, key jsonb NOT NULL,\n"
      "  verb text NOT NULL, PRIMARY KEY (tab, key));\n"
      "CREATE INDEX ON {0} (tab, xid, seq)",
      name);
}

} // namespace

std::vector<Trigger> triggers_of(const Mapped& mapped, Dialect dialect)
{
  std::vector<Trigger> all;
  const bool sqlite = dialect == Dialect::sqlite;
  const auto add = [&](std::vector<Trigger> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  if (mapped.words.changes == Changes::captured)
    add(sqlite ? sqlite_capture(mapped) : postgres_capture(mapped));
  if (mapped.words.keeps_version_by_trigger())
    add(sqlite ? sqlite_version(mapped) : std::vector{postgres_version(mapped)});
  return all;
}

std::vector<OwnTable> tables_of(const Mapped& mapped, Dialect dialect)
{
  std::vector<OwnTable> all;
  if (mapped.words.push) all.push_back({kReceipts, receipts_table(mapped.beside(kReceipts))});
  if (mapped.words.changes == Changes::captured)
    all.push_back({kChanges, changes_table(mapped.beside(kChanges), dialect)});
  if (mapped.words.keeps_version_by_trigger()) {
    const auto name = mapped.beside(kVersions);
    all.push_back({kVersions, dialect == Dialect::sqlite
                                  ? fmt::format("CREATE TABLE {0} (number INTEGER NOT NULL);\n"
                                                "INSERT INTO {0} VALUES (1)",
                                                name)
                                  : fmt::format("CREATE SEQUENCE {} START 2", name)});
  }
  return all;
}

std::string drop_trigger(const Mapped& mapped, Dialect dialect, const std::string& name)
{
  if (dialect == Dialect::sqlite) return "DROP TRIGGER " + mapped.beside(name);
  return fmt::format("DROP TRIGGER {} ON {};\nDROP FUNCTION IF EXISTS {}()", quoted(name),
                     quoted(mapped.table.name), mapped.beside(name));
}

Result<void> check_prepared(Session& session, const Mapped& mapped)
{
  const auto unprepared = [&](const std::string& what) {
    return fail(ErrorKind::unsupported, fmt::format("{} is not prepared ({} is missing)",
                                                    fmt::join(mapped.table.name, "."), what));
  };
  for (const auto& own : tables_of(mapped, session.dialect())) {
    if (own.name == kVersions) continue; // where it is missing its triggers cannot be
    const auto there = session.describe({mapped.table.name.front(), own.name});
    if (!there && there.error().kind == ErrorKind::not_found) return unprepared(own.name);
    if (!there) return tl::unexpected<Error>(there.error());
  }
  const auto wanted = triggers_of(mapped, session.dialect());
  if (wanted.empty()) return {};
  TRY(const auto names, session.triggers(mapped.table));
  for (const auto& trigger : wanted)
    if (std::find(names.begin(), names.end(), trigger.name) == names.end())
      return unprepared("trigger " + trigger.name);
  return {};
}

} // namespace gramsetu::connectors::sql
