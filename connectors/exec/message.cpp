// Reading and writing Singer's messages; numbers stay the digits that they are.
#include "connectors/exec/message.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"

#include <utility>

namespace gramsetu::connectors::exec {

using schema::Object;
using schema::Value;

namespace {

Message bad(Message::Kind kind, std::string problem)
{
  Message message;
  message.kind = kind;
  message.problem = std::move(problem);
  return message;
}

// What cannot be read may have been anything. A line that speaks of a state, say, must not be passed over.
Message unreadable(std::string_view line, const std::string& problem)
{
  for (const auto* word : {"\"STATE\"", "\"SCHEMA\"", "\"ACTIVATE_VERSION\"", "\"BATCH\""})
    if (line.find(word) != std::string_view::npos) return bad(Message::Kind::bad, problem);
  return bad(Message::Kind::bad_record, problem);
}

std::string text_of(const Object& object, std::string_view name)
{
  const Value* value = object.find(name);
  return value ? scalar_text(*value) : std::string();
}

Message record_of(Object& object)
{
  Message message;
  message.kind = Message::Kind::record;
  message.stream = text_of(object, "stream");
  message.version = text_of(object, "version");
  Value* record = object.find("record");
  if (message.stream.empty()) return bad(Message::Kind::bad_record, "the RECORD names no stream");
  if (!record || !record->is_object())
    return bad(Message::Kind::bad_record, "the RECORD holds no record");
  message.body = std::move(*record);
  return message;
}

Message schema_of(Object& object)
{
  Message message;
  message.kind = Message::Kind::schema;
  message.stream = text_of(object, "stream");
  Value* schema = object.find("schema");
  if (message.stream.empty() || !schema || !schema->is_object())
    return bad(Message::Kind::bad, "the SCHEMA names no stream or holds no schema");
  message.body = std::move(*schema);
  if (const Value* keys = object.find("key_properties"); keys && keys->is_list()) {
    for (const Value& key : keys->list())
      message.keys.push_back(scalar_text(key));
  }
  return message;
}

Message state_of(Object& object)
{
  Message message;
  message.kind = Message::Kind::state;
  Value* value = object.find("value");
  if (!value) return bad(Message::Kind::bad, "the STATE has no value");
  message.body = std::move(*value);
  return message;
}

Message activation_of(const Object& object)
{
  Message message;
  message.kind = Message::Kind::activate;
  message.stream = text_of(object, "stream");
  message.version = text_of(object, "version");
  if (message.stream.empty() || message.version.empty())
    return bad(Message::Kind::bad, "the ACTIVATE_VERSION names no stream or no version");
  return message;
}

std::string line_of(Object object)
{
  return schema::to_json(Value(std::move(object))) + "\n";
}

} // namespace

Message read_message(std::string_view line)
{
  auto parsed = schema::parse_json(line);
  if (!parsed) return unreadable(line, "the line is no JSON: " + parsed.error().what);
  if (!parsed->is_object()) return unreadable(line, "the line is no Singer message");
  Object& object = parsed->object();
  const std::string type = text_of(object, "type");
  if (type == "RECORD") return record_of(object);
  if (type == "SCHEMA") return schema_of(object);
  if (type == "STATE") return state_of(object);
  if (type == "ACTIVATE_VERSION") return activation_of(object);
  Message message;
  message.stream = text_of(object, "stream");
  if (type == "BATCH") message.kind = Message::Kind::batch;
  if (type.empty()) return unreadable(line, "the line is no Singer message: it has no type");
  return message;
}

std::string schema_line(const std::string& stream, const Value& properties,
                        const std::vector<std::string>& keys)
{
  schema::List names;
  for (const auto& key : keys)
    names.emplace_back(key);
  Object schema;
  schema.append("type", "object");
  schema.append("properties", properties);
  Object object;
  object.append("type", "SCHEMA");
  object.append("stream", stream);
  object.append("schema", Value(std::move(schema)));
  object.append("key_properties", Value(std::move(names)));
  return line_of(std::move(object));
}

std::string record_line(const std::string& stream, const Value& record)
{
  Object object;
  object.append("type", "RECORD");
  object.append("stream", stream);
  object.append("record", record);
  return line_of(std::move(object));
}

std::string state_line(const Value& value)
{
  Object object;
  object.append("type", "STATE");
  object.append("value", value);
  return line_of(std::move(object));
}

} // namespace gramsetu::connectors::exec
