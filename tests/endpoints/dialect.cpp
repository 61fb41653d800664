// What all dialects need.
#include "tests/endpoints/dialect.hpp"

#include "schema/scalar.hpp"

namespace gramsetu::sim {

namespace {

std::string text_of(const schema::Value* value)
{
  if (value == nullptr) return {};
  if (value->is_integer()) return std::to_string(value->integer());
  return value->is_text() ? value->text() : "";
}

} // namespace

std::string text_at(const schema::Value& record, std::string_view pointer)
{
  return text_of(schema::at_pointer(record, pointer));
}

std::string text_at(const schema::Object& record, std::string_view pointer)
{
  if (pointer.starts_with('/')) pointer.remove_prefix(1);
  const std::size_t slash = std::min(pointer.find('/'), pointer.size());
  const schema::Value* value = record.find(pointer.substr(0, slash));
  if (value == nullptr || slash == pointer.size()) return text_of(value);
  return text_of(schema::at_pointer(*value, pointer.substr(slash)));
}

// As the hub writes its keys: a slash inside one of several parts is escaped.
static std::string escaped(std::string part)
{
  for (std::size_t at = 0; (at = part.find_first_of("~/", at)) != std::string::npos; at += 2)
    part.replace(at, 1, part[at] == '~' ? "~0" : "~1");
  return part;
}

std::string natural_key(const StreamShape& shape, const schema::Object& record)
{
  std::string key;
  for (const std::string& member : shape.natural) {
    const schema::Value* value = record.find(member);
    if (!key.empty()) key += '/';
    if (value == nullptr) continue;
    key += shape.natural.size() == 1 ? text_of(value) : escaped(text_of(value));
  }
  return key;
}

std::size_t size_parameter(const Request& request, const std::string& name, std::size_t otherwise)
{
  const auto number = schema::read_integer(request.parameter(name));
  return number && *number >= 0 ? static_cast<std::size_t>(*number) : otherwise;
}

} // namespace gramsetu::sim
