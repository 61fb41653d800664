// Rows of CSV as records.
#include "connectors/formats/lines.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::formats {

namespace {

class Rows final : public LineReader {
public:
  Rows(std::unique_ptr<Bytes> bytes, const RecordFormat& format, const std::string& name)
      : LineReader(std::move(bytes), format, name),
        dialect_{format.delimiters.front(), format.quote}
  {
  }

  Result<void> read_header()
  {
    for (std::size_t i = 0; i < format_.skip_rows; ++i)
      TRY_VOID(pass_line());
    if (!format_.names.empty()) {
      names_ = format_.names;
      return {};
    }
    while (true) {
      TRY(auto row, scan());
      if (!row) return fail(ErrorKind::invalid, "the file is empty: it has no header");
      if (format_.delimiters.size() > 1) row = choose_delimiter();
      if (row->outcome != ScannedRow::Outcome::row)
        return fail(ErrorKind::invalid, "the header cannot be read: " + row->why);
      if (!format_.header) cells_.assign(cells_.size(), ""); // their places name them
      const bool blank = format_.header && std::all_of(cells_.begin(), cells_.end(), is_blank);
      if (format_.header) window_.consume(row->size);
      if (!blank) break;
    }
    for (auto& cell : cells_) {
      auto text = decode(cell, format_.encoding);
      if (!text) return fail(ErrorKind::invalid, "the header is not in the declared encoding");
      cell = std::move(*text);
    }
    names_ = column_names(cells_);
    return {};
  }

  Result<std::optional<Item>> next() override
  {
    while (true) {
      TRY(const auto row, scan());
      if (!row) return std::optional<Item>();
      if (row->outcome == ScannedRow::Outcome::more || row->size > kRowBytes + 2) {
        TRY(Item item, over_long());
        return std::optional<Item>(std::move(item));
      }
      const std::string_view raw = window_.text().substr(0, row->size);
      if (row->outcome == ScannedRow::Outcome::row && is_passed_over(raw)) {
        window_.consume(row->size);
        continue;
      }
      Item item = row->outcome == ScannedRow::Outcome::row
                      ? record_of(raw)
                      : bad(without_line_end(raw), "malformed", row->why);
      item.cut_off = !item.record && !row->ended;
      window_.consume(row->size);
      return std::optional<Item>(std::move(item));
    }
  }

  const std::vector<std::string>& columns() const override { return names_; }

private:
  // The next row that is one: its cells are in `cells_`. Nothing at the end.
  Result<std::optional<ScannedRow>> scan()
  {
    while (true) {
      if (window_.text().empty() && window_.at_end()) return std::optional<ScannedRow>();
      if (window_.text().empty()) {
        TRY_VOID(window_.grow());
        continue;
      }
      if (format_.comment && window_.text().front() == *format_.comment) {
        TRY_VOID(pass_line());
        continue;
      }
      ScannedRow row = scan_row(window_.text(), window_.at_end(), dialect_, cells_);
      if (row.outcome == ScannedRow::Outcome::more && window_.text().size() < kRowBytes) {
        TRY_VOID(window_.grow());
        continue;
      }
      return row;
    }
  }

  bool is_passed_over(std::string_view raw) const
  {
    const bool nothing = without_line_end(raw).empty();
    if (nothing) return names_.size() != 1 || format_.skip_blank_rows;
    return format_.skip_blank_rows && std::all_of(cells_.begin(), cells_.end(), is_blank);
  }

  Item record_of(std::string_view raw)
  {
    if (cells_.size() != names_.size())
      return bad(without_line_end(raw), "wrong_columns",
                 fmt::format("{} cells, the header has {}", cells_.size(), names_.size()));
    const bool narrow =
        format_.encoding == Encoding::windows_1252 || format_.encoding == Encoding::iso_8859_1;
    bool good = narrow || schema::is_utf8(raw);
    for (std::size_t i = 0; narrow && good && i < cells_.size(); ++i) {
      auto text = decode(cells_[i], format_.encoding);
      good = text.has_value();
      if (good) cells_[i] = std::move(*text);
    }
    if (!good)
      return bad(without_line_end(raw), "bad_encoding",
                 "the bytes are not in the declared encoding");
    schema::Object object;
    for (std::size_t i = 0; i < cells_.size(); ++i)
      object.append(names_[i], cells_[i]);
    Item item;
    item.record = schema::Value(std::move(object));
    return item;
  }

  // The row at hand again, by the one of the declared delimiters that gives it most cells.
  ScannedRow choose_delimiter()
  {
    std::vector<std::string> tried;
    std::size_t most = 0;
    for (const char delimiter : format_.delimiters) {
      const Dialect candidate{delimiter, format_.quote};
      const ScannedRow row = scan_row(window_.text(), window_.at_end(), candidate, tried);
      if (row.outcome != ScannedRow::Outcome::row || tried.size() <= most) continue;
      most = tried.size();
      dialect_ = candidate;
    }
    return scan_row(window_.text(), window_.at_end(), dialect_, cells_);
  }

  Dialect dialect_;
  std::vector<std::string> names_, cells_;
};

} // namespace

Result<std::unique_ptr<Reader>> open_rows(std::unique_ptr<Bytes> bytes, const RecordFormat& format,
                                          const std::string& name)
{
  auto rows = std::make_unique<Rows>(std::move(bytes), format, name);
  TRY_VOID(rows->read_header());
  return std::unique_ptr<Reader>(std::move(rows));
}

} // namespace gramsetu::connectors::formats
