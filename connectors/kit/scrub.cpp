// Walking records and what stands around them.
#include "connectors/kit/scrub.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/kit/looks.hpp"
#include "schema/scalar.hpp"

#include <algorithm>

namespace gramsetu::connectors::kit {

using schema::FieldType;
using schema::Privacy;
using schema::Value;

namespace {

// Numbers this short tell nobody from anybody, and lists go by them.
constexpr std::size_t kTelling = 4;

bool is_number(const Value& value)
{
  return value.kind() == Value::Kind::integer || value.kind() == Value::Kind::number;
}

// The text as what the value was: a number stays one.
Value like(const Value& value, const std::string& text)
{
  if (value.is_text()) return Value(text);
  const auto number = schema::read_integer(text);
  return number ? Value(*number) : Value(schema::Number{text});
}

} // namespace

Scrubber::Scrubber(const Stream& stream, Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms)
{
  for (const auto& field : mapped_fields(stream))
    for (const auto& pointer : field.from)
      lines_.push_back(line_of(field, pointer));
  // Which record it is may be anybody's business; when it changed is not.
  const auto id = stream.id_pointer.empty() || stream.id_pointer.front() == '/'
                      ? stream.id_pointer
                      : "/" + stream.id_pointer;
  for (const auto& pointer : envelope_of(stream))
    if (!line_at(pointer))
      lines_.push_back({pointer, pointer == id ? What::looks : What::keep, "", {}});
}

Scrubber::Line Scrubber::line_of(const MappedField& field, const std::string& pointer)
{
  const auto& spec = *field.spec;
  const bool open = spec.privacy == Privacy::open;
  const bool guarded = !open && spec.privacy != Privacy::official;
  Line line{pointer, open ? What::looks : What::keep, field.format, {}};
  switch (spec.type) {
  case FieldType::enumeration:
  case FieldType::state:
  case FieldType::boolean: line.what = guarded ? What::word : What::keep; break;
  case FieldType::date:
  case FieldType::timestamp: line.what = guarded ? What::date : What::keep; break;
  case FieldType::list:
  case FieldType::object: line.what = open ? What::looks : What::tree; break;
  case FieldType::text: line.what = open ? What::looks : What::text; break;
  default: line.what = guarded ? What::text : What::keep; break;
  }
  if (line.what == What::date && line.format.empty()) line.format = "yyyy-MM-dd";
  if (line.what == What::word) line.words = field.words;
  return line;
}

const Scrubber::Line* Scrubber::line_at(const std::string& pointer) const
{
  const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) {
    return pointer == line.pointer || pointer.starts_with(line.pointer + "/");
  });
  return found == lines_.end() ? nullptr : &*found;
}

std::string Scrubber::other(const std::string& text, const Line& line, const std::string& name)
{
  switch (line.what) {
  case What::keep: return text;
  case What::text:
  case What::tree: return pseudonyms_.of(text);
  case What::date: return pseudonyms_.date(text, line.format);
  case What::word: return pseudonyms_.word(text, line.words);
  case What::looks: return this->text(text);
  case What::unmapped: break;
  }
  if (is_moment(name, text)) return text;
  // A text of several words, or in a script of its own, may be a name; so may what is called one.
  const bool free = has_letters(text) && (text.find(' ') != text.npos ||
                                          std::any_of(text.begin(), text.end(), [](char c) {
                                            return static_cast<unsigned char>(c) >= 0x80;
                                          }));
  return named_personal(name) || free || looks_personal(text) ? pseudonyms_.of(text)
                                                              : this->text(text);
}

void Scrubber::scalar(Value& value, const Line& line, const std::string& name)
{
  if (!value.is_text() && !is_number(value)) return;
  const auto text = scalar_text(value);
  if (text.empty()) return;
  if (is_number(value) && line.what != What::text && text.size() < kTelling) return;
  const auto made = other(text, line, name);
  if (made != text) value = like(value, made);
}

void Scrubber::walk(Value& value, const std::string& pointer, const std::string& name)
{
  static const Line unmapped{"", What::unmapped, "", {}};
  const Line* line = line_at(pointer);
  if (line && line->what == What::keep) return;
  if (value.is_object()) {
    for (const auto& member : value.object().members()) // names do not change, values do
      walk(*value.object().find(member.name), pointer + "/" + member.name, member.name);
  } else if (value.is_list()) {
    for (std::size_t i = 0; i < value.list().size(); ++i)
      walk(value.list()[i], pointer + "/" + std::to_string(i), name);
  } else {
    scalar(value, line ? *line : unmapped, name);
  }
}

void Scrubber::record(Value& value)
{
  walk(value, "", "");
}

void Scrubber::around(Value& value, const std::vector<std::string>& kept, const std::string& skip)
{
  std::vector<Line> mapped;
  mapped.swap(lines_);
  for (const auto& pointer : kept)
    lines_.push_back({pointer, What::keep, "", {}});
  if (!skip.empty()) lines_.push_back({skip, What::keep, "", {}});
  if (!value.is_list()) walk(value, "", "");
  mapped.swap(lines_);
}

std::string Scrubber::text(const std::string& text)
{
  if (looks_personal(text)) return pseudonyms_.of(text);
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" ,;:\"'()<>\n\t", at), text.size());
    const auto word = text.substr(at, end - at);
    made += looks_personal(word) ? pseudonyms_.of(word) : word;
    if (end < text.size()) made += text[end];
    at = end + 1;
  }
  return made;
}

} // namespace gramsetu::connectors::kit
