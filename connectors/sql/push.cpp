// Rows written over the version that is expected.
#include "connectors/sql/push.hpp"

#include "connectors/sql/ours.hpp"
#include "connectors/sql/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gramsetu::connectors::sql {

using schema::Value;
using Outcome = Receipt::Outcome;

namespace {

// So long a receipt stays beyond what is promised: clocks differ.
constexpr std::chrono::hours kReceiptSlack{24};

// What an error before the end of the transaction means for one change.
Receipt receipt_of(const Error& error)
{
  return receipt_without(error.kind == ErrorKind::invalid ? Outcome::refused : Outcome::not_sent,
                         error);
}

class Writer {
public:
  Writer(Session& session, const Mapped& mapped, Instant now)
      : session_(session),
        mapped_(mapped),
        push_(*mapped.words.push),
        now_(now),
        rows_(session, mapped)
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
      return receipt_without(
          Outcome::refused, {ErrorKind::unsupported,
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
    TRY(const auto there, rows_.find(intent));
    if (there && intent.verb == Verb::create)
      return receipt_without(Outcome::moved, receipt.error());
    return receipt_without(Outcome::refused, {ErrorKind::invalid, receipt.error().what});
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
    TRY(Receipt receipt, intent.verb == Verb::create   ? rows_.create(intent)
                         : intent.verb == Verb::update ? rows_.update(intent)
                                                       : rows_.remove(intent));
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
      return receipt_without(Outcome::not_sent,
                             {ErrorKind::transient, "it is being written already"});
    return tl::unexpected<Error>(noted.error());
  }

  Session& session_;
  const Mapped& mapped_;
  const PushWords& push_;
  const Instant now_;
  RowWriter rows_;
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
          receipt_without(lost ? Outcome::unknown : Outcome::not_sent, pushed.ending.error);
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
    return std::vector<Receipt>(intents.size(), receipt_without(Outcome::not_sent, pushed.error()));
  }
  if (!is_about_data(pushed->ending)) return std::move(pushed->receipts);
  // A constraint that is looked at in the end does not say whose fault it is: each goes alone.
  if (intents.size() == 1)
    return {receipt_without(Outcome::refused, {ErrorKind::invalid, pushed->ending.error.what})};
  std::vector<Receipt> receipts;
  for (std::size_t i = 0; i < intents.size(); ++i)
    for (auto& receipt : push_batch(session, mapped, intents.subspan(i, 1), now))
      receipts.push_back(std::move(receipt));
  return receipts;
}

} // namespace gramsetu::connectors::sql
