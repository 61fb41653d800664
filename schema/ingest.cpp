// Documents without twelve suspicious digits are only looked at; the others are written anew.
#include "schema/ingest.hpp"

#include "schema/aadhaar.hpp"
#include "schema/aadhaar_words.hpp"
#include "schema/canonical.hpp"
#include "schema/source_tree.hpp"

#include <algorithm>
#include <array>

namespace gramsetu::schema {

namespace {

using Kind = Treatment::Kind;
using Known = std::map<std::string, Treatment, std::less<>>;

bool is_suspicious(const Value& value)
{
  switch (value.kind()) {
  case Value::Kind::text: return holds_number(value.text());
  case Value::Kind::integer:
    return value.integer() >= 200'000'000'000 && value.integer() <= 999'999'999'999 &&
           holds_number(std::to_string(value.integer()));
  case Value::Kind::list:
    return std::any_of(value.list().begin(), value.list().end(), is_suspicious);
  case Value::Kind::object: {
    const auto& members = value.object().members();
    return std::any_of(members.begin(), members.end(), [](const Member& member) {
      return is_suspicious(member.value) || holds_number(member.name);
    });
  }
  default: return false;
  }
}

bool is_reference(const Entity& entity, std::size_t index)
{
  const bool is_key = std::find(entity.key.begin(), entity.key.end(), index) != entity.key.end();
  return is_key || std::any_of(entity.parents.begin(), entity.parents.end(),
                               [&](const Parent& parent) { return parent.field == index; });
}

Treatment treatment_of(const Entity& entity, std::size_t index)
{
  const auto& field = entity.fields[index];
  if (is_reference(entity, index)) return {Kind::never, &field};
  if (field.privacy == Privacy::forbidden) return {Kind::whole, &field};
  switch (field.type) {
  case FieldType::list:
  case FieldType::object: return {Kind::person, &field};
  case FieldType::integer: return {Kind::number, &field};
  case FieldType::text: {
    return {field.privacy == Privacy::personal ? Kind::person : Kind::text, &field};
  }
  default: return {Kind::never, &field};
  }
}

// Where a value stands.
struct Path {
  const Path* above = nullptr;
  std::string_view name;           // of an item of a list: "*"
  const Object* in = nullptr;      // whose member it is
  const std::string* at = nullptr; // its pointer, in full

  bool is_item() const { return name == "*" && !in; }
};

// What an object says of its other members: { idType: Aadhaar, number: ... }, { label: "Voucher", value: ... }.
const Value* label_of(const Path& path)
{
  static constexpr std::array<std::string_view, 9> kLabels = {
      "label", "type", "kind", "question", "attribute", "field", "key", "name", "title"};
  if (path.is_item() && path.above) return label_of(*path.above);
  if (!path.in) return nullptr;
  const bool top = !path.above || !path.above->above;
  constexpr std::size_t kLongest = 80;
  for (std::size_t i = 0; i < kLabels.size(); ++i) {
    if (top && i > 2) break; // a record has a name of its own
    for (const auto& member : path.in->members()) {
      const bool labels = member.name.size() >= kLabels[i].size() && member.name != path.name &&
                          match_key(member.name).ends_with(kLabels[i]);
      if (labels && member.value.is_text() && member.value.text().size() <= kLongest)
        return &member.value;
    }
  }
  return nullptr;
}

// One document, written anew.
class Rewriting {
public:
  Rewriting(const Known& known, Masked& masked) : known_(known), masked_(masked) {}

  Value rewrite(const Value& value, const Path& path, const Treatment& above)
  {
    const auto found = known_.find(*path.at);
    const Treatment treatment = found == known_.end() ? above : found->second;
    switch (value.kind()) {
    case Value::Kind::text: return leaf(value, value.text(), path, treatment);
    case Value::Kind::integer: return leaf(value, std::to_string(value.integer()), path, treatment);
    case Value::Kind::number: return leaf(value, value.literal(), path, treatment);
    case Value::Kind::list: return items(value.list(), path, treatment);
    case Value::Kind::object: return members(value.object(), path, treatment);
    default: return value;
    }
  }

private:
  Value items(const List& list, const Path& path, const Treatment& treatment)
  {
    List made;
    made.reserve(list.size());
    const std::string at = *path.at + "/*";
    for (const auto& item : list)
      made.push_back(rewrite(item, {&path, "*", nullptr, &at}, treatment));
    return Value(std::move(made));
  }

