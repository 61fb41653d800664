// Canonical bytes: what the comparison of values and the digest of records go by.
#include "schema/canonical.hpp"

#include "schema/normal_form.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace gramsetu::schema {

namespace {

bool is_nothing(const Value& value)
{
  return value.is_absent() || value.is_null();
}

void append_number(std::string& out, std::int64_t number)
{
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// Length first, so that no text can look like what follows it.
void append_sized(std::string& out, char tag, std::string_view bytes)
{
  out += tag;
  append_number(out, static_cast<std::int64_t>(bytes.size()));
  out += ':';
  out += bytes;
}

void append_text(std::string& out, std::string_view text)
{
  if (is_comparison_form(text)) return append_sized(out, 's', text);
  append_sized(out, 's', comparison_form(text));
}

// What decides about order inside a value: the field for the value itself, nothing below it.
enum class Order { kept, free };

void append_value(std::string& out, const Value& value, Order order);

void append_sorted(std::string& out, std::vector<std::string>& parts)
{
  std::sort(parts.begin(), parts.end());
  for (const auto& part : parts)
    append_sized(out, 'p', part);
}

void append_list(std::string& out, const List& list, Order order)
{
  out += '[';
  if (order == Order::kept) {
    for (const auto& item : list)
      append_value(out, item, Order::kept);
  } else {
    std::vector<std::string> parts(list.size());
    for (std::size_t i = 0; i < list.size(); ++i)
      append_value(parts[i], list[i], Order::kept);
    append_sorted(out, parts);
  }
  out += ']';
}

void append_object(std::string& out, const Object& object)
{
  std::vector<std::string> parts;
  parts.reserve(object.size());
  for (const auto& member : object.members()) {
    if (is_nothing(member.value)) continue;
    std::string& part = parts.emplace_back();
    append_text(part, member.name);
    append_value(part, member.value, Order::kept);
  }
  out += '{';
  append_sorted(out, parts);
  out += '}';
}

void append_value(std::string& out, const Value& value, Order order)
{
  switch (value.kind()) {
  case Value::Kind::absent:
  case Value::Kind::null: out += 'z'; break;
  case Value::Kind::boolean: out += value.boolean() ? 't' : 'f'; break;
  case Value::Kind::integer:
    out += 'i';
    append_number(out, value.integer());
    out += ';';
    break;
  case Value::Kind::number: append_sized(out, 'n', value.literal()); break;
  case Value::Kind::text: append_text(out, value.text()); break;
  case Value::Kind::list: append_list(out, value.list(), order); break;
  case Value::Kind::object: append_object(out, value.object()); break;
  }
}

bool is_scalar(const Value& value)
{
  return !value.is_list() && !value.is_object();
}

// Lists of scalars and keyed lists are sets; the order of a list of plain objects may mean something.
Order order_in(const FieldSpec& field, const Value& value)
{
  if (field.type != FieldType::list || !value.is_list()) return Order::kept;
  if (!field.list_key.empty()) return Order::free;
  const bool scalars = std::all_of(value.list().begin(), value.list().end(), is_scalar);
  return scalars ? Order::free : Order::kept;
}

bool same_text(const std::string& a, const std::string& b)
{
  if (a == b) return true;
  if (is_comparison_form(a) && is_comparison_form(b)) return false;
  return comparison_form(a) == comparison_form(b);
}

} // namespace

std::string canonical_bytes(const FieldSpec& field, const Value& value)
{
  std::string bytes;
  append_value(bytes, value, order_in(field, value));
  return bytes;
}

bool same_value(const FieldSpec& field, const Value& a, const Value& b)
{
  if (is_nothing(a) || is_nothing(b)) return is_nothing(a) && is_nothing(b);
  if (a.kind() != b.kind()) return false;
  if (a.is_text()) return same_text(a.text(), b.text());
  if (is_scalar(a)) return a == b;
  return canonical_bytes(field, a) == canonical_bytes(field, b);
}

Digest digest_of(const Entity& entity, const Record& record, const FieldSet& fields)
{
  thread_local std::string bytes; // one buffer a thread: this runs for every record of every page
  bytes.clear();
  const auto append = [&](std::size_t index) {
    const Value& value = record.fields[index];
    if (!fields[index] || is_nothing(value)) return;
    // By name, so that a field added or moved in the entity's file leaves old digests as they are.
    append_sized(bytes, 'k', entity.fields[index].name);
    append_value(bytes, value, order_in(entity.fields[index], value));
  };
  if (entity.by_name.size() == entity.fields.size()) {
    for (const std::size_t index : entity.by_name)
      append(index);
    return sha256(bytes);
  }
  std::vector<std::size_t> by_name(entity.fields.size()); // an entity that no loader has made
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::sort(by_name.begin(), by_name.end(), [&](std::size_t a, std::size_t b) {
    return entity.fields[a].name < entity.fields[b].name;
  });
  for (const std::size_t index : by_name)
    append(index);
  return sha256(bytes);
}

} // namespace gramsetu::schema
