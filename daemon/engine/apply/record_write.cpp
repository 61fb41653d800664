// A record's row, its origins and its change are written together or not at all.
#include "daemon/engine/apply/record_write.hpp"

#include "daemon/engine/reconcile/closed.hpp"
#include "schema/json.hpp"

namespace gramsetu::engine {

namespace {

using schema::Value;

Value shown(const Value& value)
{
  return value.is_absent() ? Value(schema::Null{}) : value;
}

// A pair of what a field was and what it is.
Value pair_of(const Value& before, const Value& after)
{
  schema::List pair;
  pair.push_back(shown(before));
  pair.push_back(shown(after));
  return Value(std::move(pair));
}

// {"status":["submitted","approved"]}; empty for a creation, whose values the record itself has. A deletion
// keeps everything that the record held: a later restoration may not bring it back.
std::string changes_text(const RecordWrite& write)
{
  if (write.kind == "created") return {};
  schema::Object object;
  if (write.kind == "deleted") {
    for (std::size_t i = 0; i < write.entity.fields.size(); ++i)
      if (!write.record.fields[i].is_absent())
        object.append(write.entity.fields[i].name, pair_of(write.record.fields[i], Value()));
  }
  for (const auto& change : write.changes)
    object.append(write.entity.fields[change.field].name, pair_of(change.before, change.after));
  return schema::to_json(Value(std::move(object)));
}

Origins origins_after(const RecordWrite& write, const std::optional<store::RecordRow>& before)
{
  Origins origins;
  if (write.kind != "updated" || !before) {
    origins.whole = write.origin;
    return origins;
  }
  origins = read_origins(before->origin);
  for (const auto& change : write.changes) {
    auto origin = write.origin;
    if (!change.rule.empty()) origin.rule = change.rule;
    if (!change.from_remote && origin.actor.empty()) origin.changed_at.reset();
    origins.fields[write.entity.fields[change.field].name] = std::move(origin);
  }
  return origins;
}

bool opens_book(const RecordWrite& write)
{
  for (const auto& change : write.changes)
    if (change.field == write.entity.closing->flag && change.before == Value(true)) return true;
  return false;
}

Result<void> keep_books(store::Tx& tx, const RecordWrite& write)
{
  if (!write.entity.closing || write.kind == "deleted") return {};
  if (opens_book(write)) return reopen_book(tx, write.entity, write.record);
  return note_book(tx, write.entity, write.record, {write.origin.side.endpoint, write.origin.run});
}

} // namespace

Result<store::RecordRow> write_record(store::Tx& tx, const RecordWrite& write,
                                      const std::optional<store::RecordRow>& before)
{
  store::ChangeRow change;
  change.entity = write.entity.name;
  change.key = write.key;
  change.kind = write.kind;
  change.fields = changes_text(write);
  change.origin = write.origin.side.endpoint;
  change.actor = write.origin.actor;
  change.run = write.origin.run;
  change.rule = write.origin.rule;
  change.at = write.origin.at;

  store::RecordRow row;
  TRY(row.sequence, tx.add_change(change));
  row.entity = write.entity.name;
  row.key = write.key;
  row.body = encode_record(write.entity, write.record);
  row.origin = write_origins(origins_after(write, before));
  row.revision = before ? before->revision + 1 : 1;
  row.changed_at = write.origin.at;
  row.deleted = write.kind == "deleted";
  if (row.deleted) row.dead_until = write.origin.at + write.tombstone_lifetime;
  if (write.entity.place) {
    const auto& place = write.record.fields[*write.entity.place];
    if (place.is_text()) row.place = place.text();
  }
  TRY_VOID(tx.put_record(row));
  TRY_VOID(keep_books(tx, write));
  return row;
}

} // namespace gramsetu::engine
