// Lists by the identity of their items.
#include "schema/list_merge.hpp"

#include "schema/canonical.hpp"

namespace gramsetu::schema {

namespace {

// What tells two items of a list apart: the keyed member of an object, or the item itself.
const Value& identity_of(const FieldSpec& field, const Value& item)
{
  if (!field.list_key.empty() && item.is_object())
    if (const auto* key = item.object().find(field.list_key)) return *key;
  return item;
}

const Value* find_item(const FieldSpec& field, const Value& list, const Value& identity)
{
  if (!list.is_list()) return nullptr;
  FieldSpec plain;
  for (const auto& item : list.list())
    if (same_value(plain, identity_of(field, item), identity)) return &item;
  return nullptr;
}

} // namespace

Value united(const FieldSpec& field, const Value& base, const Value& hub, const Value& remote)
{
  List all;
  FieldSpec plain;
  if (hub.is_list()) {
    for (const auto& item : hub.list()) {
      const auto& identity = identity_of(field, item);
      const auto* theirs = find_item(field, remote, identity);
      const auto* before = find_item(field, base, identity);
      if (!theirs && before) continue; // removed there
      const bool ours_untouched = before && same_value(plain, *before, item);
      all.push_back(theirs && ours_untouched ? *theirs : item);
    }
  }
  if (remote.is_list()) {
    for (const auto& item : remote.list()) {
      const auto& identity = identity_of(field, item);
      const bool known = find_item(field, hub, identity) || find_item(field, base, identity);
      if (!known) all.push_back(item);
    }
  }
  return Value(std::move(all));
}

Value appended(const FieldSpec& field, const Value& hub, const Value& remote)
{
  List all = hub.list();
  for (const auto& item : remote.list())
    if (!find_item(field, hub, identity_of(field, item))) all.push_back(item);
  return Value(std::move(all));
}

} // namespace gramsetu::schema
