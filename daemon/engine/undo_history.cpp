// Walks a record's history backwards: an undo takes away the change that it undid, and itself.
#include "daemon/engine/undo_history.hpp"

#include "schema/json.hpp"

#include <set>

namespace gramsetu::engine {

namespace {

using schema::Value;
using store::ChangeRow;

constexpr std::string_view kUndoOf = "undo of run ";
const std::string kWhole = "*"; // stands for the record's existence

// One change, as far as an undo asks.
struct Touch {
  const ChangeRow* row;
  std::string undoes; // the run that it put back, or empty
  bool whole;         // the record came or went
  Value fields;       // {field: [before, after]}
  bool own;           // of the run that is undone

  bool touches(const std::string& field) const
  {
    if (whole || field == kWhole) return whole;
    return fields.is_object() && fields.object().find(field);
  }
};

Result<std::vector<Touch>> touches_of(const std::vector<ChangeRow>& history, const std::string& run)
{
  std::vector<Touch> touches;
  for (const auto& row : history) {
    if (row.kind == "superseded") continue; // it never was in the record
    Touch touch{&row, {}, row.kind != "updated", {}, row.run == run};
    if (row.rule.starts_with(kUndoOf)) touch.undoes = row.rule.substr(kUndoOf.size());
    if (!row.fields.empty()) {
      TRY(touch.fields, schema::parse_json(row.fields));
    }
    touches.push_back(std::move(touch));
  }
  return touches;
}

// The changes of a field that still count, newest first: undone ones do not, nor do their undoings.
std::vector<const Touch*> standing(const std::vector<Touch>& touches, const std::string& field)
{
  std::vector<const Touch*> left;
  std::set<std::string> undone;
  for (auto touch = touches.rbegin(); touch != touches.rend(); ++touch) {
    if (!touch->touches(field)) continue;
    if (!touch->row->run.empty() && undone.contains(touch->row->run)) continue;
    if (touch->undoes.empty() || touch->own)
      left.push_back(&*touch);
    else
      undone.insert(touch->undoes);
  }
  return left;
}

// The run's oldest change of the field that no other change came after; null when there is none.
const Touch* oldest_own(const std::vector<const Touch*>& standing)
{
  const Touch* oldest = nullptr;
  for (const auto* touch : standing) {
    if (!touch->own) break;
    oldest = touch;
  }
  return oldest;
}

bool has_own(const std::vector<const Touch*>& standing)
{
  for (const auto* touch : standing)
    if (touch->own) return true;
  return false;
}

std::string since(const Touch& touch)
{
  const auto& row = *touch.row;
  std::string text = row.kind == "updated" ? "changed" : row.kind;
  text += " since by ";
  if (!row.actor.empty()) return text + row.actor;
  return text + row.origin + (row.run.empty() ? "" : ", run " + row.run);
}

Value before_of(const Touch& touch, const std::string& field)
{
  const auto* pair = touch.fields.is_object() ? touch.fields.object().find(field) : nullptr;
  return pair && pair->is_list() && !pair->list().empty() ? pair->list().front() : Value();
}

// A record that the run brought goes only when nobody has said anything about it since.
const Touch* changed_since(const schema::Entity& entity, const std::vector<Touch>& touches)
{
  for (const auto& field : entity.fields) {
    const auto all = standing(touches, field.name);
    if (!all.empty() && !all.front()->own) return all.front();
  }
  return nullptr;
}

// What is to become of the record's existence. False: nothing more is to be said about the record.
bool put_back_existence(const schema::Entity& entity, const std::vector<Touch>& touches, bool alive,
                        PutBack& back)
{
  const auto all = standing(touches, kWhole);
  if (!has_own(all)) return alive;
  const auto* oldest = oldest_own(all);
  if (!oldest) {
    back.left.push_back({"", since(*all.front())});
    return false;
  }
  const bool was_alive = oldest->row->kind == "deleted";
  if (was_alive == alive) return alive;
  if (was_alive) {
    back.restore = true;
    return true;
  }
  if (const auto* other = changed_since(entity, touches)) {
    back.left.push_back({"", since(*other)});
    return false;
  }
  back.remove = true;
  back.from = oldest->row->origin;
  return false;
}

} // namespace

std::string undo_rule(std::string_view run)
{
  return std::string(kUndoOf).append(run);
}

Result<PutBack> what_to_put_back(const schema::Entity& entity,
                                 const std::vector<ChangeRow>& history, const std::string& run,
                                 bool alive)
{
  PutBack back;
  TRY(const auto touches, touches_of(history, run));
  if (!put_back_existence(entity, touches, alive, back)) return back;
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const auto& name = entity.fields[i].name;
    const auto all = standing(touches, name);
    if (!has_own(all)) continue;
    const auto* oldest = oldest_own(all);
    if (!oldest) {
      back.left.push_back({name, since(*all.front())});
      continue;
    }
    // What the deletion held is what comes back with the record.
    if (!oldest->whole) back.fields.push_back({i, before_of(*oldest, name)});
  }
  return back;
}

} // namespace gramsetu::engine
