// Values, objects and the pointers that lead into them.
#include "schema/value.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gramsetu::schema {

Object::Object() = default;
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

// Linear, because records have some twenty members and a search tree would cost more than it saves.
const Value* Object::find(std::string_view name) const
{
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == members_.end() ? nullptr : &found->value;
}

Value* Object::find(std::string_view name)
{
  return const_cast<Value*>(std::as_const(*this).find(name));
}

void Object::set(std::string name, Value value)
{
  if (Value* old = find(name))
    *old = std::move(value);
  else
    append(std::move(name), std::move(value));
}

void Object::append(std::string name, Value value)
{
  members_.push_back(Member{std::move(name), std::move(value)});
}

bool Object::erase(std::string_view name)
{
  return std::erase_if(members_, [&](const Member& member) { return member.name == name; }) != 0;
}

bool Object::operator==(const Object& other) const
{
  if (size() != other.size()) return false;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& mine = members_[i];
    // Same order is the common case and saves the search.
    const Value* theirs =
        other.members_[i].name == mine.name ? &other.members_[i].value : other.find(mine.name);
    if (theirs == nullptr || !(mine.value == *theirs)) return false;
  }
  return true;
}

namespace {

// What looks like nothing to a reader: ASCII blanks, and those that portals paste in
// (no-break space, zero-width space, byte order mark).
constexpr std::array<std::string_view, 9> kBlanks = {
    " ", "\t", "\n", "\r", "\v", "\f", "\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};

bool is_blank(std::string_view text)
{
  while (!text.empty()) {
    const auto* blank =
        std::find_if(kBlanks.begin(), kBlanks.end(),
                     [&](std::string_view candidate) { return text.starts_with(candidate); });
    if (blank == kBlanks.end()) return false;
    text.remove_prefix(blank->size());
  }
  return true;
}

} // namespace

bool Value::is_empty() const
{
  switch (kind()) {
  case Kind::absent:
  case Kind::null: return true;
  case Kind::text: return is_blank(text());
  default: return false;
  }
}

std::string_view name_of(Value::Kind kind)
{
  switch (kind) {
  case Value::Kind::absent: return "nothing";
  case Value::Kind::null: return "null";
  case Value::Kind::boolean: return "boolean";
  case Value::Kind::integer: return "integer";
  case Value::Kind::number: return "number";
  case Value::Kind::text: return "text";
  case Value::Kind::list: return "list";
  case Value::Kind::object: return "object";
  }
  return "?";
}

namespace {

// Takes the first token off a pointer and undoes its escapes; nothing when one is malformed.
std::optional<std::string> take_token(std::string_view& pointer)
{
  const std::size_t end = std::min(pointer.find('/'), pointer.size());
  std::string token;
  for (std::size_t i = 0; i < end; ++i) {
    if (pointer[i] != '~') {
      token += pointer[i];
      continue;
    }
    if (++i == end || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
    token += pointer[i] == '0' ? '~' : '/';
  }
  pointer.remove_prefix(end);
  return token;
}

// Steps to the next token. False at the end of the pointer.
bool next_token(std::string_view& rest, bool& first)
{
  if (rest.empty()) return false;
  if (rest.front() == '/')
    rest.remove_prefix(1);
  else if (!first)
    return false;
  first = false;
  return true;
}

// `Items` is a list, or one that is not changed.
template <typename Items>
auto* item_at(Items& list, const std::string& token)
{
  decltype(list.data()) none = nullptr;
  // RFC 6901: digits without leading zeros.
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return none;
  if (token.find_first_not_of("0123456789") != std::string::npos) return none;
  const auto index = static_cast<std::size_t>(std::stoul(token));
  return index < list.size() ? &list[index] : none;
}

} // namespace

const Value* at_pointer(const Value& root, std::string_view pointer)
{
  const Value* here = &root;
  bool first = true;
  while (here != nullptr && next_token(pointer, first)) {
    const auto token = take_token(pointer);
    if (!token) return nullptr;
    if (here->is_object())
      here = here->object().find(*token);
    else if (here->is_list())
      here = item_at(here->list(), *token);
    else
      here = nullptr;
  }
  return here;
}

bool set_at_pointer(Value& root, std::string_view pointer, Value value)
{
  Value* here = &root;
  bool first = true;
  while (next_token(pointer, first)) {
    const auto token = take_token(pointer);
    if (!token) return false;
    if (here->is_list()) {
      here = item_at(here->list(), *token);
      if (!here) return false;
      continue;
    }
    if (here->is_absent()) *here = Object();
    if (!here->is_object()) return false;
    if (here->object().find(*token) == nullptr) here->object().append(*token, Value());
    here = here->object().find(*token);
  }
  *here = std::move(value);
  return true;
}

} // namespace gramsetu::schema
