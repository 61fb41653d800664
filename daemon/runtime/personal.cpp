// Erasures, their list beside the store, and the account of retention.
#include "daemon/runtime/personal.hpp"

#include "base/encryption.hpp"
#include "base/files.hpp"
#include "daemon/engine/erase.hpp"
#include "daemon/runtime/members.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <map>

namespace gramsetu::runtime {

namespace {

// Not in the store, and so in no backup: hashes alone tell nobody a telephone number.
Result<std::string> secret_of(const std::string& store_path)
{
  const auto path = store_path + ".secret";
  TRY(const auto known, read_file(path));
  if (known && !known->empty()) return *known;
  auto fresh = random_key();
  TRY_VOID(replace_file(path, fresh));
  return fresh;
}

std::string list_of(const std::string& store_path)
{
  return store_path + ".erased";
}

Result<void> add_to_list(Hub& hub, const PersonalOrder& order, bool erased)
{
  const auto path = list_of(hub.setup()->config().store_path);
  TRY(auto list, read_file(path));
  schema::Object line;
  line.append("entity", order.entity);
  line.append("key", order.key);
  line.append("erased", erased);
  line.append("at", to_rfc3339(hub.clock().now()));
  line.append("by", order.by);
  line.append("note", order.note);
  return replace_file(path, list.value_or("") + schema::to_json(std::move(line)) + "\n");
}

Result<const schema::Entity*> entity_of(Hub& hub, const std::string& name)
{
  const auto* entity = hub.setup()->entities().find(name);
  if (entity) return entity;
  return fail(ErrorKind::not_found, fmt::format("there is no entity '{}'", name));
}

Result<engine::ErasureOrder> order_of(Hub& hub, const PersonalOrder& order)
{
  TRY(auto secret, secret_of(hub.setup()->config().store_path));
  return engine::ErasureOrder{order.key, order.by, order.note, std::move(secret)};
}

// By entity and key: the last word about each.
Result<std::map<std::string, PersonalOrder>> erased_ones(const std::string& path)
{
  TRY(const auto list, read_file(path));
  std::map<std::string, PersonalOrder> orders;
  std::string_view rest = list ? std::string_view(*list) : std::string_view();
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = schema::parse_json(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line || !line->is_object()) continue;
    const auto& object = line->object();
    PersonalOrder order{text_of(object, "entity"), text_of(object, "key"), text_of(object, "by"),
                        text_of(object, "note"), false};
    const auto* erased = object.find("erased");
    auto name = order.entity + "/" + order.key;
    if (erased && *erased == schema::Value(true))
      orders[name] = std::move(order);
    else
      orders.erase(name);
  }
  return orders;
}

} // namespace

Result<schema::Object> erase_personal(Hub& hub, const PersonalOrder& order)
{
  TRY(const auto* entity, entity_of(hub, order.entity));
  TRY(const auto what, order_of(hub, order));
  TRY(const auto erased, engine::erase_personal(*entity, what, hub.engine_services()));
  TRY_VOID(add_to_list(hub, order, true));
  hub.log().event(
      Event::admin_action, "personal data was erased",
      {{"entity", order.entity}, {"key", order.key}, {"by", order.by}, {"reason", order.note}});
  TRY_VOID(store::forget_deleted(hub.store(), order.compact));
  schema::Object json;
  json.append("entity", order.entity);
  json.append("key", order.key);
  schema::List fields;
  for (const auto& field : erased.fields)
    fields.emplace_back(field);
  json.append("fields", std::move(fields));
  json.append("erased", erased.counts);
  return json;
}

Result<void> lift_personal(Hub& hub, const PersonalOrder& order)
{
  TRY(const auto* entity, entity_of(hub, order.entity));
  const engine::ErasureOrder what{order.key, order.by, order.note, ""};
  TRY_VOID(engine::lift_personal(*entity, what, hub.engine_services()));
  TRY_VOID(add_to_list(hub, order, false));
  hub.log().event(
      Event::admin_action, "an erasure was lifted",
      {{"entity", order.entity}, {"key", order.key}, {"by", order.by}, {"reason", order.note}});
  return {};
}

Result<void> erase_again(Hub& hub)
{
  TRY(const auto orders, erased_ones(list_of(hub.setup()->config().store_path)));
  bool some = false;
  for (const auto& [name, order] : orders) {
    const auto* entity = hub.setup()->entities().find(order.entity);
    if (!entity) continue;
    TRY(const auto what, order_of(hub, order));
    const auto erased = engine::erase_personal(*entity, what, hub.engine_services());
    some = some || erased.has_value();
    const auto kind = erased ? ErrorKind::not_found : erased.error().kind;
    if (kind == ErrorKind::not_found) continue; // the backup is older than the record
    if (kind == ErrorKind::corrupt) return tl::unexpected(erased.error());
    hub.log().event(Event::store_failed,
                    "erased data came back with the backup: " + erased.error().what);
  }
  return some ? store::forget_deleted(hub.store(), false) : Result<void>();
}

Result<void> note_retention(store::Tx& tx, const config::Retention& keep,
                            const store::Purged& purged, Instant now)
{
  struct Row {
    const char* rule;
    const char* what;
    std::chrono::milliseconds age;
    std::size_t count;
  };
  const Row rows[] = {{"log", "log", keep.log, purged.log},
                      {"change_log", "change_log", keep.change_log, purged.change_log},
                      {"change_log", "conflicts", keep.change_log, purged.conflicts},
                      {"tombstones", "records", keep.tombstones, purged.tombstones},
                      {"quarantine", "quarantine", keep.quarantine, purged.quarantine}};
  for (const auto& row : rows) {
    if (row.count == 0) continue;
    schema::Object counts;
    counts.append(row.what, static_cast<std::int64_t>(row.count));
    store::RemovalRow removal;
    removal.at = now;
    removal.kind = "retention";
    removal.rule = fmt::format("retention.{} {}", row.rule, schema::write_duration(row.age));
    removal.counts = schema::to_json(std::move(counts));
    removal.by = "the schedule";
    removal.before = now - row.age;
    TRY_VOID(store::add_removal(tx, removal));
  }
  return {};
}

} // namespace gramsetu::runtime
