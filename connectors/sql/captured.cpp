// Reading the change table.
#include "connectors/sql/captured.hpp"

#include "connectors/sql/ours.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::sql {

using schema::Value;

namespace {

// In SQLite one transaction writes at a time, so that numbers appear in their order. In PostgreSQL a lower
// number may be committed after a higher one; what counts there is the transaction: below the oldest that still
// runs everything is settled.
const char* order_of(Dialect dialect)
{
  return dialect == Dialect::sqlite ? "c.seq" : "c.xid, c.seq";
}

std::optional<std::int64_t> number_of(const std::string& padded)
{
  const auto start = padded.find_first_not_of('0');
  return padded.size() == 20
             ? schema::read_integer(start == padded.npos ? "0" : padded.substr(start))
             : std::nullopt;
}

// "t"."k" = the part of the change's key, in the column's own type so that its index serves.
std::string joined(const Mapped& mapped, Dialect dialect)
{
  std::string text;
  const auto& key = mapped.words.key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    text += fmt::format("{}t.{} = ", i ? " AND " : "", quoted(key[i]));
    text += dialect == Dialect::sqlite
                ? fmt::format("json_extract(c.key, '$[{}]')", i)
                : fmt::format("(c.key->>{})::{}", i, mapped.table.find(key[i])->declared);
  }
  return text;
}

Result<RemoteRecord> tombstone(const Mapped& mapped, const std::string& key)
{
  const auto parts = schema::parse_json(key);
  if (!parts || !parts->is_list() || parts->list().size() != mapped.words.key.size())
    return fail(ErrorKind::invalid, "a captured change has a key that is none");
  RemoteRecord record;
  schema::Object body;
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < mapped.words.key.size(); ++i) {
    const auto form = mapped.form(mapped.words.key[i]);
    const Value& part = parts->list()[i];
    const bool whole = part.is_integer();
    const Cell cell = whole            ? Cell::of(part.integer())
                      : part.is_text() ? Cell::of(part.text())
                                       : Cell::of(schema::to_json(part));
    body.append(mapped.words.key[i], value_of(cell, form));
    cells.push_back(cell);
  }
  record.remote_id = mapped.id_of(cells);
  record.body = Value(std::move(body));
  record.deleted = true;
  return record;
}

Result<Statement> statement_of(const Mapped& mapped, const PullRequest& request, Dialect dialect,
                               const Mark& mark)
{
  const bool sqlite = dialect == Dialect::sqlite;
  const auto from = number_of(request.since), to = number_of(mark.upper);
  if (!from || !to) return fail(ErrorKind::invalid, "this cursor is none of captured changes");
  if (*from > *to)
    return fail(ErrorKind::invalid,
                fmt::format("the changes of {} end at {}, before {}, up to where they have been "
                            "read: the database was set back. Read everything again: gramsetu sync "
                            "FLOW --full",
                            mapped.table.name.back(), *to, *from));
  const std::string first = sqlite ? "c.seq" : "c.xid";
  Statement statement(dialect);
  statement.add("SELECT c.seq, ").add(sqlite ? "c.seq" : "c.xid");
  statement.add(sqlite ? ", c.key, t." : ", c.key::text, t.").name(mapped.words.key.front());
  statement.add(" IS NULL, ");
  mapped.select(statement, "t.");
  statement.add(" FROM ").add(mapped.beside(kChanges)).add(" c LEFT JOIN ");
  statement.add(quoted(mapped.table.name)).add(" t ON ").add(joined(mapped, dialect));
  // A row that no longer meets what is the same for all has left the stream.
  TRY_VOID(mapped.restrict(statement, request.slice, "t.", false));
  statement.add(" WHERE c.tab = ").plain(mapped.table.name.back()).add(" AND ").add(first);
  statement.add(sqlite ? " > " : " >= ").number(*from).add(" AND ").add(first);
  statement.add(sqlite ? " <= " : " < ").number(*to);
  if (!mark.after.empty()) {
    if (mark.after.size() != 2) return fail(ErrorKind::invalid, "this is no page of changes");
    const Column number{"", ColumnType::integer, "", 20};
    statement.add(" AND (").add(order_of(dialect)).add(") > (");
    if (!sqlite) statement.value(mark.after[0], number).add(", ");
    statement.value(mark.after[1], number).add(")");
  }
  // What is gone says no more of which slice it was: every slice hears of it.
  statement.add(" AND (t.").name(mapped.words.key.front()).add(" IS NULL OR (1 = 1");
  TRY_VOID(mapped.restrict(statement, request.slice, "t.", true));
  statement.add("))");
  statement.add(" ORDER BY ").add(order_of(dialect));
  statement.add(fmt::format(" LIMIT {}", mapped.words.page_size + 1));
  return statement;
}

} // namespace

Result<std::string> captured_end(Session& session, const Mapped& mapped)
{
  Statement statement(session.dialect());
  if (session.dialect() == Dialect::postgres)
    statement.add("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
  else
    statement.add("SELECT coalesce(max(seq), 0) FROM ")
        .name(mapped.table.name.front())
        .add(".sqlite_sequence WHERE name = ")
        .plain(kChanges);
  TRY(const Answer answer, session.run(statement));
  return fmt::format("{:0>20}", answer.rows.at(0).at(0).text);
}

Result<Page> captured_page(Session& session, const Mapped& mapped, const PullRequest& request,
                           Mark mark)
{
  constexpr std::size_t kBefore = 4; // cells that are not the row's own
  TRY(const auto statement, statement_of(mapped, request, session.dialect(), mark));
  TRY(const Answer answer, session.run(statement));
  Page page;
  page.cursor = mark.cursor;
  page.last = answer.rows.size() <= mapped.words.page_size;
  for (std::size_t i = 0; i < answer.rows.size() && i < mapped.words.page_size; ++i) {
    const Row& row = answer.rows[i];
    for (const Cell& cell : row)
      page.bytes += cell.text.size();
    mark.after = {row[1], row[0]};
    if (row[3].text != "1") {
      page.records.push_back(mapped.record(row, kBefore));
      continue;
    }
    TRY(auto gone, tombstone(mapped, row[2].text));
    page.records.push_back(std::move(gone));
  }
  if (!page.last) page.next = write_mark(mark);
  return page;
}

} // namespace gramsetu::connectors::sql
