// An undo is a change like any other: record, change log and outbox in one transaction.
#include "daemon/engine/undo.hpp"

#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/local_edit.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/undo_history.hpp"

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Value;
using store::ChangeRow;

// One undo, as its steps share it.
struct Undo {
  const Undoing& undoing;
  const Services& services;
  Report report{};

  const Flow& flow() const { return undoing.flow; }
  const schema::Entity& entity() const { return *undoing.flow.entity; }
  std::string rule() const { return undo_rule(undoing.run); }

  Result<void> remark(store::Tx& tx, const std::string& key, const PutBack::Left& what,
                      bool left = true) const
  {
    return tx.put_remark({0, undoing.run_id, key, what.field, left, what.why});
  }
};

// Why the field may not be put back, or nothing.
std::string refusal(const Flow& flow, const Record& record, const PutBack::Field& back)
{
  const auto& entity = *flow.entity;
  if (is_closed(entity, record) && !stays_open(entity, back.field, back.before))
    return "the book " + book_of(entity, record) + " is closed";
  return why_it_stays(entity.fields[back.field], flow.rules[back.field].guards,
                      record.fields[back.field], back.before);
}

// An owner's field is put back all the same: a wrong mapping was not the owner's word. But that counts again
// as soon as it is spoken.
Result<void> warn_of_owner(store::Tx& tx, const Undo& undo, const std::string& key,
                           std::size_t field)
{
  const auto& rule = undo.flow().rules[field];
  if (rule.kind != schema::RuleKind::owner || rule.sides.empty() || rule.sides.front() == "local")
    return {};
  const auto& owner = rule.sides.front();
  return undo.remark(tx, key,
                     {undo.entity().fields[field].name,
                      "belongs to " + owner + ", whose next word on it counts again"},
                     false);
}

Result<void> put_back_fields(store::Tx& tx, Undo& undo, const PutBack& back, RecordWrite& write)
{
  for (const auto& one : back.fields) {
    auto& value = write.record.fields[one.field];
    if (value == one.before || (value.is_absent() && one.before.is_null())) continue;
    const auto why = refusal(undo.flow(), write.record, one);
    if (!why.empty()) {
      TRY_VOID(undo.remark(tx, write.key, {write.entity.fields[one.field].name, why}));
      continue;
    }
    write.changes.push_back({one.field, value, one.before, undo.rule(), false});
    TRY_VOID(warn_of_owner(tx, undo, write.key, one.field));
    value = one.before;
  }
  return {};
}

// Everybody hears of it, but that a record goes is not said to whom it came from: that side did not ask for
// its own record to be deleted.
FlowsOf hearers(const Undo& undo, const PutBack& back)
{
  FlowsOf flows;
  for (const auto* flow : undo.undoing.flows)
    if (!back.remove || flow->side.endpoint != back.from) flows.push_back(flow);
  return flows;
}

void count(Report& report, const RecordWrite& write)
{
  ++report.counts.restored;
  if (write.kind == "deleted")
    ++report.counts.deleted;
  else
    ++(write.kind == "restored" ? report.counts.created : report.counts.updated);
}

Result<void> put_back(store::Tx& tx, Undo& undo, const store::RecordRow& row, const PutBack& back)
{
  for (const auto& left : back.left)
    TRY_VOID(undo.remark(tx, row.key, left));
  TRY(const Record known, decode_record(undo.entity(), row.body));
  const auto now = undo.services.clock.now();
  RecordWrite write{undo.entity(),
                    row.key,
                    back.remove ? "deleted" : (back.restore ? "restored" : "updated"),
                    known,
                    {},
                    {{"local", "local"},
                     now,
                     now,
                     undo.undoing.run_id,
                     undo.rule(),
                     undo.services.clock_doubt,
                     undo.undoing.by,
                     ""},
                    undo.flow().tombstone_lifetime};
  TRY_VOID(put_back_fields(tx, undo, back, write));
  if (!back.remove && !back.restore && write.changes.empty()) return {};
  const auto allowed = refuse_closed(tx, known, write, row.deleted);
  if (!allowed && allowed.error().kind == ErrorKind::corrupt) return allowed;
  if (!allowed) return undo.remark(tx, row.key, {"", allowed.error().what});
  const auto problems = check_record(undo.entity(), write.record);
  if (!back.remove && !problems.empty())
    return undo.remark(tx, row.key, {"", "it would not be right: " + problems.front().text});
  TRY(const auto written, write_record(tx, write, row));
  count(undo.report, write);
  return enqueue(tx, hearers(undo, back), written, now);
}

Result<void> undo_record(store::Tx& tx, Undo& undo, const ChangeRow& change)
{
  store::ChangeQuery query;
  query.entity = change.entity;
  query.key = change.key;
  query.after = change.sequence - 1;
  query.limit = kUndoHistoryMax;
  TRY(const auto history, tx.changes(query));
  TRY(const auto row, tx.record(change.entity, change.key));
  if (!row || history.size() == kUndoHistoryMax) {
    return undo.remark(tx, change.key,
                       {"", row ? "it has changed too often since"
                                : "it was deleted, and is not remembered any more"});
  }
  TRY(const auto back, what_to_put_back(undo.entity(), history, undo.undoing.run, !row->deleted));
  return put_back(tx, undo, *row, back);
}

// A record is undone as a whole, at the first change that the run made of it.
Result<bool> is_first(store::Tx& tx, const Undo& undo, const ChangeRow& change)
{
  store::ChangeQuery query;
  query.entity = change.entity;
  query.key = change.key;
  query.run = undo.undoing.run;
  query.limit = 1;
  TRY(const auto first, tx.changes(query));
  return !first.empty() && first.front().sequence == change.sequence;
}

} // namespace

Result<Report> undo_run(const Undoing& undoing, const Services& services, std::stop_token stop)
{
  Undo undo{undoing, services};
  store::ChangeQuery query;
  query.run = undoing.run;
  query.entity = undo.entity().name;
  query.limit = kBatchRecords;
  bool more = true;
  while (more) {
    if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
    if (services.on_step) services.on_step(Stage::apply);
    TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.changes(query));
      more = rows.size() == kBatchRecords;
      for (const auto& row : rows) {
        query.after = row.sequence;
        TRY(const bool first, is_first(tx, undo, row));
        if (first) TRY_VOID(undo_record(tx, undo, row));
      }
      TRY(undo.report.counts.left, tx.count_left(undoing.run_id));
      return {};
    }));
  }
  return std::move(undo.report);
}

} // namespace gramsetu::engine