  Value members(const Object& object, const Path& path, const Treatment& treatment)
  {
    Object made;
    for (const auto& member : object.members()) {
      auto name = mask_numbers(member.name, is_named(path) ? Hint::named : Hint::none);
      const std::string at = *path.at + "/" + escape_token(name.value_or(member.name));
      if (name) note(at);
      auto value = rewrite(member.value, {&path, member.name, &object, &at}, treatment);
      while (name && made.find(*name))
        *name += '+'; // the last four digits of two may be the same
      made.append(name.value_or(member.name), std::move(value));
    }
    return Value(std::move(made));
  }

  Value leaf(const Value& value, const std::string& text, const Path& path,
             const Treatment& treatment)
  {
    if (treatment.kind == Kind::whole) {
      auto masked = mask_text(text);
      if (text.empty() || masked == text) return value;
      return noted(std::move(masked), *path.at);
    }
    if (value.kind() == Value::Kind::number || !holds_number(text)) return value;
    const bool named = is_named(path) ||
                       (treatment.field && names_aadhaar(treatment.field->name)) ||
                       is_labelled(path, names_aadhaar);
    if (treatment.kind == Kind::never) {
      masked_.in_key = masked_.in_key || named;
      return value;
    }
    if (!named && (treatment.kind == Kind::number || !value.is_text())) return value;
    auto masked = mask_numbers(text, named ? Hint::named : hint_of(path, treatment));
    return masked ? noted(std::move(*masked), *path.at) : value;
  }

  Hint hint_of(const Path& path, const Treatment& treatment) const
  {
    const auto* named = &path;
    while (named->is_item() && named->above)
      named = named->above;
    const bool other = names_other_number(named->name) ||
                       (treatment.field && names_other_number(treatment.field->name)) ||
                       is_labelled(path, names_other_number);
    return treatment.kind == Kind::person && !other ? Hint::whole : Hint::none;
  }

  static bool is_named(const Path& path)
  {
    for (const auto* at = &path; at; at = at->above)
      if (names_aadhaar(at->name)) return true;
    return false;
  }

  template <typename Says>
  static bool is_labelled(const Path& path, const Says& says)
  {
    const auto* label = label_of(path);
    return label && says(label->text());
  }

  Value noted(std::string masked, const std::string& at)
  {
    note(at);
    return Value(std::move(masked));
  }

  void note(const std::string& at)
  {
    auto& all = masked_.pointers;
    if (std::find(all.begin(), all.end(), at) == all.end()) all.push_back(at);
  }

  const Known& known_;
  Masked& masked_;
};

} // namespace

Ingest::Ingest(const Entity& entity, const Mapping& mapping,
               const std::vector<std::string>& envelope)
{
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const auto treatment = treatment_of(entity, i);
    for (const auto& pointer : mapping.pointers(i)) {
      auto& known = known_.try_emplace(pointer, treatment).first->second;
      if (treatment.kind == Kind::never || treatment.kind == Kind::whole) known = treatment;
    }
    has_whole_ = has_whole_ || treatment.kind == Kind::whole;
  }
  for (const auto& pointer : envelope)
    if (!pointer.empty()) known_[pointer] = {Kind::never, nullptr};
}

Masked Ingest::mask(Value& document) const
{
  Masked masked;
  if (!has_whole_ && !is_suspicious(document)) return masked;
  const std::string root;
  Rewriting rewriting(known_, masked);
  auto made = rewriting.rewrite(document, {nullptr, "", nullptr, &root}, {});
  if (!masked.pointers.empty()) document = std::move(made);
  return masked;
}

Value masked_field(const Entity& entity, std::size_t field, Value value)
{
  const auto treatment = treatment_of(entity, field);
  if (treatment.kind != Kind::whole && !is_suspicious(value)) return value;
  Masked masked;
  const std::string root, at = "/" + entity.fields[field].name;
  const Path above{nullptr, "", nullptr, &root};
  const Path path{&above, entity.fields[field].name, nullptr, &at};
  return Rewriting(Known{}, masked).rewrite(value, path, treatment);
}

std::vector<std::string> mask_record(const Entity& entity, Record& record)
{
  std::vector<std::string> names;
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    auto masked = masked_field(entity, i, record.fields[i]);
    if (masked == record.fields[i]) continue;
    record.fields[i] = std::move(masked);
    names.push_back(entity.fields[i].name);
  }
  return names;
}

bool is_withheld(const FieldSpec& field, const Value& value)
{
  return field.privacy == Privacy::forbidden ? !value.is_empty() : has_mask(value);
}

} // namespace gramsetu::schema
