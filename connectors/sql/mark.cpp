// Page tokens.
#include "connectors/sql/mark.hpp"

#include "connectors/sql/values.hpp"
#include "schema/json.hpp"

namespace gramsetu::connectors::sql {

using schema::Value;

std::string write_mark(const Mark& mark)
{
  schema::List after;
  for (const Cell& cell : mark.after)
    after.emplace_back(write_cell(cell));
  schema::Object object;
  object.append("by", mark.by);
  object.append("cursor", mark.cursor);
  object.append("upper", mark.upper);
  object.append("after", std::move(after));
  return schema::to_json(Value(std::move(object)));
}

Result<Mark> read_mark(const std::string& token)
{
  const auto broken = [] { return fail(ErrorKind::invalid, "this is no page of a database"); };
  const auto value = schema::parse_json(token);
  if (!value || !value->is_object()) return broken();
  Mark mark;
  for (const auto& [name, into] : {std::pair{"by", &mark.by}, std::pair{"cursor", &mark.cursor},
                                   std::pair{"upper", &mark.upper}}) {
    const Value* text = value->object().find(name);
    if (!text || !text->is_text()) return broken();
    *into = text->text();
  }
  const Value* after = value->object().find("after");
  if (!after || !after->is_list()) return broken();
  for (const Value& item : after->list()) {
    if (!item.is_text()) return broken();
    TRY(auto cell, read_cell(item.text()));
    mark.after.push_back(std::move(cell));
  }
  return mark;
}

} // namespace gramsetu::connectors::sql
