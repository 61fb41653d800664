// The table of replays, and faults that are put into records.
#include "connectors/kit/replay.hpp"

#include "connectors/kit/rows.hpp"

#include <algorithm>
#include <array>

namespace gramsetu::connectors::kit {

using schema::FieldType;
using schema::List;
using schema::Value;

namespace {

constexpr const char* kDrifted = "driftedField";

bool is_typed(const schema::FieldSpec& spec)
{
  return spec.type != FieldType::text && spec.type != FieldType::list &&
         spec.type != FieldType::object;
}

// The pointer of a member that the first record has and that can be spoiled; empty: there is none. What
// tells records apart or in time stays, so that they can be compared.
std::string target(const Scene& scene, const Value& first, bool typed)
{
  const auto envelope = envelope_of(scene.stream);
  const auto fields = mapped_fields(scene.stream);
  // Required ones last: without them there is no record to look at.
  for (const bool required : {false, true}) {
    for (const auto& field : fields) {
      if (!field.pulls || field.is_key || field.spec->required != required) continue;
      if (typed && !is_typed(*field.spec)) continue;
      for (const auto& pointer : field.from) {
        const Value* value = schema::at_pointer(first, pointer);
        const bool ours = std::find(envelope.begin(), envelope.end(), pointer) != envelope.end();
        if (value && !value->is_empty() && !ours) return pointer;
      }
    }
  }
  return {};
}

bool erase_at(Value& root, const std::string& pointer)
{
  const auto slash = pointer.rfind('/');
  auto name = pointer.substr(slash + 1);
  for (const auto& [code, letter] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}})
    for (auto at = name.find(code); at != name.npos; at = name.find(code, at + 1))
      name.replace(at, 2, letter);
  const Value* parent = schema::at_pointer(root, pointer.substr(0, slash));
  if (!parent || !parent->is_object()) return false;
  Value copy = *parent;
  if (!copy.object().erase(name)) return false;
  if (slash == 0) {
    root = std::move(copy);
    return true;
  }
  return schema::set_at_pointer(root, pointer.substr(0, slash), std::move(copy));
}

// False when the records hold nothing to have the fault.
bool spoil(const Scene& scene, bool texts, List& rows)
{
  std::erase_if(rows, [](const Value& row) { return !row.is_object(); });
  if (rows.empty()) return false;
  switch (scene.fault) {
  case Fault::doubled: {
    const List once = rows;
    rows.insert(rows.end(), once.begin(), once.end());
    return true;
  }
  case Fault::unknown_field:
    for (auto& row : rows)
      row.object().set(kDrifted, "new");
    return true;
  case Fault::missing_field: {
    const auto pointer = target(scene, rows.front(), false);
    if (pointer.empty()) return false;
    // A table loses a column as a whole.
    const auto end = texts ? rows.end() : rows.begin() + 1;
    for (auto row = rows.begin(); row != end; ++row)
      erase_at(*row, pointer);
    return true;
  }
  case Fault::changed_type: {
    const auto pointer = target(scene, rows.front(), true);
    schema::Object other;
    other.append(kDrifted, true);
    return !pointer.empty() &&
           schema::set_at_pointer(rows.front(), pointer,
                                  texts ? Value("drifted?") : Value(std::move(other)));
  }
  default: return false;
  }
}

} // namespace

std::string_view name_of(Fault fault)
{
  switch (fault) {
  case Fault::none: return "as recorded";
  case Fault::throttled: return "429";
  case Fault::half: return "half a page";
  case Fault::doubled: return "doubled page";
  case Fault::unknown_field: return "unknown field";
  case Fault::missing_field: return "missing field";
  case Fault::changed_type: return "changed type";
  case Fault::lost_answer: return "lost answer";
  }
  return "";
}

std::span<const ReplayType> replay_types()
{
  static const std::array types = {http_replay(), files_replay()};
  return types;
}

const ReplayType* find_replay(std::string_view transport)
{
  const auto all = replay_types();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& type) { return type.transport == transport; });
  return found == all.end() ? nullptr : &*found;
}

std::optional<std::string> spoiled(const Scene& scene, const std::string& text)
{
  const auto shape = row_shape(*scene.system.manifest, scene.stream, scene.fixture.options);
  bool done = false;
  auto edited = edit_rows(text, shape, [&](List& rows) {
    done = spoil(scene, shape.kind == RowShape::Kind::csv, rows);
  });
  return done ? edited : std::nullopt;
}

} // namespace gramsetu::connectors::kit
