// One record's personal fields, out of table after table.
#include "daemon/engine/erase.hpp"

#include "base/hmac.hpp"
#include "daemon/engine/limits.hpp"
#include "daemon/engine/texts.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace gramsetu::engine {

namespace {

using schema::Object;
using schema::Value;

constexpr const char* kErased = "erased";
// A shorter text is in too much to say that it is a person's.
constexpr std::size_t kTellingText = 5;

class Eraser {
public:
  Eraser(store::Tx& tx, const schema::Entity& entity, const ErasureOrder& order, Instant now)
      : tx_(tx), entity_(entity), order_(order), now_(now), fields_(personal_fields(entity))
  {
  }

  Result<Erased> run()
  {
    TRY(const auto flows, store::flows_that_know(tx_, entity_.name, order_.key));
    TRY_VOID(refuse_unknown(flows));
    TRY_VOID(record());
    TRY_VOID(changes());
    TRY_VOID(conflicts());
    TRY_VOID(quarantine());
    for (const auto& flow : flows)
      TRY_VOID(of_flow(flow));
    TRY_VOID(runs());
    if (!known_) {
      return fail(ErrorKind::not_found,
                  fmt::format("the hub has nothing of {} {}", entity_.name, order_.key));
    }
    TRY_VOID(note());
    return Erased{fields_, counts_};
  }

private:
  void count(const char* where)
  {
    known_ = true;
    if (auto* number = counts_.find(where))
      *number = number->integer() + 1;
    else
      counts_.append(where, std::int64_t{1});
  }

  // True when something of a person was in it.
  bool strip(Object& object)
  {
    bool some = false;
    for (const auto& field : fields_) {
      const auto* value = object.find(field);
      if (!value) continue;
      if (value->is_text() && value->text().size() >= kTellingText) values_.insert(value->text());
      object.erase(field);
      some = true;
    }
    if (object.find("+")) {
      object.erase("+");
      some = true;
    }
    return some;
  }

  // The same of a text; what cannot be read goes whole.
  bool strip(std::string& json)
  {
    if (json.empty()) return false;
    auto parsed = schema::parse_json(json);
    if (!parsed || !parsed->is_object()) {
      json = "{}";
      return true;
    }
    if (!strip(parsed->object())) return false;
    json = schema::to_json(*parsed);
    return true;
  }

  // What left and was not answered for is sent again to the byte, or shown to a person: not without its payload.
  Result<void> refuse_unknown(const std::vector<std::string>& flows)
  {
    for (const auto& flow : flows) {
      TRY(const auto row, tx_.outbox_of(flow, order_.key));
      const bool open = row && (row->state == store::OutboxState::in_flight ||
                                row->state == store::OutboxState::unknown);
      if (open) {
        return fail(
            ErrorKind::precondition,
            fmt::format("nobody knows yet whether {} has taken a change of {}; run gramsetu "
                        "sync {}, or answer gramsetu quarantine list, and erase then",
                        flow, order_.key, flow));
      }
    }
    return {};
  }

  Result<void> record()
  {
    TRY(auto row, tx_.record(entity_.name, order_.key));
    if (!row) return {};
    known_ = true;
    keep_hashes(row->body);
    if (!strip(row->body)) return {};
    store::ChangeRow change;
    change.entity = entity_.name;
    change.key = order_.key;
    change.kind = "updated";
    change.fields = gone();
    change.origin = "local";
    change.actor = order_.by;
    change.rule = kErased;
    change.at = now_;
    change.note = order_.note;
    TRY(row->sequence, tx_.add_change(change));
    ++row->revision;
    row->changed_at = now_;
    count("record");
    return tx_.put_record(*row);
  }

  // For each field: that it changed, and nothing else.
  std::string gone() const
  {
    Object object;
    for (const auto& field : fields_) {
      schema::List both;
      both.emplace_back(schema::Null{});
      both.emplace_back(schema::Null{});
      if (hashes_.find(field)) object.append(field, std::move(both));
    }
    return schema::to_json(std::move(object));
  }

  // Whoever has the value and the key can prove later that it was this one.
  void keep_hashes(const std::string& body)
  {
    const auto parsed = schema::parse_json(body);
    if (!parsed || !parsed->is_object()) return;
    for (const auto& field : fields_) {
      const auto* value = parsed->object().find(field);
      if (!value || value->is_null()) continue;
      hashes_.append(field,
                     to_hex(hmac_sha256(order_.secret, entity_.name + "/" + order_.key + "/" +
                                                           field + "/" + schema::to_json(*value))));
    }
  }

  Result<void> changes()
  {
    store::ChangeQuery query;
    query.entity = entity_.name;
    query.key = order_.key;
    query.limit = kBatchRecords;
    for (;;) {
      TRY(auto rows, tx_.changes(query));
      if (rows.empty()) return {};
      for (auto& row : rows) {
        query.after = row.sequence;
        auto parsed = schema::parse_json(row.fields);
        if (!parsed || !parsed->is_object() || row.rule == kErased) continue;
        if (!strip_change(parsed->object())) continue;
        row.fields = schema::to_json(*parsed);
        count("change_log");
        TRY_VOID(store::put_change(tx_, row));
      }
    }
  }

