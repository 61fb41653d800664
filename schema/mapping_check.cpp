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
