// Rows of CSV: what RFC 4180 says, and what real registers do.
#include <doctest/doctest.h>

#include "connectors/formats/csv.hpp"
#include "connectors/formats/encoding.hpp"

#include <random>

using namespace gramsetu::connectors::formats;
using Outcome = ScannedRow::Outcome;
using Cells = std::vector<std::string>;

namespace {

Cells row_of(std::string_view text, const Dialect& dialect = {})
{
  Cells cells;
  const ScannedRow row = scan_row(text, true, dialect, cells);
  REQUIRE(row.outcome == Outcome::row);
  return cells;
}

} // namespace

TEST_CASE("a row ends with LF, CRLF or the end of the text")
{
  CHECK(row_of("a,b\nc") == Cells{"a", "b"});
  CHECK(row_of("a,b\r\nc") == Cells{"a", "b"});
  CHECK(row_of("a,b") == Cells{"a", "b"});
  CHECK(row_of("a,\n") == Cells{"a", ""});
  CHECK(row_of(",\n") == Cells{"", ""});
  CHECK(row_of("a,") == Cells{"a", ""});
}

TEST_CASE("a quoted cell holds delimiters, quotes and line ends")
{
  CHECK(row_of("\"a,b\",\"say \"\"no\"\"\",\"two\r\nlines\"\r\nnext") ==
        Cells{"a,b", "say \"no\"", "two\r\nlines"});
  CHECK(row_of("\"\",x") == Cells{"", "x"});
  Cells cells;
  CHECK(scan_row("\"a\nb\nc\"\nnext", true, {}, cells).lines == 3);
}

TEST_CASE("a quote or carriage return inside an unquoted cell is content")
{
  CHECK(row_of("5\" pipe,a\rb\n") == Cells{"5\" pipe", "a\rb"});
}

TEST_CASE("without a quote character every character stands for itself")
{
  CHECK(row_of("\"a;b\n", {';', std::nullopt}) == Cells{"\"a", "b"});
}

TEST_CASE("a row that may go on asks for more text")
{
  Cells cells;
  for (const char* text : {"a,b", "\"a", "\"a\"", "\"a\"\r", "a,b\r"})
    CHECK(scan_row(text, false, {}, cells).outcome == Outcome::more);
  CHECK(scan_row("a,b\n", false, {}, cells).outcome == Outcome::row);
}

TEST_CASE("a stray quote costs its own line only")
{
  Cells cells;
  const std::string_view text = "1,\"bad\n2,good\n3,good\n";
  const ScannedRow bad = scan_row(text, true, {}, cells);
  CHECK(bad.outcome == Outcome::malformed);
  CHECK(bad.size == 7);
  CHECK(bad.lines == 1);
  CHECK(row_of(text.substr(bad.size)) == Cells{"2", "good"});

  const ScannedRow after = scan_row("1,\"a\" b,2\n", true, {}, cells);
  CHECK(after.outcome == Outcome::malformed);
  CHECK(after.why == "text follows the closing quote of a cell");
}

TEST_CASE("a row that the file cuts off is told from one that ends")
{
  Cells cells;
  CHECK(scan_row("a,b\n", true, {}, cells).ended);
  CHECK_FALSE(scan_row("a,b", true, {}, cells).ended);
  CHECK_FALSE(scan_row("a,\"b", true, {}, cells).ended);
}

TEST_CASE("column names are trimmed, blank ones numbered and repeated ones told apart")
{
  CHECK(column_names({" S.No. ", "Block Name                    (In English)", "", "State Name",
                      "State Name", "State Name (2)", "State Name"}) ==
        Cells{"S.No.", "Block Name (In English)", "column 3", "State Name", "State Name (2)",
              "State Name (2) (2)", "State Name (3)"});
}

TEST_CASE("what is written for machines comes back byte for byte")
{
  const Cells cells = {"-500.00", "=1+1", "@x", "\ttab", "a,b", "q\"q", "l\nl", " blank ", "", "क़"};
  const std::string text = write_row(cells, {});
  CHECK(text.starts_with("-500.00,=1+1,@x,"));
  CHECK(row_of(text) == cells);
  CHECK(row_of(write_row({""}, {})) == Cells{""});
}

TEST_CASE("any cells come back from any dialect, however the text is cut")
{
  std::mt19937 random(20261123);
  const std::string letters = "ab,;\"\r\n \t|";
  const auto pick = [&](std::size_t bound) { return random() % bound; };
  for (int turn = 0; turn < 2000; ++turn) {
    const Dialect dialect{letters[2 + pick(2)], '"'};
    Cells cells(1 + pick(4));
    for (auto& cell : cells) {
      for (std::size_t length = pick(6); length > 0; --length)
        cell.push_back(letters[pick(letters.size())]);
    }
    const std::string text = write_row(cells, dialect);
    Cells back;
    for (std::size_t cut = 0; cut < text.size(); ++cut)
      CHECK(scan_row(std::string_view(text).substr(0, cut), false, dialect, back).outcome ==
            Outcome::more);
    const ScannedRow row = scan_row(text + "x", false, dialect, back);
    CHECK(row.outcome == Outcome::row);
    CHECK(row.size == text.size());
    CHECK(back == cells);
  }
}

TEST_CASE("declared encodings become UTF-8, and what does not fit them is refused")
{
  CHECK(decode("caf\xE9 \x80", Encoding::windows_1252) == "caf\xC3\xA9 \xE2\x82\xAC");
  CHECK_FALSE(decode("\x81", Encoding::windows_1252));
  CHECK(decode("\xA0\x81", Encoding::iso_8859_1) == "\xC2\xA0\xC2\x81");
  CHECK_FALSE(decode("\xFD\xFD", Encoding::utf8));
  CHECK(read_encoding("windows-1252") == Encoding::windows_1252);
  CHECK_FALSE(read_encoding("latin"));
}

TEST_CASE("UTF-16 is decoded in pieces, and a lone half makes invalid UTF-8")
{
  const std::string clef("\x34\xD8\x1E\xDD", 4); // U+1D11E, little-endian
  std::string text;
  CHECK(decode_wide(std::string_view(clef).substr(0, 3), Encoding::utf16_le, false, text) == 0);
  CHECK(decode_wide(clef, Encoding::utf16_le, false, text) == 4);
  CHECK(text == "\xF0\x9D\x84\x9E");
  text.clear();
  CHECK(decode_wide(std::string_view("\xD8\x34\x00\x41", 4), Encoding::utf16_be, true, text) == 4);
  CHECK_FALSE(decode(text, Encoding::utf8));
}
