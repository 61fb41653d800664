// From a stream's `fields:` block to plans, with everything that is wrong with it.
#include "schema/mapping_plan.hpp"
#include "schema/node_reader.hpp"
#include "schema/record_check.hpp"
#include "schema/scalar.hpp"
#include "schema/shape.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

const std::vector<std::string> kKeys = {"from",      "as",      "format",  "zone",  "values",
                                        "blank",     "each",    "default", "const", "pull_only",
                                        "push_only", "samples", "trim",    "unit"};

std::string as_pointer(const std::string& from)
{
  return from.starts_with('/') || from.empty() ? from : '/' + from;
}

std::optional<std::chrono::minutes> read_zone(const std::string& text)
{
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text == "Z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  if (!digit(1) || !digit(2) || !digit(4) || !digit(5)) return std::nullopt;
  const int hours = (text[1] - '0') * 10 + text[2] - '0';
  const int minutes = (text[4] - '0') * 10 + text[5] - '0';
  if (hours > 14 || minutes > 59) return std::nullopt;
  return std::chrono::minutes((text[0] == '-' ? -1 : 1) * (hours * 60 + minutes));
}

// The word as the canonical value that the field's type holds.
Value canonical_value(const FieldSpec& field, const std::string& word)
{
  switch (field.type) {
  case FieldType::boolean: return wire_value(Wire::boolean, word);
  case FieldType::integer:
  case FieldType::money:
  case FieldType::financial_year: return wire_value(Wire::integer, word);
  default: return Value(word);
  }
}

class PlanReader {
public:
  PlanReader(const FieldSpec& field, std::vector<Finding>& findings)
      : field_(field), reader_(findings), findings_(findings)
  {
  }

  FieldPlan read(const Node& node)
  {
    plan_.place = node.place;
    plan_.codec.shape = default_shape(field_.type);
    if (node.is_scalar() && !node.scalar.empty()) {
      plan_.from.push_back({as_pointer(node.scalar), 0});
    } else if (reader_.map_of(node, fmt::format("the mapping of '{}'", field_.name), kKeys)) {
      read_direction(node);
      read_source(node);
      read_shape(node);
      read_form(node);
      read_values(node);
      read_each(node);
    }
    fill_format();
    plan_.is_checked = plan_.codec.shape == Shape::text || plan_.codec.shape == Shape::list ||
                       plan_.codec.shape == Shape::object;
    if (reader_.clean()) check_inverse(field_, plan_, node, findings_);
    return std::move(plan_);
  }

private:
  void read_direction(const Node& node)
  {
    const auto only = [&](const char* name) {
      const auto* found = node.find(name);
      return found && reader_.flag(*found, name).value_or(false);
    };
    plan_.pushes = !only("pull_only");
    plan_.pulls = !only("push_only");
    if (!plan_.pushes && !plan_.pulls)
      reader_.report(node.place, fmt::format("'{}' is neither read nor written", field_.name),
                     "pull_only or push_only, not both");
  }

  void read_source(const Node& node)
  {
    if (const auto* from = node.find("from"))
      for (const auto& text : reader_.texts(*from, "from"))
        plan_.from.push_back({as_pointer(text), 0});
    if (plan_.from.empty())
      reader_.report(node.place,
                     fmt::format("the mapping of '{}' does not say where from", field_.name),
                     "add from: member");
    if (const auto* constant = node.find("const")) read_constant(*constant);
    const auto* value = node.find("default");
    if (!value) return;
    if (const auto text = reader_.text(*value, "default"))
      plan_.default_value = canonical_value(field_, *text);
    if (const auto fault = check_value(field_, plan_.default_value))
      reader_.report(value->place, "default: " + fault->text, "a canonical value of that field");
  }

  // An unquoted number or flag is one over there too.
  void read_constant(const Node& node)
  {
    plan_.pulls = false;
    const auto text = reader_.text(node, "const");
    if (!text) return;
    plan_.constant = Value(*text);
    if (node.quoted) return;
    if (read_flag(*text)) plan_.constant = wire_value(Wire::boolean, *text);
    if (read_integer(*text)) plan_.constant = wire_value(Wire::integer, *text);
  }

  void read_shape(const Node& node)
  {
    const auto* as = node.find("as");
    const auto name = as ? reader_.text(*as, "as") : std::nullopt;
    if (!name) return;
    const auto chosen = choose_shape(field_, *name, node.find("values") != nullptr);
    if (!chosen)
      return reader_.report(as->place, chosen.error().what,
                            "text, integer, decimal, boolean, rupees, lakh, crore, paise, date, "
                            "timestamp, financial_year, lgd.<kind>, list or object, as the "
                            "field's type allows");
    plan_.codec.shape = chosen->shape;
    plan_.codec.wire = chosen->wire;
  }

