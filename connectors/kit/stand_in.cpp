// The table of stand-ins, and faults that are put into records.
#include "connectors/kit/stand_in.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/kit/rows.hpp"

#include <algorithm>
#include <array>

namespace gramsetu::connectors::kit {

using schema::FieldType;
using schema::List;
using schema::Value;

namespace {

bool is_typed(const schema::FieldSpec& spec)
{
  return spec.type != FieldType::text && spec.type != FieldType::list &&
         spec.type != FieldType::object;
}

// The first record that the stream reads: `only` leaves others out.
std::size_t first_read(const Scene& scene, const List& rows)
{
  const auto* only = scene.stream.pull.find("only");
  if (!only) return 0;
  const auto is_read = [&](const Value& row) {
    return std::all_of(only->entries.begin(), only->entries.end(), [&](const auto& entry) {
      auto wanted = entry.value.scalar;
      for (const auto& [name, value] : scene.fixture.slice)
        if (wanted == "{slice." + name + "}") wanted = value;
      const Value* found = schema::at_pointer(row, entry.key);
      return found && scalar_text(*found) == wanted;
    });
  };
  const auto found = std::find_if(rows.begin(), rows.end(), is_read);
  return found == rows.end() ? 0 : static_cast<std::size_t>(found - rows.begin());
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

// A column is lost by all of a table; elsewhere one record loses a member.
bool lose_member(const Scene& scene, RowShape::Kind kind, List& rows)
{
  const auto at = first_read(scene, rows);
  const auto pointer = pointer_to_spoil(scene, rows[at], false, false);
  if (pointer.empty()) return false;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (i == at || kind == RowShape::Kind::csv) erase_at(rows[i], pointer);
  return true;
}

bool change_type(const Scene& scene, RowShape::Kind kind, List& rows)
{
  // Where everything is text, another type is a text that is none of the field's.
  const bool texts = kind == RowShape::Kind::csv || kind == RowShape::Kind::xml;
  auto& row = rows[first_read(scene, rows)];
  const auto pointer = pointer_to_spoil(scene, row, true, !texts);
  schema::Object other;
  other.append(kDrifted, true);
  return !pointer.empty() &&
         schema::set_at_pointer(row, pointer, texts ? Value("drifted?") : Value(std::move(other)));
}

// False when the records hold nothing to have the fault.
bool spoil(const Scene& scene, RowShape::Kind kind, List& rows)
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
  case Fault::missing_field: return lose_member(scene, kind, rows);
  case Fault::changed_type: return change_type(scene, kind, rows);
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

std::span<const StandInType> stand_in_types()
{
  static const std::array types = {http_stand_in(), files_stand_in(), sftp_stand_in(),
                                   sql_stand_in(), exec_stand_in()};
  return types;
}

const StandInType* find_stand_in(std::string_view transport)
{
  const auto all = stand_in_types();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& type) { return type.transport == transport; });
  return found == all.end() ? nullptr : &*found;
}

std::string pointer_to_spoil(const Scene& scene, const Value& row, bool typed, bool objects)
{
  auto envelope = envelope_of(scene.stream);
  if (const auto* only = scene.stream.pull.find("only")) // what decides whether it is read
    for (const auto& entry : only->entries)
      envelope.push_back(entry.key);
  const auto fields = mapped_fields(scene.stream);
  const auto can = [&](const MappedField& field, const std::string& pointer, bool loosely) {
    const Value* value = schema::at_pointer(row, pointer);
    const bool ours = std::find(envelope.begin(), envelope.end(), pointer) != envelope.end();
    if (!field.pulls || !value || value->is_empty() || ours) return false;
    return !typed || is_typed(*field.spec) || (loosely && field.spec->type == FieldType::text);
  };
  // Required ones late: without them there is no record to look at. What tells records apart comes last,
  // and a text that becomes an object only where nothing has a type.
  for (const bool loosely : {false, objects})
    for (const bool is_key : {false, true})
      for (const bool required : {false, true})
        for (const auto& field : fields)
          if (field.is_key == is_key && (is_key || field.spec->required == required))
            for (const auto& pointer : field.from)
              if (can(field, pointer, loosely)) return pointer;
  return {};
}

std::optional<std::string> spoiled(const Scene& scene, const std::string& text)
{
  const auto shape = row_shape(*scene.system.manifest, scene.stream, scene.fixture.options);
  bool done = false;
  auto edited = edit_rows(text, shape, [&](List& rows) { done = spoil(scene, shape.kind, rows); });
  return done ? edited : std::nullopt;
}

} // namespace gramsetu::connectors::kit
