// Lists by the identity of their items.
#include "schema/list_merge.hpp"

#include "schema/canonical.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <unordered_map>

namespace gramsetu::schema {

namespace {

const FieldSpec kPlain;
const Value kNothing;
const List kNoItems;

const List& items_of(const Value& list)
{
  return list.is_list() ? list.list() : kNoItems;
}

// What tells two items of a list apart: the keyed member of an object, or the item itself.
std::string identity_of(const FieldSpec& field, const Value& item)
{
  if (!field.list_key.empty() && item.is_object())
    if (const auto* key = item.object().find(field.list_key)) return canonical_bytes(kPlain, *key);
  return canonical_bytes(kPlain, item);
}

// The items of one list by their identity.
class Index {
public:
  Index(const FieldSpec& field, const Value& list)
  {
    for (const auto& item : items_of(list))
      items_.emplace(identity_of(field, item), &item);
  }

  const Value* find(const std::string& identity) const
  {
    const auto found = items_.find(identity);
    return found == items_.end() ? nullptr : found->second;
  }

private:
  std::unordered_map<std::string, const Value*> items_;
};

bool same(const Value& a, const Value& b)
{
  return same_value(kPlain, a, b);
}

const Value& member_of(const Value* item, const std::string& name)
{
  const auto* member = item && item->is_object() ? item->object().find(name) : nullptr;
  return member ? *member : kNothing;
}

// One keyed item that both sides hold.
class ItemMerge {
public:
  ItemMerge(const Value* before, const Value& ours, const Value& theirs)
      : before_(before), ours_(ours), theirs_(theirs)
  {
  }

  // Nothing when both changed one member differently: `dispute` says which.
  std::optional<Value> merge(std::string& dispute) const
  {
    if (same(ours_, theirs_)) return ours_;
    if (!ours_.is_object() || !theirs_.is_object()) {
      dispute = "both sides changed one item";
      return std::nullopt;
    }
    Object item;
    for (const auto& member : ours_.object().members())
      if (!take(member.name, item, dispute)) return std::nullopt;
    for (const auto& member : theirs_.object().members())
      if (!ours_.object().find(member.name) && !take(member.name, item, dispute))
        return std::nullopt;
    return Value(std::move(item));
  }

private:
  bool take(const std::string& name, Object& item, std::string& dispute) const
  {
    const auto &before = member_of(before_, name), &ours = member_of(&ours_, name),
               &theirs = member_of(&theirs_, name);
    const bool theirs_changed = !same(before, theirs);
    if (theirs_changed && !same(before, ours) && !same(ours, theirs)) {
      dispute = fmt::format("both sides changed '{}' of one item", name);
      return false;
    }
    const auto& chosen = theirs_changed ? theirs : ours;
    if (!chosen.is_absent()) item.append(name, chosen);
    return true;
  }

  const Value* before_;
  const Value &ours_, &theirs_;
};

// Which of the two lists an item is missing in, and what that means.
enum class Fate { keep, drop, dispute };

Fate fate_of(const Value* before, const Value& item)
{
  if (!before) return Fate::keep; // added here
  return same(*before, item) ? Fate::drop : Fate::dispute;
}

constexpr const char* kRemovedAndChanged = "one side removed an item that the other changed";

} // namespace

United united(const FieldSpec& field, const Value& base, const Value& hub, const Value& remote)
{
  const Index before(field, base), ours(field, hub), theirs(field, remote);
  std::set<std::string> taken;
  List all;
  std::string dispute;
  for (const auto& item : items_of(hub)) {
    const auto identity = identity_of(field, item);
    if (!taken.insert(identity).second) continue;
    const auto* base_item = before.find(identity);
    if (const auto* other = theirs.find(identity)) {
      auto merged = ItemMerge(base_item, item, *other).merge(dispute);
      if (!merged) return {hub, std::move(dispute)};
      all.push_back(std::move(*merged));
      continue;
    }
    const auto fate = fate_of(base_item, item);
    if (fate == Fate::dispute) return {hub, kRemovedAndChanged};
    if (fate == Fate::keep) all.push_back(item);
  }
  for (const auto& item : items_of(remote)) {
    const auto identity = identity_of(field, item);
    if (ours.find(identity) || !taken.insert(identity).second) continue;
    const auto fate = fate_of(before.find(identity), item);
    if (fate == Fate::dispute) return {hub, kRemovedAndChanged};
    if (fate == Fate::keep) all.push_back(item);
  }
  return {Value(std::move(all)), {}};
}

Value appended(const FieldSpec& field, const Value& hub, const Value& remote)
{
  const Index ours(field, hub);
  List all = hub.list();
  for (const auto& item : remote.list())
    if (!ours.find(identity_of(field, item))) all.push_back(item);
  return Value(std::move(all));
}

} // namespace gramsetu::schema
