// Pages of a table.
#include "connectors/sql/pull.hpp"

#include "connectors/sql/captured.hpp"
#include "connectors/sql/mark.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

namespace {

bool is_no_place(const Cell& cell)
{
  return cell.kind == Cell::Kind::bytes || cell.kind == Cell::Kind::real;
}

class Reading {
public:
  Reading(Session& session, const Mapped& mapped, const PullRequest& request)
      : session_(session), mapped_(mapped), words_(mapped.words), request_(request)
  {
  }

  Result<Page> read()
  {
    Mark mark;
    if (request_.page.empty()) {
      TRY(mark, begin());
    } else {
      TRY(mark, read_mark(request_.page));
    }
    if (mark.by == "captured" && words_.changes == Changes::captured && !request_.since.empty())
      return captured_page(session_, mapped_, request_, std::move(mark));
    const bool by_cursor = mark.by == "cursor" && words_.changes == Changes::column;
    const std::size_t parts = words_.key.size() + by_cursor;
    if ((!by_cursor && mark.by != "key") || (!request_.page.empty() && mark.after.size() != parts))
      return fail(ErrorKind::invalid, "this is no page of this table");
    TRY(Page page, page_after(mark, by_cursor));
    if (request_.page.empty() && !by_cursor) TRY_VOID(look_for_keyless(page));
    return page;
  }

private:
  Result<Mark> begin()
  {
    Mark mark;
    const bool whole = request_.since.empty();
    mark.by = whole ? "key" : words_.changes == Changes::captured ? "captured" : "cursor";
    if (words_.changes == Changes::captured) {
      TRY(mark.upper, captured_end(session_, mapped_));
      mark.cursor = mark.upper;
    } else if (words_.changes == Changes::column) {
      TRY_VOID(look_at_cursor(mark));
    }
    return mark;
  }

  Result<void> add_slice(Statement& statement)
  {
    return mapped_.restrict(statement, request_.slice, "");
  }

  // The highest cursor value at this moment: later ones are left to the next reading.
  Result<void> look_at_cursor(Mark& mark)
  {
    const bool postgres = session_.dialect() == Dialect::postgres;
    Statement statement(session_.dialect());
    statement.add("SELECT max(").name(words_.cursor).add(")");
    // A number that is drawn early and committed late would be passed over.
    statement.add(postgres ? ", (SELECT pg_snapshot_xmin(s) = pg_snapshot_xmax(s) FROM"
                             " pg_current_snapshot() s)"
                           : ", 1");
    statement.add(" FROM ").add(quoted(mapped_.table.name));
    statement.add(" WHERE ").name(words_.cursor).add(" IS NOT NULL");
    TRY_VOID(add_slice(statement));
    TRY(const Answer answer, session_.run(statement));
    if (answer.rows.empty() || answer.rows[0][0].kind == Cell::Kind::null) return {};
    const Cell& highest = answer.rows[0][0];
    const auto text = text_of(highest, mapped_.form(words_.cursor));
    const bool time = mapped_.stream.cursor_type == "timestamp";
    if (highest.kind != Cell::Kind::integer && (!time || !from_rfc3339(text)))
      return fail(ErrorKind::invalid, fmt::format("column '{}' of {} holds '{}', which is no {}",
                                                  words_.cursor, mapped_.table.name.back(), text,
                                                  time ? "time with a zone" : "whole number"));
    mark.upper = write_cell(highest);
    if (time || answer.rows[0][1].text == "1") mark.cursor = text;
    return {};
  }

