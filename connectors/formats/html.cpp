// Tables out of libxml2's lenient HTML parser, row by row as the page comes in.
#include "connectors/formats/html.hpp"

#include "connectors/formats/window.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <deque>
#include <map>
#include <strings.h>

namespace gramsetu::connectors::formats {

namespace {

constexpr std::size_t kMostColumns = 16'384;
constexpr std::int64_t kMostSpan = 1'000; // as browsers have it
constexpr std::size_t kDeepest = 32;      // tables inside tables

// A cell that goes on in the rows below.
struct Hanging {
  std::string text;
  std::int64_t rows = 0;
};

struct OpenTable {
  bool wanted = false;
  bool in_row = false, in_cell = false;
  bool too_long = false;
  std::vector<std::string> cells;
  std::string text; // of the cell at hand
  std::int64_t columns = 1, rows = 1;
  std::size_t bytes = 0;
  std::map<std::size_t, Hanging> hanging; // by column
};

struct ReadyRow {
  std::vector<std::string> cells;
  bool too_long = false;
};

// Blanks, among them the one that does not break, become one; outer ones go.
std::string one_blank(const std::string& text)
{
  std::string made;
  bool blank = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.compare(i, 2, "\xC2\xA0") == 0;
    if (no_break || std::string_view(" \t\r\n\f").find(text[i]) != std::string_view::npos) {
      blank = true;
      i += no_break ? 1 : 0;
      continue;
    }
    if (blank && !made.empty()) made.push_back(' ');
    blank = false;
    made.push_back(text[i]);
  }
  return made;
}

// What the parser tells becomes rows of the one table that is wanted.
class Builder {
public:
  explicit Builder(std::size_t wanted) : wanted_(wanted) {}

  std::deque<ReadyRow>& ready() { return ready_; }
  bool found() const { return seen_ >= wanted_; }
  bool is_over() const { return over_; }
  bool is_too_deep() const { return too_deep_; }

  void start(std::string_view tag, const xmlChar** attributes)
  {
    if (tag == "table") return begin_table();
    if (tag == "br" || tag == "p" || tag == "div") add(" ");
    if (tag == "script" || tag == "style") ++silent_;
    if (tables_.empty() || !tables_.back().wanted) return;
    OpenTable& table = tables_.back();
    if (tag == "tr") {
      end_row(table);
      table.in_row = true;
    } else if (tag == "td" || tag == "th") {
      end_cell(table);
      table.in_row = table.in_cell = true;
      table.columns = span(attributes, "colspan");
      table.rows = span(attributes, "rowspan");
    }
  }

  void end(std::string_view tag)
  {
    if ((tag == "script" || tag == "style") && silent_ > 0) --silent_;
    if (tables_.empty()) return;
    OpenTable& table = tables_.back();
    if (tag == "td" || tag == "th") end_cell(table);
    if (tag == "tr") end_row(table);
    if (tag != "table") return;
    end_row(table);
    over_ = over_ || table.wanted;
    tables_.pop_back();
  }

  void add(std::string_view text)
  {
    if (tables_.empty() || silent_ > 0) return;
    OpenTable& table = tables_.back();
    if (!table.wanted || !table.in_cell || table.too_long) return;
    table.bytes += text.size();
    table.too_long = table.bytes > kRowBytes;
    table.text += text;
  }

private:
  void begin_table()
  {
    too_deep_ = too_deep_ || tables_.size() >= kDeepest;
    if (too_deep_) return;
    tables_.emplace_back();
    tables_.back().wanted = ++seen_ == wanted_;
  }

  static std::int64_t span(const xmlChar** attributes, const char* name)
  {
    for (; attributes && attributes[0]; attributes += 2) {
      if (::strcasecmp(reinterpret_cast<const char*>(attributes[0]), name) != 0 || !attributes[1])
        continue;
      const auto number = schema::read_integer(reinterpret_cast<const char*>(attributes[1]));
      return std::clamp<std::int64_t>(number.value_or(1), 1, kMostSpan);
    }
    return 1;
  }

  static void put(OpenTable& table, const std::string& text)
  {
    table.bytes += text.size();
    table.too_long =
        table.too_long || table.bytes > kRowBytes || table.cells.size() >= kMostColumns;
    if (!table.too_long) table.cells.push_back(text);
  }

  // Cells of rows above that reach down to where this row stands.
  static void put_hanging(OpenTable& table)
  {
    for (auto at = table.hanging.find(table.cells.size());
         at != table.hanging.end() && !table.too_long;
         at = table.hanging.find(table.cells.size())) {
      const std::string text = at->second.text;
      if (--at->second.rows == 0) table.hanging.erase(at);
      put(table, text);
    }
  }

  static void end_cell(OpenTable& table)
  {
    if (!table.in_cell) return;
    table.in_cell = false;
    const std::string text = one_blank(table.text);
    table.text.clear();
    put_hanging(table);
    for (std::int64_t i = 0; i < table.columns && !table.too_long; ++i) {
      if (table.rows > 1) table.hanging[table.cells.size()] = {text, table.rows - 1};
      put(table, text);
    }
  }

  void end_row(OpenTable& table)
  {
    end_cell(table);
    if (!table.in_row) return;
    put_hanging(table);
    table.in_row = false;
    ready_.push_back({std::move(table.cells), table.too_long});
    table.cells.clear();
    table.bytes = 0;
    table.too_long = false;
  }

