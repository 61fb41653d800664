// Rows of CSV and lines of NDJSON as records.
#include "connectors/files/reader.hpp"

#include "connectors/files/window.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::files {

namespace {

bool is_blank(const std::string& cell)
{
  return cell.find_first_not_of(" \t\r\n") == std::string::npos;
}

std::string_view without_line_end(std::string_view raw)
{
  if (raw.ends_with('\n')) raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  return raw;
}

} // namespace

struct Reader::Impl {
  PullWords words;
  Dialect dialect;
  std::string path;
  Window window;
  std::vector<std::string> names, cells;

  Impl(const PullWords& given, std::string name, std::unique_ptr<Source> source)
      : words(given),
        dialect{given.delimiters.front(), given.quote},
        path(std::move(name)),
        window(std::move(source), given.encoding)
  {
  }

  Item bad(std::string_view raw, const std::string& code, const std::string& why) const
  {
    Item item;
    item.bad.bytes = std::string(raw.substr(0, kRowBytes));
    item.bad.pointer = fmt::format("line {}", window.lines() + 1);
    item.bad.code = code;
    item.bad.text = fmt::format("'{}' line {}: {}", path, window.lines() + 1, why);
    return item;
  }

  // Passes over the rest of the line that the window starts with.
  Result<void> pass_line()
  {
    while (true) {
      const std::size_t end = window.text().find('\n');
      if (end != std::string_view::npos) {
        window.consume(end + 1);
        return {};
      }
      window.consume(window.text().size());
      if (window.at_end()) return {};
      TRY_VOID(window.grow());
    }
  }

  // The row does not end within its limit. A quote that never closes costs its line; a line without
  // end costs itself, and its rest is not kept.
  Result<Item> over_long()
  {
    const std::string_view text = window.text();
    const std::size_t end = text.find('\n');
    const bool stray = end < kRowBytes;
    Item item = bad(text.substr(0, std::min(end, kRowBytes)), stray ? "malformed" : "too_long",
                    stray ? "a quoted cell does not end within 1 MiB"
                          : "longer than 1 MiB; only its beginning is kept");
    TRY_VOID(pass_line());
    return item;
  }

  // The next row that is one: its cells are in `cells`. Nothing at the end of the file.
  Result<std::optional<ScannedRow>> scan()
  {
    while (true) {
      if (window.text().empty() && window.at_end()) return std::optional<ScannedRow>();
      if (window.text().empty()) {
        TRY_VOID(window.grow());
        continue;
      }
      if (words.comment && window.text().front() == *words.comment) {
        TRY_VOID(pass_line());
        continue;
      }
      ScannedRow row = scan_row(window.text(), window.at_end(), dialect, cells);
      if (row.outcome == ScannedRow::Outcome::more && window.text().size() < kRowBytes) {
        TRY_VOID(window.grow());
        continue;
      }
      return row;
    }
  }

  bool is_passed_over(std::string_view raw) const
  {
    const bool nothing = without_line_end(raw).empty();
    if (nothing) return names.size() != 1 || words.skip_blank_rows;
    return words.skip_blank_rows && std::all_of(cells.begin(), cells.end(), is_blank);
  }

  Result<std::optional<Item>> next_row()
  {
    while (true) {
      TRY(const auto row, scan());
      if (!row) return std::optional<Item>();
      if (row->outcome == ScannedRow::Outcome::more || row->size > kRowBytes + 2) {
        TRY(Item item, over_long());
        return std::optional<Item>(std::move(item));
      }
      const std::string_view raw = window.text().substr(0, row->size);
      if (row->outcome == ScannedRow::Outcome::row && is_passed_over(raw)) {
        window.consume(row->size);
        continue;
      }
      Item item = row->outcome == ScannedRow::Outcome::row
                      ? record_of(raw)
                      : bad(without_line_end(raw), "malformed", row->why);
      item.cut_off = !item.record && !row->ended;
      window.consume(row->size);
      return std::optional<Item>(std::move(item));
    }
  }

  Item record_of(std::string_view raw)
  {
    if (cells.size() != names.size())
      return bad(without_line_end(raw), "wrong_columns",
                 fmt::format("{} cells, the header has {}", cells.size(), names.size()));
    const bool narrow =
        words.encoding == Encoding::windows_1252 || words.encoding == Encoding::iso_8859_1;
    bool good = narrow || schema::is_utf8(raw);
    for (std::size_t i = 0; narrow && good && i < cells.size(); ++i) {
      auto text = decode(cells[i], words.encoding);
      good = text.has_value();
      if (good) cells[i] = std::move(*text);
    }
    if (!good)
      return bad(without_line_end(raw), "bad_encoding",
                 "the bytes are not in the declared encoding");
    schema::Object object;
    for (std::size_t i = 0; i < cells.size(); ++i)
      object.append(names[i], cells[i]);
    Item item;
    item.record = schema::Value(std::move(object));
    return item;
  }

