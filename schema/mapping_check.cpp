// What must hold for a mapping to be used both ways.
#include "schema/mapping_plan.hpp"
#include "schema/node_reader.hpp"
#include "schema/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gramsetu::schema {

namespace {

constexpr std::string_view kRemedy = "make it one to one, or say pull_only: true";

bool is_two_way(const FieldPlan& plan)
{
  return plan.pulls && plan.pushes && !plan.constant;
}

// Two remote words for one value: which of them should be written?
void check_words(const FieldSpec& field, const FieldPlan& plan, const Node& values,
                 NodeReader& reader)
{
  std::set<std::string> seen;
  for (const auto& entry : values.entries)
    if (!seen.insert(entry.value.scalar).second)
      reader.report(
          entry.place,
          fmt::format("'{}' of '{}' has two remote words", shown(entry.value.scalar), field.name),
          std::string(kRemedy));
  const std::vector<std::string> flags = {"true", "false"};
  for (const auto& choice : field.type == FieldType::boolean ? flags : field.choices)
    if (!plan.codec.out.contains(choice))
      reader.report(values.place,
                    fmt::format("values has no remote word for '{}' of '{}'", choice, field.name),
                    std::string(kRemedy));
}

// The canonical value that every format of the shape can tell from its neighbours.
Value probe_of(const FieldCodec& codec)
{
  switch (codec.shape) {
  case Shape::date: return Value("2026-11-23");
  case Shape::timestamp: return Value("2026-11-23T04:31:07.000Z");
  case Shape::financial_year: return Value(2025);
  default: return Value();
  }
}

// A format that cannot read what it writes is misspelt; one that loses a part is for reading only.
void check_format(const FieldSpec& field, const FieldPlan& plan, const Node& node,
                  NodeReader& reader)
{
  const Value probe = probe_of(plan.codec);
  if (probe.is_absent()) return;
  const auto* format = node.find("format");
  const Place place = format ? format->place : node.place;
  FieldCodec codec = plan.codec;
  const bool needs_zone = codec.shape == Shape::timestamp && codec.format != "iso" &&
                          !codec.format.starts_with("epoch") && !codec.zone;
  if (needs_zone)
    reader.report(place, fmt::format("times of '{}' come without a zone", field.name),
                  "add zone: \"+05:30\"");
  codec.zone = codec.zone.value_or(std::chrono::minutes(0));
  const auto again = decode_field(field, codec, encode_field(field, codec, probe));
  if (again.problem)
    reader.report(place, fmt::format("'{}' is no format", shown(codec.format)),
                  "see schema/README.md for those there are");
  else if (is_two_way(plan) && !(again.value == probe))
    reader.report(place,
                  fmt::format("format '{}' loses a part of '{}'", shown(codec.format), field.name),
                  "use a finer one, or say pull_only: true");
}

// Canonical values of every shape, besides those that a format tells apart.
std::vector<Value> probes_of(const FieldSpec& field, const FieldCodec& codec)
{
  switch (codec.shape) {
  case Shape::rupees:
  case Shape::lakh:
  case Shape::crore:
  case Shape::paise: return {Value(12'345'678'905), Value(-7), Value(0)};
  case Shape::integer: return {Value(7), Value(0)};
  case Shape::decimal: return {Value("-12.5")};
  case Shape::boolean: return {Value(true), Value(false)};
  case Shape::code: return {Value("245101")};
  case Shape::text: break;
  default: return {};
  }
  if (field.type != FieldType::enumeration && field.type != FieldType::state)
    return field.type == FieldType::text ? std::vector{Value("ময়না, 12-B")} : std::vector<Value>();
  return {field.choices.begin(), field.choices.end()};
}

// What is written must be read as what it was, for words of its own as well as for samples.
void check_probes(const FieldSpec& field, const FieldPlan& plan, const Node& node,
                  NodeReader& reader)
{
  if (!plan.codec.out.empty()) return; // the words were looked at, one by one
  for (const auto& probe : probes_of(field, plan.codec)) {
    const auto again = decode_field(field, plan.codec, encode_field(field, plan.codec, probe));
    if (!again.problem && again.value == probe) continue;
    reader.report(node.place,
                  fmt::format("what is written for '{}' is not read as the same", field.name),
                  std::string(kRemedy));
    return;
  }
}

// Items that are written and read must keep what tells them apart, and everything that is read of them.
void check_items(const FieldSpec& field, const FieldPlan& plan, const Node& node,
                 NodeReader& reader)
{
  const auto* each = node.find("each");
  const auto& members = plan.each->members;
  const bool keyed = field.list_key.empty() ||
                     std::any_of(members.begin(), members.end(), [&](const auto& member) {
                       return member.spec.name == field.list_key && member.pulls;
                     });
  if (!keyed)
    reader.report(each->place,
                  fmt::format("the items of '{}' are told apart by '{}', which is not mapped",
                              field.name, field.list_key),
                  fmt::format("add {}: member", field.list_key));
  if (!is_two_way(plan)) return;
  for (const auto& member : members)
    if (member.pulls && !member.pushes)
      reader.report(member.place,
                    fmt::format("'{}' of the items of '{}' is read and never written: it would be "
                                "lost with the next change of the list",
                                member.spec.name, field.name),
                    "write it, or say pull_only: true for the list");
}

void check_samples(const FieldSpec& field, const FieldPlan& plan, const Node& samples,
                   NodeReader& reader)
{
  for (const auto& text : reader.texts(samples, "samples")) {
    const auto decoded = decode_field(field, plan.codec, Value(text));
    if (decoded.problem) {
      reader.report(samples.place, fmt::format("sample '{}' cannot be read: {}", shown(text),
                                               decoded.problem->text));
      continue;
    }
    if (!is_two_way(plan)) continue;
    const Value sent = encode_field(field, plan.codec, decoded.value);
    const auto again = decode_field(field, plan.codec, sent);
    if (again.problem || !(again.value == decoded.value))
      reader.report(samples.place,
                    fmt::format("sample '{}' does not come back from a round trip", shown(text)),
                    std::string(kRemedy));
  }
}

} // namespace

void check_inverse(const FieldSpec& field, const FieldPlan& plan, const Node& node,
                   std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  const auto* values = node.find("values");
  if (values && values->is_map() && is_two_way(plan)) check_words(field, plan, *values, reader);
  if (!plan.constant) check_format(field, plan, node, reader);
  if (is_two_way(plan)) check_probes(field, plan, node, reader);
  if (plan.each) check_items(field, plan, node, reader);
  if (const auto* samples = node.find("samples")) check_samples(field, plan, *samples, reader);
}

void check_targets(const std::vector<FieldPlan>& plans, std::vector<Finding>& findings)
{
  NodeReader reader(findings);
  std::vector<const FieldPlan*> writing;
  for (const auto& plan : plans)
    if (plan.pushes && !plan.from.empty()) writing.push_back(&plan);
  // Sorted, what lies inside another stands right behind it.
  const auto target = [](const FieldPlan* plan) { return plan->from.front().pointer + '/'; };
  std::stable_sort(writing.begin(), writing.end(),
                   [&](const auto* a, const auto* b) { return target(a) < target(b); });
  for (std::size_t i = 1; i < writing.size(); ++i)
    if (target(writing[i]).starts_with(target(writing[i - 1])))
      reader.report(writing[i]->place,
                    fmt::format("'{}' and '{}' write to the same place",
                                shown(writing[i - 1]->from.front().pointer),
                                shown(writing[i]->from.front().pointer)),
                    "say pull_only: true in one of them");
}

} // namespace gramsetu::schema
