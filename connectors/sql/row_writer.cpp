// Rows looked for, inserted, updated and deleted.
#include "connectors/sql/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::sql {

using schema::Value;
using Outcome = Receipt::Outcome;

Receipt receipt_without(Outcome outcome, Error error)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = std::move(error);
  return receipt;
}

RowWriter::RowWriter(Session& session, const Mapped& mapped)
    : session_(session), mapped_(mapped), words_(mapped.words), push_(*mapped.words.push)
{
}

Result<std::optional<RowWriter::There>> RowWriter::find(const Intent& intent)
{
  TRY(Place place, place_of(mapped_, {intent.key, intent.remote_id}));
  Statement statement(session_.dialect());
  statement.add("SELECT ");
  mapped_.select(statement);
  statement.add(" FROM ").add(quoted(mapped_.table.name)).add(" WHERE ");
  mapped_.match(statement, place.columns, std::move(place.cells));
  TRY(const Answer answer, session_.run(statement.add(" LIMIT 2")));
  if (answer.rows.empty()) return std::optional<There>();
  if (answer.rows.size() > 1)
    return fail(ErrorKind::invalid, "several rows have this key; which one is meant?");
  const bool marked = push_.mark && mapped_.record(answer.rows[0]).deleted;
  return std::optional(There{mapped_.key_of(answer.rows[0]), marked});
}

Result<void> RowWriter::assign(Statement& statement, const Value& body)
{
  bool first = true;
  const auto next = [&](const std::string& column) -> Statement& {
    statement.add(first ? "" : ", ").name(column).add(" = ");
    first = false;
    return statement;
  };
  for (const auto& member : body.object().members()) {
    if (std::find(words_.key.begin(), words_.key.end(), member.name) != words_.key.end()) continue;
    TRY(auto cell, written(member));
    next(member.name).value(std::move(cell), *mapped_.table.find(member.name));
  }
  if (keeps_version_itself()) next(words_.version).add(next_version());
  if (!first) return {};
  // Nothing but its key: the row stays as it is, and is counted.
  next(words_.key.front()).name(words_.key.front());
  return {};
}

Result<Cell> RowWriter::written(const schema::Member& member)
{
  if (!mapped_.table.find(member.name))
    return fail(ErrorKind::invalid,
                fmt::format("{} has no column '{}'", mapped_.table.name.back(), member.name));
  return cell_of(member.value, mapped_.form(member.name));
}

bool RowWriter::keeps_version_itself() const
{
  return !words_.version.empty() && push_.version_by == PushWords::VersionBy::hub;
}

std::string RowWriter::next_version() const
{
  return fmt::format("coalesce({}, 0) + 1", quoted(words_.version));
}

Result<Receipt> RowWriter::create(const Intent& intent)
{
  if (!intent.body.is_object()) return fail(ErrorKind::invalid, "there is nothing to write");
  TRY(const auto there, find(intent));
  if (there && !there->marked)
    return receipt_without(Outcome::moved, {ErrorKind::precondition, "it is there already"});
  if (there) return write_over(intent, there->key, "");
  Statement statement(session_.dialect());
  std::vector<std::string> columns;
  for (const auto& member : intent.body.object().members())
    columns.push_back(member.name);
  if (keeps_version_itself()) columns.push_back(words_.version);
  statement.add("INSERT INTO ").add(quoted(mapped_.table.name)).add(" (").names(columns);
  statement.add(") VALUES (");
  bool first = true;
  for (const auto& member : intent.body.object().members()) {
    TRY(auto cell, written(member));
    statement.add(first ? "" : ", ").value(std::move(cell), *mapped_.table.find(member.name));
    first = false;
  }
  if (keeps_version_itself()) statement.add(first ? "1" : ", 1");
  statement.add(") RETURNING ").add(mapped_.key_list());
  TRY(const Answer answer, session_.run(statement));
  if (answer.rows.size() != 1)
    return fail(ErrorKind::invalid, "the database did not keep the row, and did not say why");
  return applied(answer.rows[0]);
}

Result<Receipt> RowWriter::update(const Intent& intent)
{
  if (!intent.body.is_object()) return fail(ErrorKind::invalid, "there is nothing to write");
  TRY(const auto there, find(intent));
  if (!there || there->marked)
    return receipt_without(Outcome::moved, {ErrorKind::precondition, "it is not there any more"});
  return write_over(intent, there->key, intent.expected_version);
}

Result<Receipt> RowWriter::write_over(const Intent& intent, const std::vector<Cell>& key,
                                      const std::string& version)
{
  Statement statement(session_.dialect());
  statement.add("UPDATE ").add(quoted(mapped_.table.name)).add(" SET ");
  TRY_VOID(assign(statement, intent.body));
  if (push_.mark) TRY_VOID(set_mark(statement, push_.mark->clear));
  return change(statement, key, version);
}

Result<void> RowWriter::set_mark(Statement& statement, const std::optional<std::string>& text)
{
  const Column& column = *mapped_.table.find(push_.mark->column);
  statement.add(", ").name(column.name).add(" = ");
  statement.value(text ? Cell::of(*text) : Cell{}, column);
  return {};
}

Result<Receipt> RowWriter::change(Statement& statement, const std::vector<Cell>& key,
                                  const std::string& version)
{
  statement.add(" WHERE ");
  mapped_.match(statement, words_.key, key);
  if (!version.empty() && !words_.version.empty()) {
    TRY(auto expected, cell_of(Value(version), mapped_.form(words_.version)));
    statement.add(" AND ").name(words_.version).add(" = ");
    statement.value(std::move(expected), *mapped_.table.find(words_.version));
  }
  TRY(const Answer answer, session_.run(statement));
  if (answer.changed == 0)
    return receipt_without(Outcome::moved,
                           {ErrorKind::precondition, "it has another version by now"});
  if (answer.changed > 1)
    return fail(ErrorKind::invalid, "several rows have this key; which one is meant?");
  return applied(key);
}

Result<Receipt> RowWriter::remove(const Intent& intent)
{
  TRY(const auto there, find(intent));
  if (!there || there->marked)
    return receipt_without(Outcome::moved, {ErrorKind::precondition, "it is not there any more"});
  Statement statement(session_.dialect());
  if (!push_.mark) {
    statement.add("DELETE FROM ").add(quoted(mapped_.table.name));
    return change(statement, there->key, intent.expected_version);
  }
  const auto& first = words_.key.front();
  statement.add("UPDATE ").add(quoted(mapped_.table.name)).add(" SET ");
  if (keeps_version_itself())
    statement.name(words_.version).add(" = " + next_version());
  else
    statement.name(first).add(" = ").name(first);
  TRY_VOID(set_mark(statement, push_.mark->set));
  return change(statement, there->key, intent.expected_version);
}

Result<Receipt> RowWriter::applied(const std::vector<Cell>& key)
{
  Receipt receipt;
  receipt.outcome = Outcome::applied;
  receipt.remote_id = mapped_.id_of(key);
  if (words_.version.empty()) return receipt;
  Statement statement(session_.dialect());
  statement.add("SELECT ").name(words_.version).add(" FROM ").add(quoted(mapped_.table.name));
  statement.add(" WHERE ");
  mapped_.match(statement, words_.key, key);
  TRY(const Answer answer, session_.run(statement));
  if (answer.rows.size() == 1)
    receipt.version = text_of(answer.rows[0][0], mapped_.form(words_.version));
  return receipt;
}

} // namespace gramsetu::connectors::sql