  Result<std::optional<Item>> next_line()
  {
    while (true) {
      const std::string_view text = window.text();
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos && !window.at_end() && text.size() <= kRowBytes) {
        TRY_VOID(window.grow());
        continue;
      }
      if (text.empty()) return std::optional<Item>();
      if (std::min(end, text.size()) > kRowBytes) {
        TRY(Item item, over_long());
        return std::optional<Item>(std::move(item));
      }
      const std::size_t size = std::min(end, text.size() - 1) + 1;
      const std::string_view line = without_line_end(text.substr(0, size));
      if (is_blank(std::string(line))) {
        window.consume(size);
        continue;
      }
      Item item = object_of(line);
      item.cut_off = !item.record && end == std::string_view::npos;
      window.consume(size);
      return std::optional<Item>(std::move(item));
    }
  }

  Item object_of(std::string_view line) const
  {
    const auto text = decode(line, words.encoding);
    if (!text) return bad(line, "bad_encoding", "the bytes are not in the declared encoding");
    auto value = schema::parse_json(*text);
    if (!value) return bad(line, "malformed", value.error().what);
    if (!value->is_object()) return bad(line, "malformed", "a line must hold one JSON object");
    Item item;
    item.record = std::move(*value);
    return item;
  }

  // The row at hand again, by the one of the declared delimiters that gives it most cells.
  ScannedRow choose_delimiter()
  {
    std::vector<std::string> tried;
    std::size_t most = 0;
    for (const char delimiter : words.delimiters) {
      const Dialect candidate{delimiter, words.quote};
      const ScannedRow row = scan_row(window.text(), window.at_end(), candidate, tried);
      if (row.outcome != ScannedRow::Outcome::row || tried.size() <= most) continue;
      most = tried.size();
      dialect = candidate;
    }
    return scan_row(window.text(), window.at_end(), dialect, cells);
  }

  Result<void> read_header()
  {
    if (words.format == Format::ndjson) return {};
    for (std::size_t i = 0; i < words.skip_rows; ++i)
      TRY_VOID(pass_line());
    if (!words.names.empty()) {
      names = words.names;
      return {};
    }
    while (true) {
      TRY(auto row, scan());
      if (!row) return fail(ErrorKind::invalid, "the file is empty: it has no header");
      if (words.delimiters.size() > 1) row = choose_delimiter();
      if (row->outcome != ScannedRow::Outcome::row)
        return fail(ErrorKind::invalid, "the header cannot be read: " + row->why);
      if (!words.header) cells.assign(cells.size(), ""); // their places name them
      const bool blank = words.header && std::all_of(cells.begin(), cells.end(), is_blank);
      if (words.header) window.consume(row->size);
      if (!blank) break;
    }
    for (auto& cell : cells) {
      auto text = decode(cell, words.encoding);
      if (!text) return fail(ErrorKind::invalid, "the header is not in the declared encoding");
      cell = std::move(*text);
    }
    names = column_names(cells);
    return {};
  }
};

Result<std::unique_ptr<Reader>> Reader::open(const Folder& folder, const std::string& path,
                                             const PullWords& words, const SourceLimits& limits)
{
  TRY(Descriptor file, folder.open_file(path));
  SourceLimits own = limits;
  own.gzip_promised = path.ends_with(".gz");
  auto source = Source::open(std::move(file), own);
  if (!source) return within(fmt::format("'{}'", path), source.error());
  auto impl = std::make_unique<Impl>(words, path, std::move(*source));
  if (auto read = impl->read_header(); !read)
    return within(fmt::format("'{}'", path), read.error());
  return std::unique_ptr<Reader>(new Reader(std::move(impl)));
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Reader::~Reader() = default;

Result<std::optional<Item>> Reader::next()
{
  auto item = impl_->words.format == Format::csv ? impl_->next_row() : impl_->next_line();
  if (!item) return within(fmt::format("'{}'", impl_->path), item.error());
  return item;
}

std::uint64_t Reader::offset() const
{
  return impl_->window.offset();
}

Result<void> Reader::skip_to(std::uint64_t offset)
{
  Window& window = impl_->window;
  while (window.offset() < offset) {
    if (window.text().empty() && window.at_end())
      return fail(ErrorKind::precondition, fmt::format("'{}' has become shorter", impl_->path));
    if (window.text().empty()) TRY_VOID(window.grow());
    window.consume(static_cast<std::size_t>(offset - window.offset()));
  }
  return {};
}

const std::vector<std::string>& Reader::columns() const
{
  return impl_->names;
}

Result<void> Reader::check_unchanged() const
{
  if (auto same = impl_->window.source().check_unchanged(); !same)
    return within(fmt::format("'{}'", impl_->path), same.error());
  return {};
}

} // namespace gramsetu::connectors::files
