// Lines of NDJSON as records, and the choice of a reader.
#include "connectors/formats/lines.hpp"

#include "connectors/formats/html.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::formats {

std::string_view without_line_end(std::string_view raw)
{
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  return raw;
}

bool is_blank(std::string_view text)
{
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

LineReader::LineReader(std::unique_ptr<Bytes> bytes, const RecordFormat& format, std::string name)
    : format_(format), name_(std::move(name)), window_(std::move(bytes), format.encoding)
{
}

Item LineReader::bad(std::string_view raw, const std::string& code, const std::string& why) const
{
  Item item;
  item.bad.bytes = std::string(raw.substr(0, kRowBytes));
  item.bad.pointer = fmt::format("line {}", window_.lines() + 1);
  item.bad.code = code;
  item.bad.text = fmt::format("'{}' line {}: {}", name_, window_.lines() + 1, why);
  return item;
}

Result<void> LineReader::pass_line()
{
  while (true) {
    const std::size_t end = window_.text().find('\n');
    if (end != std::string_view::npos) {
      window_.consume(end + 1);
      return {};
    }
    window_.consume(window_.text().size());
    if (window_.at_end()) return {};
    TRY_VOID(window_.grow());
  }
}

Result<Item> LineReader::over_long()
{
  const std::string_view text = window_.text();
  const std::size_t end = text.find('\n');
  const bool stray = end < kRowBytes;
  Item item = bad(text.substr(0, std::min(end, kRowBytes)), stray ? "malformed" : "too_long",
                  stray ? "a quoted cell does not end within 1 MiB"
                        : "longer than 1 MiB; only its beginning is kept");
  TRY_VOID(pass_line());
  return item;
}

Result<void> LineReader::skip_to(std::uint64_t offset)
{
  while (window_.offset() < offset) {
    if (window_.text().empty() && window_.at_end())
      return fail(ErrorKind::precondition, fmt::format("'{}' has become shorter", name_));
    if (window_.text().empty()) TRY_VOID(window_.grow());
    window_.consume(static_cast<std::size_t>(offset - window_.offset()));
  }
  return {};
}

namespace {

class Lines final : public LineReader {
public:
  using LineReader::LineReader;

  Result<std::optional<Item>> next() override
  {
    while (true) {
      const std::string_view text = window_.text();
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos && !window_.at_end() && text.size() <= kRowBytes) {
        TRY_VOID(window_.grow());
        continue;
      }
      if (text.empty()) return std::optional<Item>();
      if (std::min(end, text.size()) > kRowBytes) {
        TRY(Item item, over_long());
        return std::optional<Item>(std::move(item));
      }
      const std::size_t size = std::min(end, text.size() - 1) + 1;
      const std::string_view line = without_line_end(text.substr(0, size));
      if (is_blank(line)) {
        window_.consume(size);
        continue;
      }
      Item item = object_of(line);
      item.cut_off = !item.record && end == std::string_view::npos;
      window_.consume(size);
      return std::optional<Item>(std::move(item));
    }
  }

  const std::vector<std::string>& columns() const override
  {
    static const std::vector<std::string> none;
    return none;
  }

private:
  Item object_of(std::string_view line) const
  {
    const auto text = decode(line, format_.encoding);
    if (!text) return bad(line, "bad_encoding", "the bytes are not in the declared encoding");
    auto value = schema::parse_json(*text);
    if (!value) return bad(line, "malformed", value.error().what);
    if (!value->is_object()) return bad(line, "malformed", "a line must hold one JSON object");
    Item item;
    item.record = std::move(*value);
    return item;
  }
};

} // namespace

std::unique_ptr<Reader> open_lines(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                   const std::string& name)
{
  return std::make_unique<Lines>(std::move(bytes), format, name);
}

Result<std::unique_ptr<Reader>> Reader::open(std::unique_ptr<Bytes> bytes,
                                             const RecordFormat& format, const std::string& name)
{
  switch (format.format) {
  case Format::csv: return open_rows(std::move(bytes), format, name);
  case Format::xml: return open_elements(std::move(bytes), format, name);
  case Format::json: return open_document(std::move(bytes), format, name);
  case Format::ndjson: return open_lines(std::move(bytes), format, name);
  case Format::xlsx:
    return fail(ErrorKind::unsupported, "a workbook is read from a file, not as it comes in");
  case Format::html: break;
  }
  TRY(auto table, open_table(std::move(bytes), format.encoding, format.table));
  return read_table(std::move(table), format, name);
}

} // namespace gramsetu::connectors::formats
