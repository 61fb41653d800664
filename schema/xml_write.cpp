// Writing XML, with only what XML can carry.
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::schema {

namespace {

constexpr int kDeepest = 32;

bool is_name(std::string_view name)
{
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const auto later = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
  };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), later);
}

class Writer {
public:
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  Result<void> element(const std::string& name, const Value& value, int depth)
  {
    if (value.is_absent()) return {};
    if (depth > kDeepest) return fail(ErrorKind::invalid, "the document is too deep for XML");
    if (value.is_list()) {
      for (const Value& item : value.list())
        TRY_VOID(element(name, item, depth + 1));
      return {};
    }
    if (!is_name(name))
      return fail(ErrorKind::invalid, fmt::format("'{}' is no name for an XML element", name));
    text += "<" + name;
    if (value.is_object()) TRY_VOID(attributes(value.object()));
    text += ">";
    TRY_VOID(content(value, depth));
    text += "</" + name + ">";
    return {};
  }

private:
  Result<void> attributes(const Object& object)
  {
    for (const Member& member : object.members()) {
      if (!member.name.starts_with('@') || member.value.is_absent()) continue;
      if (!is_name(std::string_view(member.name).substr(1)))
        return fail(ErrorKind::invalid,
                    fmt::format("'{}' is no name for an XML attribute", member.name));
      text += " " + member.name.substr(1) + "=\"";
      TRY_VOID(characters(member.value));
      text += "\"";
    }
    return {};
  }

  Result<void> content(const Value& value, int depth)
  {
    if (!value.is_object()) return characters(value);
    for (const Member& member : value.object().members()) {
      if (member.name == "#text")
        TRY_VOID(characters(member.value));
      else if (!member.name.starts_with('@'))
        TRY_VOID(element(member.name, member.value, depth + 1));
    }
    return {};
  }

  Result<void> characters(const Value& value)
  {
    switch (value.kind()) {
    case Value::Kind::text: return escaped(value.text());
    case Value::Kind::integer: text += fmt::format("{}", value.integer()); return {};
    case Value::Kind::number: text += value.literal(); return {};
    case Value::Kind::boolean: text += value.boolean() ? "true" : "false"; return {};
    case Value::Kind::null:
    case Value::Kind::absent: return {};
    case Value::Kind::list:
    case Value::Kind::object: break;
    }
    return fail(ErrorKind::invalid, "a list or an object cannot be an XML attribute or text");
  }

  Result<void> escaped(std::string_view raw)
  {
    for (const char c : raw) {
      switch (c) {
      case '&': text += "&amp;"; break;
      case '<': text += "&lt;"; break;
      case '>': text += "&gt;"; break;
      case '"': text += "&quot;"; break;
      case '\t': text += "&#9;"; break;
      case '\n': text += "&#10;"; break;
      case '\r': text += "&#13;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          return fail(ErrorKind::invalid, "a control character cannot be written as XML");
        text.push_back(c);
      }
    }
    return {};
  }
};

} // namespace

Result<std::string> to_xml(const Value& document)
{
  const bool one_root = document.is_object() && document.object().size() == 1 &&
                        !document.object().members().front().value.is_list();
  if (!one_root) return fail(ErrorKind::invalid, "an XML document is an object with one member");
  Writer writer;
  const Member& root = document.object().members().front();
  TRY_VOID(writer.element(root.name, root.value, 1));
  return std::move(writer.text);
}

} // namespace gramsetu::schema