  Result<Statement> statement_of(const Mark& mark, bool by_cursor)
  {
    Statement statement(session_.dialect());
    statement.add("SELECT ");
    mapped_.select(statement);
    const std::string key = mapped_.key_list();
    const std::string order = by_cursor ? quoted(words_.cursor) + ", " + key : key;
    statement.add(" FROM ").add(quoted(mapped_.table.name)).add(" WHERE ");
    for (std::size_t i = 0; i < words_.key.size(); ++i)
      statement.add(i ? " AND " : "").name(words_.key[i]).add(" IS NOT NULL");
    if (by_cursor) {
      TRY(auto since, cell_of(schema::Value(request_.since), mapped_.form(words_.cursor)));
      TRY(auto upper, read_cell(mark.upper));
      const Column& column = *mapped_.table.find(words_.cursor);
      statement.add(" AND ").name(words_.cursor).add(" >= ").value(std::move(since), column);
      statement.add(" AND ").name(words_.cursor).add(" <= ").value(std::move(upper), column);
    }
    if (!mark.after.empty()) {
      statement.add(" AND (").add(order).add(") > (");
      for (std::size_t i = 0; i < mark.after.size(); ++i) {
        const bool is_cursor = by_cursor && i == 0;
        const auto& name = is_cursor ? words_.cursor : words_.key[i - by_cursor];
        statement.add(i ? ", " : "").value(mark.after[i], *mapped_.table.find(name));
      }
      statement.add(")");
    }
    TRY_VOID(add_slice(statement));
    statement.add(" ORDER BY ").add(order);
    statement.add(fmt::format(" LIMIT {}", words_.page_size + 1));
    return statement;
  }

  std::size_t cursor_at() const
  {
    const auto& reads = words_.reads;
    return static_cast<std::size_t>(std::find(reads.begin(), reads.end(), words_.cursor) -
                                    reads.begin());
  }

  Result<Page> page_after(Mark mark, bool by_cursor)
  {
    Page page;
    page.cursor = mark.cursor;
    if (by_cursor && mark.upper.empty()) return page; // no row has a cursor value
    TRY(const auto statement, statement_of(mark, by_cursor));
    TRY(const Answer answer, session_.run(statement));
    std::vector<Cell> before = mark.after;
    page.last = answer.rows.size() <= words_.page_size;
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
      const Row& row = answer.rows[i];
      auto here = mapped_.key_of(row);
      if (by_cursor) here.insert(here.begin(), row[cursor_at()]);
      if (here == before)
        return fail(ErrorKind::invalid,
                    fmt::format("{} do not tell the rows of {} apart: two have the same",
                                fmt::join(words_.key, ", "), mapped_.table.name.back()));
      if (std::any_of(here.begin(), here.end(), is_no_place))
        return fail(ErrorKind::invalid,
                    fmt::format("a key or cursor of {} holds bytes or floating point, which has no "
                                "exact order",
                                mapped_.table.name.back()));
      before = here;
      if (i == words_.page_size) break;
      for (const Cell& cell : row)
        page.bytes += cell.text.size();
      page.records.push_back(mapped_.record(row));
      mark.after = std::move(here);
    }
    if (!page.last) page.next = write_mark(mark);
    return page;
  }

  // Rows without a key cannot be told apart, and are not passed over in silence.
  Result<void> look_for_keyless(Page& page)
  {
    Statement statement(session_.dialect());
    std::string lacking;
    for (const auto& column : words_.key)
      if (!mapped_.table.find(column)->required)
        lacking += (lacking.empty() ? "" : " OR ") + quoted(column) + " IS NULL";
    if (lacking.empty()) return {};
    statement.add("SELECT count(*) FROM ").add(quoted(mapped_.table.name));
    statement.add(" WHERE (" + lacking + ")");
    TRY_VOID(add_slice(statement));
    TRY(const Answer answer, session_.run(statement));
    const std::string& count = answer.rows.at(0).at(0).text;
    if (count == "0") return {};
    page.bad.push_back({"{}", "/" + words_.key.front(), "no_key",
                        fmt::format("rows of {} without {}: {}", mapped_.table.name.back(),
                                    fmt::join(words_.key, ", "), count)});
    return {};
  }

  Session& session_;
  const Mapped& mapped_;
  const Words& words_;
  const PullRequest& request_;
};

} // namespace

Result<Page> pull_page(Session& session, const Mapped& mapped, const PullRequest& request)
{
  return Reading(session, mapped, request).read();
}

} // namespace gramsetu::connectors::sql
