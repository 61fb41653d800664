// Rows written over the version that is expected.
#include "connectors/sql/push.hpp"

#include "connectors/sql/ours.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gramsetu::connectors::sql {

using schema::Value;
using Outcome = Receipt::Outcome;

namespace {

// So long a receipt stays beyond what is promised: clocks differ.
constexpr std::chrono::hours kReceiptSlack{24};

Receipt without(Outcome outcome, Error error)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = std::move(error);
  return receipt;
}

// What an error before the end of the transaction means for one change.
Receipt receipt_of(const Error& error)
{
  return without(error.kind == ErrorKind::invalid ? Outcome::refused : Outcome::not_sent, error);
}

class Writer {
public:
  Writer(Session& session, const Mapped& mapped, Instant now)
      : session_(session),
        mapped_(mapped),
        words_(mapped.words),
        push_(*mapped.words.push),
        now_(now)
  {
  }

  // What an earlier transaction has done of these.
  Result<void> recall(std::span<const Intent> intents)
  {
    Statement statement(session_.dialect());
    statement.add("SELECT idempotency_key, remote_id, version FROM ");
    statement.add(mapped_.beside(kReceipts)).add(" WHERE idempotency_key IN (");
    for (std::size_t i = 0; i < intents.size(); ++i)
      statement.add(i ? ", " : "").plain(intents[i].idempotency_key);
    TRY(const Answer answer, session_.run(statement.add(")")));
    for (const Row& row : answer.rows) {
      Receipt receipt;
      receipt.outcome = Outcome::applied;
      receipt.remote_id = row[1].text;
      receipt.version = row[2].text;
      known_[row[0].text] = std::move(receipt);
    }
    return {};
  }

  bool knows(const Intent& intent) const { return known_.contains(intent.idempotency_key); }

  // Done, or taken back alone. An error only when the transaction cannot go on.
  Result<Receipt> write(const Intent& intent)
  {
    const auto known = known_.find(intent.idempotency_key);
    if (known != known_.end()) return known->second;
    if (!is_offered(intent.verb))
      return without(Outcome::refused,
                     {ErrorKind::unsupported,
                      fmt::format("this stream does not {} records", name_of(intent.verb))});
    TRY_VOID(session_.script("SAVEPOINT change"));
    auto receipt = attempt(intent);
    const bool applied = receipt && receipt->outcome == Outcome::applied;
    if (applied) {
      TRY_VOID(session_.script("RELEASE SAVEPOINT change"));
      known_[intent.idempotency_key] = *receipt;
      return receipt;
    }
    if (!receipt && receipt.error().kind == ErrorKind::cancelled) return receipt;
    TRY_VOID(session_.script("ROLLBACK TO SAVEPOINT change; RELEASE SAVEPOINT change"));
    if (receipt) return receipt;
    if (receipt.error().kind != ErrorKind::precondition) return receipt_of(receipt.error());
    // A value that must be unique is there already: of this record, or of another one.
    TRY(const auto there, find(intent));
    if (there && intent.verb == Verb::create) return without(Outcome::moved, receipt.error());
    return without(Outcome::refused, {ErrorKind::invalid, receipt.error().what});
  }

  // Receipts that are older than what is promised go.
  Result<void> forget()
  {
    const auto oldest = now_ - push_.retention - kReceiptSlack;
    Statement statement(session_.dialect());
    statement.add("DELETE FROM ").add(mapped_.beside(kReceipts)).add(" WHERE at < ");
    TRY_VOID(session_.run(statement.number(oldest.time_since_epoch().count())));
    return {};
  }

private:
  bool is_offered(Verb verb) const
  {
    return verb == Verb::create   ? push_.creates
           : verb == Verb::update ? push_.updates
                                  : push_.removes;
  }

  Result<Receipt> attempt(const Intent& intent)
  {
    TRY(Receipt receipt, intent.verb == Verb::create   ? create(intent)
                         : intent.verb == Verb::update ? update(intent)
                                                       : remove(intent));
    if (receipt.outcome != Outcome::applied) return receipt;
    Statement statement(session_.dialect());
    statement.add("INSERT INTO ").add(mapped_.beside(kReceipts));
    statement.add(" (idempotency_key, stream, remote_id, version, at) VALUES (");
    statement.plain(intent.idempotency_key).add(", ").plain(mapped_.stream.name).add(", ");
    statement.plain(receipt.remote_id).add(", ").plain(receipt.version).add(", ");
    statement.number(now_.time_since_epoch().count()).add(")");
    const auto noted = session_.run(statement);
    if (noted) return receipt;
    // The same change on its way twice: the other one is first, and its answer will be found.
    if (noted.error().kind == ErrorKind::precondition)
      return without(Outcome::not_sent, {ErrorKind::transient, "it is being written already"});
    return tl::unexpected<Error>(noted.error());
  }

  // Whether the record is there; `marked`: as deleted.
  struct There {
    std::vector<Cell> key;
    bool marked = false;
  };
  Result<std::optional<There>> find(const Intent& intent)
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

  // "a" = $1, ... of the record, without what says which row it is.
  Result<void> assign(Statement& statement, const Value& body, const std::vector<std::string>& but)
  {
    bool first = true;
    const auto next = [&](const std::string& column) -> Statement& {
      statement.add(first ? "" : ", ").name(column).add(" = ");
      first = false;
      return statement;
    };
    for (const auto& member : body.object().members()) {
      if (std::find(but.begin(), but.end(), member.name) != but.end()) continue;
      TRY(auto cell, written(member));
      next(member.name).value(std::move(cell), *mapped_.table.find(member.name));
    }
    if (keeps_version_itself()) next(words_.version).add(next_version());
    if (!first) return {};
    // Nothing but its key: the row stays as it is, and is counted.
    next(words_.key.front()).name(words_.key.front());
    return {};
  }

