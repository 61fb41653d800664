// Reading and filling templates.
#include "connectors/http/template.hpp"

#include "connectors/http/url.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace {

bool is_year_format(const std::string& format)
{
  return format == "2025-2026" || format == "2025-26" || format == "2025";
}

// The value in the form that the endpoint wants. Empty stays empty: there is nothing to write.
Result<std::string> formatted(const std::string& value, const std::string& format)
{
  if (format.empty() || value.empty()) return value;
  if (is_year_format(format)) {
    TRY(const std::int64_t year, schema::read_financial_year(value));
    return schema::write_financial_year(year, format);
  }
  TRY(const std::string canonical, schema::read_timestamp(value, "iso", std::nullopt));
  return schema::write_timestamp(canonical, format, std::chrono::minutes(0));
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& names)
{
  const std::string near = schema::nearest(name, names);
  return near.empty() ? "" : fmt::format("did you mean '{{{}}}'?", near);
}

} // namespace

Template Template::read(const schema::Node& node, const std::vector<std::string>& names,
                        NodeReader& reader)
{
  Template made;
  if (!node.is_scalar()) {
    reader.wrong(node.place, "a text is wanted here");
    return made;
  }
  std::string_view rest = node.scalar;
  while (!rest.empty()) {
    const auto open = rest.find('{');
    Piece piece;
    piece.literal = rest.substr(0, open);
    if (open == rest.npos) {
      made.pieces_.push_back(std::move(piece));
      break;
    }
    const auto close = rest.find('}', open);
    if (close == rest.npos) {
      reader.wrong(node.place,
                   fmt::format("'{}' opens a blank and does not close it", node.scalar));
      return made;
    }
    const std::string_view blank = rest.substr(open + 1, close - open - 1);
    piece.name = blank.substr(0, blank.find(':'));
    if (const auto colon = blank.find(':'); colon != blank.npos)
      piece.format = blank.substr(colon + 1);
    if (std::find(names.begin(), names.end(), piece.name) == names.end())
      reader.wrong(node.place, fmt::format("nothing is called '{{{}}}' here", piece.name),
                   did_you_mean(piece.name, names));
    made.pieces_.push_back(std::move(piece));
    rest.remove_prefix(close + 1);
  }
  return made;
}

Result<std::string> Template::fill(const Values& values, Mode mode) const
{
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.literal;
    if (piece.name.empty()) continue;
    const auto found = values.find(piece.name);
    const auto value = formatted(found == values.end() ? "" : found->second, piece.format);
    if (!value) return within(fmt::format("{{{}}}", piece.name), value.error());
    // An empty segment would turn "/vouchers/{id}" into the whole collection.
    if (mode == Mode::path && (value->empty() || *value == "." || *value == ".."))
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' cannot stand for {{{}}} in a path", *value, piece.name));
    text += mode == Mode::path ? escape(*value) : *value;
  }
  return text;
}

bool Template::is_void(const Values& values) const
{
  bool blanks = false;
  for (const Piece& piece : pieces_) {
    if (!piece.literal.empty()) return false;
    if (piece.name.empty()) continue;
    blanks = true;
    const auto found = values.find(piece.name);
    if (found != values.end() && !found->second.empty()) return false;
  }
  return blanks;
}

bool Template::uses(std::string_view name) const
{
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.name == name; });
}

} // namespace gramsetu::connectors::http