  std::size_t wanted_, seen_ = 0;
  std::vector<OpenTable> tables_; // those that have begun, from the outermost
  std::deque<ReadyRow> ready_;
  int silent_ = 0;
  bool over_ = false, too_deep_ = false;
};

// The parser closes what was left open, so the text itself is asked whether tables end.
class TagCount {
public:
  void see(std::string_view text)
  {
    for (const char letter : text) {
      const char lower = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
      last_.push_back(lower);
      if (last_.size() > 8) last_.erase(0, last_.size() - 7);
      if (letter != 'e' && letter != 'E') continue;
      if (last_.ends_with("<table")) ++begun_;
      if (last_.ends_with("</table")) ++ended_;
    }
  }

  bool is_balanced() const { return ended_ >= begun_; }

private:
  std::string last_;
  std::size_t begun_ = 0, ended_ = 0;
};

std::string_view view(const xmlChar* text)
{
  return text ? reinterpret_cast<const char*>(text) : std::string_view();
}

struct FreeParser {
  void operator()(xmlParserCtxt* parser) const
  {
    if (parser->myDoc) ::xmlFreeDoc(parser->myDoc);
    ::htmlFreeParserCtxt(parser);
  }
};

class Page final : public Table {
public:
  Page(std::unique_ptr<Bytes> bytes, Encoding encoding, std::size_t table)
      : window_(std::move(bytes), encoding), encoding_(encoding), builder_(table)
  {
  }

  Result<void> open()
  {
    xmlSAXHandler told{};
    told.startElement = [](void* self, const xmlChar* name, const xmlChar** attributes) {
      static_cast<Builder*>(self)->start(view(name), attributes);
    };
    told.endElement = [](void* self, const xmlChar* name) {
      static_cast<Builder*>(self)->end(view(name));
    };
    const auto text = [](void* self, const xmlChar* bytes, int size) {
      static_cast<Builder*>(self)->add(view(bytes).substr(0, static_cast<std::size_t>(size)));
    };
    told.characters = told.ignorableWhitespace = text;
    parser_.reset(
        ::htmlCreatePushParserCtxt(&told, &builder_, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8));
    if (!parser_) return fail(ErrorKind::transient, "HTML: no memory to read it");
    ::htmlCtxtUseOptions(parser_.get(), HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                            HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC);
    TRY_VOID(look_at_beginning());
    while (!builder_.found() && !at_end_)
      TRY_VOID(feed());
    if (!builder_.found()) return fail(ErrorKind::invalid, "HTML: the page has no such table");
    return {};
  }

  Result<RowRead> next(std::vector<std::string>& cells) override
  {
    while (builder_.ready().empty()) {
      if (at_end_) return RowRead{RowRead::Kind::end, "", ""};
      TRY_VOID(feed());
    }
    ++number_;
    ReadyRow row = std::move(builder_.ready().front());
    builder_.ready().pop_front();
    if (row.too_long) return RowRead{RowRead::Kind::bad, "too_long", "longer than 1 MiB"};
    cells = std::move(row.cells);
    return RowRead{RowRead::Kind::row, "", ""};
  }

  std::uint64_t number() const override { return number_; }
  bool is_cut_off() const override { return !builder_.is_over() || !tags_.is_balanced(); }
  bool leaves_out_blanks() const override { return false; }

private:
  // Other kinds of ".xls" are told apart by their first bytes.
  Result<void> look_at_beginning()
  {
    TRY_VOID(window_.grow());
    if (window_.text().starts_with("\xD0\xCF\x11\xE0"))
      return fail(ErrorKind::invalid,
                  "this is a binary Excel workbook, not HTML: have it saved as XLSX");
    if (window_.text().starts_with("PK\x03\x04"))
      return fail(ErrorKind::invalid, "this is an XLSX workbook, not HTML: say 'format: xlsx'");
    return {};
  }

  // One more piece of the page, whole characters of it, to the parser.
  Result<void> feed()
  {
    if (window_.text().empty() && !window_.at_end()) TRY_VOID(window_.grow());
    std::string_view text = window_.text().substr(0, kPiece);
    const bool last = window_.at_end() && text.size() == window_.text().size();
    std::string decoded;
    std::size_t taken = text.size();
    if (is_utf8_here()) {
      taken = schema::valid_utf8_prefix(text);
      const std::size_t rest = text.size() - taken;
      if (rest > 3 || (rest > 0 && last)) return bad_encoding();
      text = text.substr(0, taken);
      if (taken == 0 && !last) return window_.grow();
    } else {
      auto converted = decode(text, encoding_);
      if (!converted) return bad_encoding();
      decoded = std::move(*converted);
      text = decoded;
    }
    tags_.see(text);
    ::htmlParseChunk(parser_.get(), text.data(), static_cast<int>(text.size()), last ? 1 : 0);
    window_.consume(taken);
    at_end_ = last;
    if (builder_.is_too_deep()) return fail(ErrorKind::invalid, "HTML: tables are nested too deep");
    return {};
  }

  bool is_utf8_here() const { return encoding_ == Encoding::utf8 || is_wide(encoding_); }

  tl::unexpected<Error> bad_encoding() const
  {
    return fail(ErrorKind::invalid,
                fmt::format("HTML: after line {} the bytes are not in the declared encoding",
                            window_.lines()));
  }

  static constexpr std::size_t kPiece = 1 << 15;

  Window window_;
  Encoding encoding_;
  Builder builder_;
  TagCount tags_;
  std::unique_ptr<xmlParserCtxt, FreeParser> parser_;
  std::uint64_t number_ = 0;
  bool at_end_ = false;
};

} // namespace

Result<std::unique_ptr<Table>> open_table(std::unique_ptr<Bytes> bytes, Encoding encoding,
                                          std::size_t table)
{
  auto page = std::make_unique<Page>(std::move(bytes), encoding, table);
  TRY_VOID(page->open());
  return std::unique_ptr<Table>(std::move(page));
}

} // namespace gramsetu::connectors::formats
