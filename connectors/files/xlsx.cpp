// Workbook, shared texts, styles, and the rows of one sheet.
#include "connectors/files/xlsx.hpp"

#include "connectors/files/xlsx_cell.hpp"
#include "connectors/files/zip.hpp"
#include "schema/scalar.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>

namespace gramsetu::connectors::files {

namespace {

using formats::RowRead;
using formats::Table;
using schema::Value;

constexpr std::size_t kTextBytes = 256 << 20; // of all shared texts
constexpr std::size_t kMostTexts = 8'000'000;
constexpr std::size_t kMostStyles = 100'000;
constexpr std::int64_t kLastBuiltIn = 164; // formats from here on are the workbook's own
constexpr std::size_t kMostSheets = 1'000;
constexpr std::size_t kMostColumns = 16'384; // what a sheet can have
constexpr std::int64_t kMostRows = 1'048'576;
// Around a sheet's rows stand its merged cells and links, and blanks between the rows; a row of all columns
// has many parts.
constexpr schema::XmlLimits kLimits = {16, 1'000'000, 16 << 20, 64 << 20, 1'000};

tl::unexpected<Error> wrong(const std::string& what)
{
  return fail(ErrorKind::invalid, "XLSX: " + what);
}

// A part of the archive, piece by piece.
class Part {
public:
  Part(std::unique_ptr<formats::Bytes> bytes, schema::XmlShape shape)
      : bytes_(std::move(bytes)), xml_(std::move(shape), kLimits)
  {
  }

  using Take = std::function<Result<void>(Value)>;

  // False when the part has come to its end.
  Result<bool> feed(const Take& take)
  {
    if (at_end_) return false;
    TRY(const std::size_t got, bytes_->read(std::span(chunk_)));
    at_end_ = got == 0;
    TRY_VOID(xml_.feed({chunk_.data(), got}, at_end_,
                       [&](Value record, std::uint64_t) { return take(std::move(record)); }));
    return !at_end_;
  }

  const Value& rest() const { return xml_.rest(); }
  bool has_place() const { return xml_.has_place(); }

private:
  std::unique_ptr<formats::Bytes> bytes_;
  schema::XmlReader xml_;
  std::array<char, 1 << 16> chunk_{};
  bool at_end_ = false;
};

// All records of a part; what is around them.
Result<Value> read_part(Zip& zip, const std::string& name, const schema::XmlShape& shape,
                        const Part::Take& take)
{
  TRY(auto bytes, zip.entry(name));
  Part part(std::move(bytes), shape);
  while (true) {
    TRY(const bool more, part.feed(take));
    if (!more) return part.rest();
  }
}

std::string text_at(const Value& value, const std::string& name)
{
  const Value* found = value.is_object() ? value.object().find(name) : nullptr;
  return found && found->is_text() ? found->text() : std::string();
}

// A text with or without attributes.
std::string text_of(const Value& value)
{
  return value.is_text() ? value.text() : text_at(value, "#text");
}

// What <si> and <is> hold: one text, or pieces of different looks. How it is spoken is left out.
std::string rich_text(const Value& value)
{
  std::string all;
  if (!value.is_object()) return all;
  if (const Value* text = value.object().find("t")) all += text_of(*text);
  if (const Value* runs = value.object().find("r"); runs && runs->is_list()) {
    for (const Value& run : runs->list()) {
      const Value* text = run.is_object() ? run.object().find("t") : nullptr;
      if (text) all += text_of(*text);
    }
  }
  return all;
}

// Many small texts in one large one.
class Texts {
public:
  Result<void> add(std::string_view text)
  {
    if (all_.size() + text.size() > kTextBytes || ends_.size() >= kMostTexts)
      return wrong("its shared texts are too large");
    all_ += text;
    ends_.push_back(all_.size());
    return {};
  }

  std::optional<std::string_view> at(std::size_t index) const
  {
    if (index >= ends_.size()) return std::nullopt;
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(all_).substr(begin, ends_[index] - begin);
  }

private:
  std::string all_;
  std::vector<std::size_t> ends_;
};

struct Book {
  bool from_1904 = false;
  std::vector<std::pair<std::string, std::string>> sheets; // name, relation
  Texts texts;
  std::vector<bool> days; // by style: whether it shows days
};

Result<void> read_texts(Zip& zip, Book& book)
{
  constexpr const char* kPart = "xl/sharedStrings.xml";
  if (!zip.has(kPart)) return {};
  TRY(const Value rest, read_part(zip, kPart, {"/sst/si", {"r"}}, [&](const Value& text) {
        return book.texts.add(rich_text(text));
      }));
  return {};
}

Result<void> read_styles(Zip& zip, Book& book)
{
  constexpr const char* kPart = "xl/styles.xml";
  if (!zip.has(kPart)) return {};
  std::map<std::string, bool> own;
  TRY(const Value formats,
      read_part(zip, kPart, {"/styleSheet/numFmts/numFmt", {}}, [&](const Value& format) {
        if (own.size() < kMostStyles)
          own[text_at(format, "@numFmtId")] = is_day_format(text_at(format, "@formatCode"));
        return Result<void>();
      }));
  const auto take = [&](const Value& style) -> Result<void> {
    const std::string format = text_at(style, "@numFmtId");
    const auto known = own.find(format);
    const auto number = schema::read_integer(format).value_or(0);
    const bool built_in =
        number > 0 && number < kLastBuiltIn && is_day_format(static_cast<int>(number));
    if (book.days.size() >= kMostStyles) return wrong("it has too many styles");
    book.days.push_back(known != own.end() ? known->second : built_in);
    return {};
  };
  TRY(const Value styles, read_part(zip, kPart, {"/styleSheet/cellXfs/xf", {}}, take));
  return {};
}

Result<Book> read_book(Zip& zip)
{
  constexpr const char* kPart = "xl/workbook.xml";
  if (!zip.has(kPart)) return wrong("the zip file holds no workbook");
  Book book;
  const auto take = [&](const Value& sheet) -> Result<void> {
    if (book.sheets.size() >= kMostSheets) return wrong("it has too many sheets");
    book.sheets.emplace_back(text_at(sheet, "@name"), text_at(sheet, "@id"));
    return {};
  };
  TRY(const Value rest, read_part(zip, kPart, {"/workbook/sheets/sheet", {}}, take));
  const Value* first_day = schema::at_pointer(rest, "/workbook/workbookPr/@date1904");
  const std::string flag = first_day ? text_of(*first_day) : "";
  book.from_1904 = flag == "1" || flag == "true";
  TRY_VOID(read_texts(zip, book));
  TRY_VOID(read_styles(zip, book));
  return book;
}

// Where the sheet of a relation lies in the archive.
Result<std::string> find_part(Zip& zip, const std::string& relation)
{
  std::string part, mode;
  TRY(const Value rest, read_part(zip, "xl/_rels/workbook.xml.rels",
                                  {"/Relationships/Relationship", {}}, [&](const Value& found) {
                                    if (text_at(found, "@Id") != relation) return Result<void>();
                                    part = text_at(found, "@Target");
                                    mode = text_at(found, "@TargetMode");
                                    return Result<void>();
                                  }));
  if (part.empty() || mode == "External") return wrong("a sheet is listed and not there");
  return part.front() == '/' ? part.substr(1) : "xl/" + part;
}

Result<std::string> choose_sheet(const Book& book, const std::string& sheet)
{
  std::string names;
  for (const auto& [name, relation] : book.sheets) {
    if (name == sheet) return relation;
    if (names.size() < 200) names += (names.empty() ? "'" : ", '") + name + "'";
  }
  const auto number = sheet.empty() ? std::optional<std::int64_t>(1) : schema::read_integer(sheet);
  if (number && *number >= 1 && static_cast<std::size_t>(*number) <= book.sheets.size())
    return book.sheets[static_cast<std::size_t>(*number) - 1].second;
  return wrong(
      fmt::format("there is no sheet '{}'; it has {}", sheet, names.empty() ? "none" : names));
}

// "BC7": 54; nothing when the letters are no column.
std::optional<std::size_t> column_of(std::string_view reference)
{
  std::size_t column = 0;
  for (const char letter : reference) {
    if (letter < 'A' || letter > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(letter - 'A') + 1;
    if (column > kMostColumns) return std::nullopt;
  }
  return column == 0 ? std::nullopt : std::optional(column - 1);
}

class Sheet final : public Table {
public:
  Sheet(std::unique_ptr<Zip> zip, Book book, std::unique_ptr<formats::Bytes> bytes)
      : zip_(std::move(zip)),
        book_(std::move(book)),
        part_(std::move(bytes), {"/worksheet/sheetData/row", {"c"}})
  {
  }

  Result<RowRead> next(std::vector<std::string>& cells) override
  {
    cells.clear();
    while (rows_.empty()) {
      const auto take = [this](Value row) {
        rows_.push_back(std::move(row));
        return Result<void>();
      };
      TRY(const bool more, part_.feed(take));
      if (more || !rows_.empty()) continue;
      if (!part_.has_place()) return wrong("the sheet holds no cells but a picture or a chart");
      return RowRead{RowRead::Kind::end, "", ""};
    }
    const Value row = std::move(rows_.front());
    rows_.pop_front();
    TRY_VOID(number_row(text_at(row, "@r")));
    return read_row(row, cells);
  }

  std::uint64_t number() const override { return static_cast<std::uint64_t>(number_); }
  bool is_cut_off() const override { return false; } // a part that breaks off is an error
  bool leaves_out_blanks() const override { return true; }

private:
  Result<void> number_row(const std::string& written)
  {
    const auto number = written.empty() ? number_ + 1 : schema::read_integer(written).value_or(0);
    if (number <= number_ || number > kMostRows)
      return wrong(fmt::format("row '{}' follows row {}", written, number_));
    number_ = number;
    return {};
  }

  Result<RowRead> read_row(const Value& row, std::vector<std::string>& cells) const
  {
    const Value* list = row.is_object() ? row.object().find("c") : nullptr;
    if (!list || !list->is_list()) return RowRead{RowRead::Kind::row, "", ""};
    std::size_t bytes = 0;
    for (const Value& cell : list->list()) {
      const std::string reference = text_at(cell, "@r");
      const auto at = reference.empty() ? std::optional(cells.size()) : column_of(reference);
      if (!at || *at < cells.size() || *at >= kMostColumns)
        return RowRead{RowRead::Kind::bad, "malformed",
                       fmt::format("cell '{}' is out of place", reference)};
      TRY(std::string text, text_of_cell(cell));
      bytes += text.size();
      if (bytes > formats::kRowBytes)
        return RowRead{RowRead::Kind::bad, "too_long", "longer than 1 MiB"};
      cells.resize(*at + 1);
      cells.back() = std::move(text);
    }
    return RowRead{RowRead::Kind::row, "", ""};
  }

  Result<std::string> text_of_cell(const Value& cell) const
  {
    if (!cell.is_object()) return std::string();
    const Value* held = cell.object().find("v");
    const std::string value = held ? text_of(*held) : std::string();
    const std::string type = text_at(cell, "@t");
    if (type == "inlineStr") {
      const Value* text = cell.object().find("is");
      return text ? rich_text(*text) : std::string();
    }
    if (type == "s") {
      const auto index = schema::read_integer(value).value_or(-1);
      const auto text = index < 0 ? std::nullopt : book_.texts.at(static_cast<std::size_t>(index));
      if (!text) return wrong("a cell names a text that is not there");
      return std::string(*text);
    }
    if (type == "b") return std::string(value == "1" ? "true" : value == "0" ? "false" : value);
    if (!type.empty() && type != "n") return value;
    const auto style = schema::read_integer(text_at(cell, "@s")).value_or(0);
    const bool day = style >= 0 && static_cast<std::size_t>(style) < book_.days.size() &&
                     book_.days[static_cast<std::size_t>(style)];
    const auto text = day ? day_text(value, book_.from_1904) : std::nullopt;
    return text ? *text : number_text(value);
  }

  std::unique_ptr<Zip> zip_; // outlives the part
  Book book_;
  Part part_;
  std::deque<Value> rows_; // of one chunk at most
  std::int64_t number_ = 0;
};

} // namespace

Result<std::unique_ptr<Table>> open_sheet(const Descriptor& file, const std::string& sheet,
                                          const SourceLimits& limits)
{
  TRY(auto zip, Zip::open(file, limits));
  TRY(auto book, read_book(*zip));
  TRY(const std::string relation, choose_sheet(book, sheet));
  TRY(const std::string part, find_part(*zip, relation));
  TRY(auto bytes, zip->entry(part));
  return std::unique_ptr<Table>(
      std::make_unique<Sheet>(std::move(zip), std::move(book), std::move(bytes)));
}

} // namespace gramsetu::connectors::files
