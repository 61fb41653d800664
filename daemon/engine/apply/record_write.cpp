// A record's row, its origins and its change are written together or not at all.
#include "daemon/engine/apply/record_write.hpp"

#include "daemon/engine/places/places.hpp"
#include "daemon/engine/reconcile/books.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <algorithm>

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

// What comes back as it was when it was deleted still comes from whom it came.
Result<Origins> origins_restored(const RecordWrite& write, const store::RecordRow& before)
{
  Origins origins;
  origins.whole = write.origin;
  const auto former = read_origins(before.origin);
  TRY(const auto was, decode_record(write.entity, before.body));
  for (std::size_t i = 0; i < write.entity.fields.size(); ++i) {
    const auto& field = write.entity.fields[i];
    if (!was.fields[i].is_absent() && same_value(field, was.fields[i], write.record.fields[i]))
      origins.fields[field.name] = former.of(field.name);
  }
  return origins;
}

Result<Origins> origins_after(const RecordWrite& write,
                              const std::optional<store::RecordRow>& before)
{
  Origins origins;
  if (!before || write.kind == "created") {
    origins.whole = write.origin;
    if (write.kind == "deleted") origins.gone = write.origin;
    return origins;
  }
  if (write.kind == "restored") return origins_restored(write, *before);
  origins = read_origins(before->origin);
  if (write.kind == "deleted") {
    origins.gone = write.origin;
    return origins;
  }
  for (const auto& change : write.changes) {
    auto origin = write.origin;
    if (!change.rule.empty()) origin.rule = change.rule;
    // What the merge made was said by nobody at any time.
    if (!change.from_remote && origin.side.endpoint != "local") origin.changed_at.reset();
    origins.fields[write.entity.fields[change.field].name] = std::move(origin);
  }
  return origins;
}

// The record as it was before one change.
schema::Record with(schema::Record record, const FieldChange& change)
{
  record.fields[change.field] = change.before;
  return record;
}

// Does the record, a book, close those in it?
bool closes(const schema::Entity& entity, const schema::Record& record)
{
  return std::any_of(entity.closes.begin(), entity.closes.end(), [&](const auto& condition) {
    const auto index = entity.index_of(condition.field);
    return index && holds(condition, record.fields[*index]);
  });
}

// A person put an older version of a place back; from a side it would not have been taken.
bool takes_back(const RecordWrite& write)
{
  for (const auto& change : write.changes)
    if (write.entity.versions && change.field == write.entity.versions->number)
      return is_older_version(write.entity, write.record, with(write.record, change));
  return false;
}

schema::Record record_before(const RecordWrite& write)
{
  const bool fresh = write.kind == "created" || write.kind == "restored";
  auto before = fresh ? schema::Record(write.entity) : write.record;
  for (const auto& change : write.changes)
    before.fields[change.field] = change.before;
  return before;
}

void tell(const RecordWrite& write, Event event, const std::string& book)
{
  if (!write.log) return;
  const auto& by = write.origin.actor.empty() ? write.origin.side.endpoint : write.origin.actor;
  write.log->event(event, "", {{"book", book}, {"by", by}, {"record", write.key}});
}

// Books that are records.
Result<void> keep_closing(store::Tx& tx, const RecordWrite& write)
{
  if (write.entity.closes.empty()) return {};
  const bool before = closes(write.entity, record_before(write));
  const bool after = write.kind != "deleted" && closes(write.entity, write.record);
  const auto book = write.entity.name + " " + write.key;
  if (after) {
    TRY(const bool fresh, note_closing(tx, book, write.origin));
    if (fresh) tell(write, Event::book_closed, book);
    return {};
  }
  if (!before) return {};
  tell(write, Event::book_reopened, book);
  return forget_closing(tx, book);
}

// Books that only the flags of their records know.
Result<void> keep_books(store::Tx& tx, const RecordWrite& write)
{
  if (!write.entity.closing || write.kind == "deleted") return {};
  const auto& entity = write.entity;
  const auto book = book_of(entity, write.record);
  if (is_closed(entity, record_before(write)) && !is_closed(entity, write.record)) {
    TRY_VOID(reopen_book(tx, entity, write.record));
    if (!book.empty()) tell(write, Event::book_reopened, entity.name + " book " + book);
    return {};
  }
  TRY(const bool fresh, note_book(tx, entity, write.record, write.origin));
  if (fresh) tell(write, Event::book_closed, entity.name + " book " + book);
  return {};
}

// The record's text, with what the hub fills in where it was created.
Result<std::string> body_after(store::Tx& tx, const RecordWrite& write, Origins& origins)
{
  const bool stamped_now = write.kind == "created" && !write.entity.stamps.empty();
  if (!stamped_now)
    return write.text.empty() ? encode_record(write.entity, write.record) : write.text;
  auto record = write.record;
  const Origin by_hub{
      {"local", "local"}, write.origin.at, {}, write.origin.run, kStamped, {}, "", ""};
  TRY(const auto stamped, stamp(tx, write.entity, record, write.origin.at));
  for (const auto index : stamped)
    origins.fields[write.entity.fields[index].name] = by_hub;
  return encode_record(write.entity, record);
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
  change.note = write.origin.note;
  change.run = write.origin.run;
  change.rule = write.origin.rule;
  change.at = write.origin.at;

  store::RecordRow row;
  TRY(row.sequence, tx.add_change(change));
  row.entity = write.entity.name;
  row.key = write.key;
  TRY(auto origins, origins_after(write, before));
  TRY(row.body, body_after(tx, write, origins));
  row.origin = write_origins(origins);
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
  TRY_VOID(keep_closing(tx, write));
  TRY_VOID(note_place(tx, {write.entity, write.key, write.record, row.deleted, write.numbered,
                           takes_back(write), write.origin.at}));
  return row;
}

} // namespace gramsetu::engine
