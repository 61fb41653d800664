// Marks as JSON.
#include "connectors/files/mark.hpp"

#include "schema/json.hpp"

namespace gramsetu::connectors::files {

std::string write_mark(const Mark& mark)
{
  schema::Object object;
  object.append("set", mark.set);
  object.append("file", mark.file);
  object.append("offset", mark.offset);
  object.append("position", mark.position);
  return schema::to_json(schema::Value(std::move(object)));
}

Result<Mark> read_mark(const std::string& token)
{
  const auto broken = [] {
    return fail(ErrorKind::invalid, "this is no page of a files endpoint");
  };
  const auto value = schema::parse_json(token);
  if (!value || !value->is_object()) return broken();
  const auto number = [&](std::string_view name) -> std::int64_t {
    const schema::Value* found = value->object().find(name);
    return found && found->is_integer() ? found->integer() : -1;
  };
  const schema::Value* set = value->object().find("set");
  if (!set || !set->is_text()) return broken();
  Mark mark{set->text(), number("file"), number("offset"), number("position")};
  if (mark.file < 0 || mark.offset < 0 || mark.position < 0) return broken();
  return mark;
}

} // namespace gramsetu::connectors::files
