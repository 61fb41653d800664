// The hub's own side: edits go through the same change log and reach every endpoint that lacks them.
#include "daemon/engine/local_edit.hpp"

#include "daemon/engine/apply/record_write.hpp"
#include "daemon/engine/places/places.hpp"
#include "daemon/engine/push/outbox.hpp"
#include "daemon/engine/reconcile/books.hpp"
#include "daemon/store/erasure.hpp"
#include "schema/aadhaar.hpp"
#include "schema/canonical.hpp"
#include "schema/ingest.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Value;

const schema::Side kLocal{"local", "local"};

// Why the hub may not set this field to that value, or nothing.
std::string refusal(const schema::FieldSpec& field, const schema::Rule& rule, const Value& before,
                    const Value& after)
{
  if (rule.kind == schema::RuleKind::owner && !rule.sides.empty() &&
      !matches(kLocal, rule.sides.front()))
    return "field '" + field.name + "' belongs to " + rule.sides.front() + "; change it there";
  return why_it_stays(field, rule.guards, before, after);
}

// The rule in force for a field of this record.
const schema::Rule& rule_for(const schema::Entity& entity, const FlowsOf& flows,
                             const Record& record, std::size_t field)
{
  const bool phased = flows.empty() ? entity.is_phased(field) : is_phased(*flows.front(), field);
  const auto* rule = phased ? phase_rule(entity, record, nullptr) : nullptr;
  if (rule) return *rule;
  return flows.empty() ? entity.rule_of(field) : flows.front()->rules[field];
}

struct Prepared {
  Record record;
  std::vector<FieldChange> changes;
};

Result<Prepared> overlay(const schema::Entity& entity, const FlowsOf& flows, const Record& before,
                         const Record& edit, bool is_new)
{
  Prepared prepared{before, {}};
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const auto& after = edit.fields[i];
    if (after.is_absent() || after == before.fields[i]) continue;
    if (has_mask(after) && has_mask(before.fields[i]))
      return fail(ErrorKind::invalid,
                  "field '" + entity.fields[i].name +
                      "' holds a masked number and would go nowhere; write it without, or change "
                      "it where it came from");
    const auto why = is_new ? ""
                            : refusal(entity.fields[i], rule_for(entity, flows, before, i),
                                      before.fields[i], after);
    if (!why.empty()) return fail(ErrorKind::invalid, why);
    prepared.changes.push_back({i, before.fields[i], after, "entered at the hub", false});
    prepared.record.fields[i] = after;
  }
  std::string wrong;
  for (const auto& problem : check_record(entity, prepared.record))
    wrong += (wrong.empty() ? "" : "; ") + problem.text;
  if (!wrong.empty()) return fail(ErrorKind::invalid, wrong);
  return prepared;
}

// A succession that cannot be is refused here as it is from any side.
Result<void> refuse_impossible(store::Tx& tx, const RecordWrite& write)
{
  if (write.kind == "deleted") return {};
  TRY(const auto impossible, check_successions(tx, write.entity, write.key, write.record));
  return impossible ? Result<void>(fail(ErrorKind::invalid, impossible->reason)) : Result<void>{};
}

Result<std::string> key_for(const schema::Entity& entity, const LocalEdit& edit)
{
  if (!edit.key.empty()) return edit.key;
  return key_of(entity, edit.record);
}

// A new record whose key is one text is named by the key alone: nobody likes to say it twice.
Record named(const schema::Entity& entity, const LocalEdit& edit)
{
  Record record = edit.record;
  auto& key = record.fields[entity.key.front()];
  const auto type = entity.fields[entity.key.front()].type;
  const bool textual = type == schema::FieldType::text || type == schema::FieldType::code;
  if (entity.key.size() == 1 && textual && key.is_absent()) key = edit.key;
  return record;
}

Origin origin_of(const LocalEdit& edit, const Services& services)
{
  const auto now = services.clock.now();
  return {kLocal, now, now, "", "entered at the hub", services.clock_doubt, edit.actor, edit.note};
}

std::chrono::milliseconds lifetime_of(const FlowsOf& flows)
{
  constexpr std::chrono::hours kYear{365 * 24};
  return flows.empty() ? kYear : flows.front()->tombstone_lifetime;
}

} // namespace

std::string why_it_stays(const schema::FieldSpec& field, const schema::Guards& given,
                         const Value& before, const Value& after)
{
  // What a merge would not take, an edit may not bring: guards and the order of states are decided in one
  // place. A value that was stated once may be changed by a person, and that is who edits.
  auto guards = given;
  guards.append_only = guards.append_only && before.is_list();
  const bool ordered = field.type == schema::FieldType::state && !before.is_empty();
  if (!ordered && guards == schema::Guards{}) return {};
  const schema::Claim ours{before, kLocal, std::nullopt};
  const schema::Claim theirs{after, kLocal, std::nullopt};
  const auto decided =
      merge_field(field, {schema::RuleKind::manual, {}, guards}, before, ours, theirs);
  if (decided.verdict == schema::FieldVerdict::take_remote) return {};
  if (!ordered) return "field '" + field.name + "' keeps its value: " + decided.reason;
  return "field '" + field.name + "' cannot go from '" + before.text() + "' to '" +
         (after.is_text() ? after.text() : std::string("nothing")) + "'; states do not move back";
}

