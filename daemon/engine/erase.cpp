// Erasures as a transaction, and their end.
#include "daemon/engine/erase.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gramsetu::engine {

namespace {

void blank(schema::Value& value, const std::string& of)
{
  if (value.is_list()) {
    for (auto& item : value.list())
      blank(item, of);
    return;
  }
  if (!value.is_object()) return;
  auto& object = value.object();
  const auto* key = object.find("key");
  const bool ours = key && key->is_text() && key->text() == of;
  for (const auto* name : {"fields", "changes"})
    if (ours && object.find(name)) object.set(name, schema::List());
  for (const auto* name : {"values", "what", "note"})
    if (ours && object.find(name)) object.set(name, "");
  std::vector<std::string> names;
  for (const auto& member : object.members())
    names.push_back(member.name);
  for (const auto& name : names)
    blank(*object.find(name), of);
}

} // namespace

std::string without_values(const std::string& json, const std::string& key)
{
  auto parsed = schema::parse_json(json);
  if (!parsed) return "";
  blank(*parsed, key);
  return schema::to_json(*parsed);
}

std::vector<std::string> personal_fields(const schema::Entity& entity)
{
  std::vector<std::string> names;
  for (const auto& field : entity.fields)
    if (field.privacy == schema::Privacy::personal || field.privacy == schema::Privacy::financial ||
        field.privacy == schema::Privacy::forbidden)
      names.push_back(field.name);
  return names;
}

Result<Erased> erase_personal(const schema::Entity& entity, const ErasureOrder& order,
                              const Services& services)
{
  if (order.note.empty())
    return fail(ErrorKind::invalid, "an erasure needs its reason: { \"note\": \"why\" }");
  Erased erased;
  TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(erased, erase_everywhere(tx, entity, order, services.clock.now()));
    return {};
  }));
  return erased;
}

Result<void> lift_personal(const schema::Entity& entity, const ErasureOrder& order,
                           const Services& services)
{
  return services.store.transact([&](store::Tx& tx) -> Result<void> {
    TRY(const auto mark, store::erasure_of(tx, entity.name, order.key));
    if (!mark) {
      return fail(ErrorKind::not_found,
                  fmt::format("nothing of {} {} was erased", entity.name, order.key));
    }
    TRY_VOID(store::lift_erasure(tx, entity.name, order.key));
    TRY(const auto flows, store::flows_that_know(tx, entity.name, order.key));
    for (const auto& flow : flows) {
      TRY(auto shadow, tx.shadow(flow, order.key));
      if (!shadow) continue;
      shadow->mark.digest = {}; // what the endpoint has of the fields is news again
      TRY_VOID(tx.put_shadow(*shadow));
    }
    store::RemovalRow removal;
    removal.at = services.clock.now();
    removal.kind = "lifted";
    removal.entity = entity.name;
    removal.key = order.key;
    removal.rule = fmt::format("{}", fmt::join(mark->fields, " "));
    removal.counts = "{}";
    removal.by = order.by;
    removal.note = order.note;
    TRY_VOID(store::add_removal(tx, removal));
    return {};
  });
}

} // namespace gramsetu::engine