  bool strip_change(Object& fields)
  {
    bool some = fields.find("+") != nullptr;
    fields.erase("+");
    for (const auto& field : fields_) {
      auto* pair = fields.find(field);
      if (!pair) continue;
      if (pair->is_list()) {
        for (auto& value : pair->list()) {
          if (value.is_text() && value.text().size() >= kTellingText) values_.insert(value.text());
          value = schema::Null{};
        }
      } else {
        fields.erase(field);
      }
      some = true;
    }
    return some;
  }

  Result<void> conflicts()
  {
    store::ConflictQuery query;
    query.entity = entity_.name;
    query.key = order_.key;
    TRY(auto rows, tx_.conflicts(query));
    for (auto& row : rows) {
      const bool ours = std::find(fields_.begin(), fields_.end(), row.field) != fields_.end();
      if (!ours && row.field != "*") continue;
      for (auto* text : {&row.base, &row.hub, &row.remote, &row.winner})
        if (!text->empty()) *text = ours ? "null" : stripped_record(*text);
      if (ours && row.outcome == "open") {
        row.outcome = "hub";
        row.settled_at = now_;
        row.settled_by = order_.by;
        row.note = "the field was erased";
      }
      count("conflicts");
      TRY_VOID(tx_.put_conflict(row));
    }
    return {};
  }

  // A whole record stands in a conflict as the text of its JSON.
  std::string stripped_record(const std::string& json)
  {
    auto parsed = schema::parse_json(json);
    if (!parsed || !parsed->is_text()) return json;
    auto text = parsed->text();
    strip(text);
    return schema::to_json(Value(text));
  }

  Result<void> quarantine()
  {
    store::QuarantineQuery query;
    query.entity = entity_.name;
    query.key = order_.key;
    TRY(auto rows, tx_.quarantine(query));
    for (const auto& value : values_) {
      TRY(auto nameless, store::quarantined_with(tx_, entity_.name, value));
      for (auto& row : nameless)
        rows.push_back(std::move(row));
    }
    for (auto& row : rows) {
      // The payload is in the endpoint's own words: nobody can say which of them are the person's.
      row.payload = "{}";
      row.reason = row.code + "; its words were erased";
      if (row.state == "open") {
        row.state = "discarded";
        row.settled_by = order_.by;
        row.note = "a person's data was erased: " + order_.note;
        row.last_at = now_;
      }
      count("quarantine");
      TRY_VOID(tx_.put_quarantine(row));
    }
    return {};
  }

  Result<void> of_flow(const std::string& flow)
  {
    TRY_VOID(tx_.twins_clear(flow));
    TRY(auto shadow, tx_.shadow(flow, order_.key));
    if (shadow && strip(shadow->base)) {
      shadow->mark.digest = {}; // the next reading compares it anew
      count("shadows");
      TRY_VOID(tx_.put_shadow(*shadow));
    }
    TRY(const auto news, tx_.inbox_of(flow, order_.key));
    if (news) {
      count("inbox");
      TRY_VOID(tx_.erase_inbox(flow, order_.key));
      TRY_VOID(hear_anew(flow));
    }
    TRY(auto row, tx_.outbox_of(flow, order_.key));
    if (!row || (row->payload.empty() && row->base.empty())) return {};
    if (!row->payload.empty()) row->payload = "{}";
    strip(row->base);
    row->error = row->error.empty() ? "" : kErased;
    count("outbox");
    return tx_.put_outbox(*row);
  }

  // What waited in the inbox is said again when its slice is read from its beginning.
  Result<void> hear_anew(const std::string& flow)
  {
    TRY(auto slices, tx_.slices(flow));
    for (auto& slice : slices) {
      slice.cursor.clear();
      slice.tag.clear();
      TRY_VOID(tx_.put_slice(slice));
    }
    return {};
  }

  // Runs say on which records the sides differed, with both values, and what a held run would change.
  Result<void> runs()
  {
    TRY(auto rows, store::runs_that_name(tx_, order_.key));
    for (auto& row : rows) {
      if (!row.flow.starts_with(entity_.name + "@")) continue;
      if (!row.differences.empty()) row.differences = without_values(row.differences, order_.key);
      if (!row.plan.empty()) row.plan = without_values(row.plan, order_.key);
      count("runs");
      TRY_VOID(tx_.put_run(row));
    }
    return {};
  }

  Result<void> note()
  {
    TRY_VOID(store::put_erasure(tx_, {entity_.name, order_.key, fields_, schema::to_json(hashes_),
                                      now_, order_.by, order_.note}));
    store::RemovalRow removal;
    removal.at = now_;
    removal.kind = "erasure";
    removal.entity = entity_.name;
    removal.key = order_.key;
    removal.rule = fmt::format("{}", fmt::join(fields_, " "));
    removal.counts = schema::to_json(counts_);
    removal.by = order_.by;
    removal.note = order_.note;
    TRY_VOID(store::add_removal(tx_, removal));
    return {};
  }

  store::Tx& tx_;
  const schema::Entity& entity_;
  const ErasureOrder& order_;
  const Instant now_;
  const std::vector<std::string> fields_;
  std::set<std::string> values_; // texts that were erased: looked for where no key stands
  Object hashes_, counts_;
  bool known_ = false;
};

} // namespace

Result<Erased> erase_everywhere(store::Tx& tx, const schema::Entity& entity,
                                const ErasureOrder& order, Instant now)
{
  return Eraser(tx, entity, order, now).run();
}

} // namespace gramsetu::engine