Result<void> refuse_closed(store::Tx& tx, const Record& before, const RecordWrite& write,
                           bool is_new)
{
  const auto& entity = write.entity;
  if (!entity.closing) return {};
  std::string book;
  if (is_new) {
    TRY(const auto entered, closed_to_entry(tx, entity, write.record));
    if (entered) book = entered->name;
  } else {
    TRY(const auto books, read_books(tx, entity, &before, &write.record));
    if (is_closed(entity, before)) book = book_of(entity, before);
    if (book.empty() && is_closed(entity, before)) book = entity.name + " " + write.key;
    if (books.news) book = books.news->name;
    if (books.hub) book = books.hub->name;
  }
  const bool changes = is_new || write.kind == "deleted" ||
                       std::any_of(write.changes.begin(), write.changes.end(), [&](const auto& c) {
                         return !stays_open(entity, c.field, c.after);
                       });
  if (book.empty() || !changes) return {};
  return fail(ErrorKind::invalid,
              "the book is closed: " + book + "; have it opened where it is kept");
}

namespace {

// What was erased does not come back by being typed in.
Result<void> refuse_erased(store::Tx& tx, const schema::Entity& entity, const LocalEdit& edit,
                           const std::string& key)
{
  TRY(const auto mark, store::erasure_of(tx, entity.name, key));
  if (!mark || edit.remove) return {};
  for (const auto& name : mark->fields) {
    const auto field = entity.index_of(name);
    if (!field || edit.record.fields[*field].is_absent() || edit.record.fields[*field].is_null())
      continue;
    return fail(ErrorKind::invalid, "field '" + name + "' of " + key +
                                        " was erased; to hold it "
                                        "again: gramsetu personal lift " +
                                        entity.name + " " + key);
  }
  return {};
}

// What a person enters is masked as what an endpoint sends is.
LocalEdit without_numbers(const schema::Entity& entity, LocalEdit edit, const Log& log)
{
  if (edit.remove) return edit;
  for (const auto& field : mask_record(entity, edit.record))
    log.event(Event::schema_drift, "what was entered at the hub is not kept; it was masked",
              {{"entity", entity.name}, {"field", field}});
  if (auto note = schema::mask_numbers(edit.note, schema::Hint::none)) edit.note = *note;
  return edit;
}

} // namespace

Result<Edited> edit_record(const schema::Entity& entity, const FlowsOf& flows,
                           const LocalEdit& asked, const Services& services)
{
  const auto edit = without_numbers(entity, asked, services.log);
  Edited edited;
  TRY(edited.key, key_for(entity, edit));
  TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto before, tx.record(entity.name, edited.key));
    const bool live = before && !before->deleted;
    edited.revision = before ? before->revision : 0;
    if (edit.expected_revision && *edit.expected_revision != edited.revision)
      return fail(ErrorKind::precondition, "the record is at revision " +
                                               std::to_string(edited.revision) +
                                               "; read it again before you change it");
    if (edit.must_be_new && live)
      return fail(ErrorKind::precondition, "there is a " + entity.name + " " + edited.key +
                                               " already; read it before you change it");
    TRY_VOID(refuse_erased(tx, entity, edit, edited.key));
    if (edit.remove && !live)
      return fail(ErrorKind::not_found, "there is no " + entity.name + " " + edited.key);
    Record known(entity);
    if (live) {
      TRY(known, decode_record(entity, before->body));
    }
    const auto now = services.clock.now();
    RecordWrite write{entity,
                      edited.key,
                      "deleted",
                      known,
                      {},
                      origin_of(edit, services),
                      lifetime_of(flows),
                      &services.log};
    if (!edit.remove) {
      TRY(auto prepared,
          overlay(entity, flows, known, live ? edit.record : named(entity, edit), !live));
      if (prepared.changes.empty()) return {};
      write.record = std::move(prepared.record);
      write.changes = std::move(prepared.changes);
      write.kind = live ? "updated" : (before ? "restored" : "created");
      write.numbered = is_numbered(entity, edit.record);
      TRY(const auto key, key_of(entity, write.record));
      if (key != edited.key)
        return fail(ErrorKind::invalid, "the key fields say " + key + ", not " + edited.key +
                                            "; a key is never changed");
    }
    TRY_VOID(refuse_closed(tx, known, write, !live));
    TRY_VOID(refuse_impossible(tx, write));
    TRY(const auto row, write_record(tx, write, before));
    edited.revision = row.revision;
    edited.changed = true;
    return enqueue(tx, flows, row, now);
  }));
  return edited;
}

} // namespace gramsetu::engine