  void read_form(const Node& node)
  {
    auto& codec = plan_.codec;
    const bool is_time = codec.shape == Shape::date || codec.shape == Shape::timestamp;
    if (const auto* format = node.find("format")) {
      codec.format = reader_.text(*format, "format").value_or("");
      if (!is_time && codec.shape != Shape::financial_year)
        reader_.report(format->place, fmt::format("'{}' has no format", field_.name), "remove it");
    }
    if (const auto* zone = node.find("zone")) {
      codec.zone = read_zone(zone->scalar);
      if (!codec.zone) reader_.report(zone->place, "no such zone", "\"+05:30\"");
      if (codec.shape != Shape::timestamp)
        reader_.report(zone->place, fmt::format("'{}' is no timestamp", field_.name), "remove it");
    }
    if (const auto* unit = node.find("unit")) codec.unit = reader_.text(*unit, "unit").value_or("");
    if (const auto* trim = node.find("trim"))
      codec.trim = reader_.flag(*trim, "trim").value_or(false);
    if (const auto* blank = node.find("blank")) read_blank(*blank);
  }

  // Also "": in a field of text, no letters may mean that there is no value.
  void read_blank(const Node& node)
  {
    const auto take = [&](const Node& item) {
      if (!item.is_scalar())
        reader_.report(item.place, "blank is no text", "write a quoted text");
      else
        plan_.codec.blank.push_back(item.scalar);
    };
    if (!node.is_list()) return take(node);
    for (const auto& item : node.items)
      take(item);
  }

  void read_values(const Node& node)
  {
    const auto* values = node.find("values");
    if (!values) return;
    if (!values->is_map() || values->entries.empty())
      return reader_.report(values->place, "values must be a map", "{ R: receipt }");
    for (const auto& entry : values->entries) {
      const auto word = reader_.text(entry.value, "values");
      if (!word) continue;
      const Value canonical = canonical_value(field_, *word);
      if (check_value(field_, canonical))
        reader_.report_unknown(entry.value.place,
                               fmt::format("'{}' is no value of '{}'", shown(*word), field_.name),
                               *word, known_words());
      plan_.codec.in.emplace(entry.key, canonical);
      plan_.codec.out.emplace(*word, wire_value(plan_.codec.wire, entry.key));
    }
  }

  std::vector<std::string> known_words() const
  {
    if (field_.type == FieldType::boolean) return {"true", "false"};
    if (!field_.choices.empty()) return field_.choices;
    return {fmt::format("a {}", name_of(field_.type))};
  }

  void read_each(const Node& node)
  {
    const auto* each = node.find("each");
    if (!each) return;
    if (field_.type != FieldType::list || !each->is_map() || each->entries.empty())
      return reader_.report(each->place, "each maps the members of a list's items",
                            "{ name: payeeName }");
    auto items = std::make_shared<ItemPlans>();
    for (const auto& entry : each->entries) {
      FieldSpec member;
      member.name = entry.key;
      member.privacy = field_.privacy;
      if (const auto* as = entry.value.find("as")) member.type = type_of_member(as->scalar);
      if (const auto dot = as_kind(entry.value); !dot.empty()) member.code_kind = dot;
      FieldPlan plan = PlanReader(member, findings_).read(entry.value);
      plan.spec = std::move(member);
      items->members.push_back(std::move(plan));
    }
    check_targets(items->members, findings_);
    items->sources = number_sources(items->members);
    plan_.each = std::move(items);
  }

  // "village" of `as: lgd.village`.
  static std::string as_kind(const Node& node)
  {
    const auto* as = node.find("as");
    return as && as->scalar.starts_with("lgd.") ? as->scalar.substr(4) : std::string();
  }

  void fill_format()
  {
    auto& codec = plan_.codec;
    if (!codec.format.empty()) return;
    if (codec.shape == Shape::date) codec.format = "yyyy-MM-dd";
    if (codec.shape == Shape::timestamp) codec.format = "iso";
    if (codec.shape == Shape::financial_year)
      codec.format = codec.wire == Wire::integer ? "2025" : "2025-2026";
  }

  const FieldSpec& field_;
  NodeReader reader_;
  std::vector<Finding>& findings_;
  FieldPlan plan_;
};

} // namespace

SourceTree number_sources(std::vector<FieldPlan>& plans)
{
  SourceTree tree;
  for (auto& plan : plans)
    for (auto& source : plan.from)
      source.number = tree.add(source.pointer);
  return tree;
}

std::vector<FieldPlan> read_plans(const Entity& entity, const Node& fields,
                                  std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  std::vector<FieldPlan> plans;
  if (!fields.is_map()) {
    reader.report(fields.place, "a stream needs fields", "fields: { voucher_id: voucherId }");
    return plans;
  }
  std::vector<std::string> names;
  for (const auto& field : entity.fields)
    names.push_back(field.name);
  FieldSet taken(entity.fields.size(), false);
  for (const auto& entry : fields.entries) {
    // `place` stands for the field that holds the record's place.
    const auto index =
        entry.key == "place" && entity.place ? entity.place : entity.index_of(entry.key);
    if (!index) {
      reader.report_unknown(entry.place,
                            fmt::format("{} has no field '{}'", entity.name, shown(entry.key)),
                            entry.key, names);
      continue;
    }
    if (taken[*index])
      reader.report(entry.place, fmt::format("'{}' is mapped twice", entity.fields[*index].name),
                    "'place' is another name of it");
    taken[*index] = true;
    auto plan = PlanReader(entity.fields[*index], findings).read(entry.value);
    plan.field = *index;
    plans.push_back(std::move(plan));
  }
  check_targets(plans, findings);
  return plans;
}

} // namespace gramsetu::schema
