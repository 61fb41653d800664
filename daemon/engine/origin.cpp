// Origins as a compact JSON text: one short list a field.
#include "daemon/engine/origin.hpp"

#include "schema/json.hpp"

namespace gramsetu::engine {

namespace {

using schema::List;
using schema::Object;
using schema::Value;

std::int64_t millis_of(Instant at)
{
  return at.time_since_epoch().count();
}

Value to_value(const Origin& origin)
{
  List list;
  list.reserve(9);
  list.emplace_back(origin.side.endpoint);
  list.emplace_back(origin.side.role);
  list.emplace_back(millis_of(origin.at));
  list.push_back(origin.changed_at ? Value(millis_of(*origin.changed_at)) : Value(schema::Null{}));
  list.emplace_back(origin.run);
  list.emplace_back(origin.rule);
  list.emplace_back(origin.doubt.count());
  if (!origin.actor.empty()) list.emplace_back(origin.actor);
  if (!origin.note.empty()) list.emplace_back(origin.note); // a person's: the actor is there
  return Value(std::move(list));
}

std::string text_at(const List& list, std::size_t index)
{
  return index < list.size() && list[index].is_text() ? list[index].text() : std::string();
}

std::optional<Instant> instant_at(const List& list, std::size_t index)
{
  if (index >= list.size() || !list[index].is_integer()) return std::nullopt;
  return Instant(std::chrono::milliseconds(list[index].integer()));
}

Origin from_value(const Value& value)
{
  Origin origin;
  origin.side = {"local", "local"};
  if (!value.is_list()) return origin;
  const auto& list = value.list();
  origin.side = {text_at(list, 0), text_at(list, 1)};
  origin.at = instant_at(list, 2).value_or(Instant{});
  origin.changed_at = instant_at(list, 3);
  origin.run = text_at(list, 4);
  origin.rule = text_at(list, 5);
  if (list.size() > 6 && list[6].is_integer())
    origin.doubt = std::chrono::milliseconds(list[6].integer());
  origin.actor = text_at(list, 7);
  origin.note = text_at(list, 8);
  return origin;
}

} // namespace

const Origin& Origins::of(std::string_view field) const
{
  const auto found = fields.find(field);
  return found == fields.end() ? whole : found->second;
}

std::string write_origins(const Origins& origins)
{
  Object object;
  object.append("*", to_value(origins.whole));
  if (origins.gone) object.append("-", to_value(*origins.gone));
  for (const auto& [field, origin] : origins.fields)
    object.append(field, to_value(origin));
  return schema::to_json(Value(std::move(object)));
}

Origins read_origins(std::string_view text)
{
  Origins origins;
  origins.whole.side = {"local", "local"};
  const auto parsed = schema::parse_json(text);
  if (!parsed || !parsed->is_object()) return origins;
  for (const auto& member : parsed->object().members()) {
    if (member.name == "*")
      origins.whole = from_value(member.value);
    else if (member.name == "-")
      origins.gone = from_value(member.value);
    else
      origins.fields.emplace(member.name, from_value(member.value));
  }
  return origins;
}

} // namespace gramsetu::engine