  Result<Cell> written(const schema::Member& member)
  {
    if (!mapped_.table.find(member.name))
      return fail(ErrorKind::invalid,
                  fmt::format("{} has no column '{}'", mapped_.table.name.back(), member.name));
    return cell_of(member.value, mapped_.form(member.name));
  }

  bool keeps_version_itself() const
  {
    return !words_.version.empty() && push_.version_by == PushWords::VersionBy::hub;
  }

  std::string next_version() const
  {
    return fmt::format("coalesce({}, 0) + 1", quoted(words_.version));
  }

  Result<Receipt> create(const Intent& intent)
  {
    if (!intent.body.is_object()) return fail(ErrorKind::invalid, "there is nothing to write");
    TRY(const auto there, find(intent));
    if (there && !there->marked)
      return without(Outcome::moved, {ErrorKind::precondition, "it is there already"});
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

  Result<Receipt> update(const Intent& intent)
  {
    if (!intent.body.is_object()) return fail(ErrorKind::invalid, "there is nothing to write");
    TRY(const auto there, find(intent));
    if (!there || there->marked)
      return without(Outcome::moved, {ErrorKind::precondition, "it is not there any more"});
    return write_over(intent, there->key, intent.expected_version);
  }

  Result<Receipt> write_over(const Intent& intent, const std::vector<Cell>& key,
                             const std::string& version)
  {
    Statement statement(session_.dialect());
    statement.add("UPDATE ").add(quoted(mapped_.table.name)).add(" SET ");
    TRY_VOID(assign(statement, intent.body, words_.key));
    if (push_.mark) TRY_VOID(set_mark(statement, push_.mark->clear));
    return change(statement, key, version);
  }

  Result<void> set_mark(Statement& statement, const std::optional<std::string>& text)
  {
    const Column& column = *mapped_.table.find(push_.mark->column);
    statement.add(", ").name(column.name).add(" = ");
    statement.value(text ? Cell::of(*text) : Cell{}, column);
    return {};
  }

  // Adds which row, and over which version of it.
  Result<Receipt> change(Statement& statement, const std::vector<Cell>& key,
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
      return without(Outcome::moved, {ErrorKind::precondition, "it has another version by now"});
    if (answer.changed > 1)
      return fail(ErrorKind::invalid, "several rows have this key; which one is meant?");
    return applied(key);
  }

  Result<Receipt> remove(const Intent& intent)
  {
    TRY(const auto there, find(intent));
    if (!there || there->marked)
      return without(Outcome::moved, {ErrorKind::precondition, "it is not there any more"});
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

  // The version is read back: triggers have had their say by then.
  Result<Receipt> applied(const std::vector<Cell>& key)
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

  Session& session_;
  const Mapped& mapped_;
  const Words& words_;
  const PushWords& push_;
  const Instant now_;
  std::map<std::string, Receipt> known_; // by idempotency key
};

struct Pushed {
  std::vector<Receipt> receipts;
  Ending ending;
};

Result<Pushed> push_all(Session& session, const Mapped& mapped, std::span<const Intent> intents,
                        Instant now)
{
  Writer writer(session, mapped, now);
  TRY_VOID(session.begin());
  TRY_VOID(writer.recall(intents));
  TRY_VOID(writer.forget());
  std::vector<bool> recalled;
  for (const Intent& intent : intents)
    recalled.push_back(writer.knows(intent));
  Pushed pushed;
  for (const Intent& intent : intents) {
    TRY(auto receipt, writer.write(intent));
    pushed.receipts.push_back(std::move(receipt));
  }
  pushed.ending = session.commit();
  if (pushed.ending.kind == Ending::Kind::committed) return pushed;
  // What was not refused for a reason of its own shares the transaction's fate.
  const bool lost = pushed.ending.kind == Ending::Kind::lost;
  for (std::size_t i = 0; i < intents.size(); ++i)
    if (pushed.receipts[i].outcome == Outcome::applied && !recalled[i])
      pushed.receipts[i] =
          without(lost ? Outcome::unknown : Outcome::not_sent, pushed.ending.error);
  return pushed;
}

bool is_about_data(const Ending& ending)
{
  return ending.kind == Ending::Kind::undone &&
         (ending.error.kind == ErrorKind::invalid || ending.error.kind == ErrorKind::precondition);
}

} // namespace

std::vector<Receipt> push_batch(Session& session, const Mapped& mapped,
                                std::span<const Intent> intents, Instant now)
{
  auto pushed = push_all(session, mapped, intents, now);
  if (!pushed) {
    session.roll_back();
    return std::vector<Receipt>(intents.size(), without(Outcome::not_sent, pushed.error()));
  }
  if (!is_about_data(pushed->ending)) return std::move(pushed->receipts);
  // A constraint that is looked at in the end does not say whose fault it is: each goes alone.
  if (intents.size() == 1)
    return {without(Outcome::refused, {ErrorKind::invalid, pushed->ending.error.what})};
  std::vector<Receipt> receipts;
  for (std::size_t i = 0; i < intents.size(); ++i)
    for (auto& receipt : push_batch(session, mapped, intents.subspan(i, 1), now))
      receipts.push_back(std::move(receipt));
  return receipts;
}

} // namespace gramsetu::connectors::sql
