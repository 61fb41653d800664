// XLSX: what cells mean, sheets, and archives that are not what they seem.
#include <doctest/doctest.h>

#include "connectors/files/xlsx_cell.hpp"
#include "tests/unit/connectors/files_bench.hpp"
#include "tests/unit/connectors/zip_files.hpp"

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;
using files::day_text;
using files::is_day_format;
using files::number_text;

TEST_CASE("numbers of a workbook are plain digits, as the workbook shows them")
{
  CHECK(number_text("1250") == "1250");
  CHECK(number_text("1.25E+3") == "1250");
  CHECK(number_text("-5.0E-3") == "-0.005");
  CHECK(number_text("0") == "0");
  CHECK(number_text("-0.0") == "0");
  CHECK(number_text("125000.50") == "125000.5");
  CHECK(number_text("0.30000000000000004") == "0.3");
  CHECK(number_text("1234567890123.4599") == "1234567890123.46");
  CHECK(number_text("99999999999999.996") == "100000000000000");
  // A whole number is somebody's number, and loses no digit.
  CHECK(number_text("123456789012345678") == "123456789012345678");
  CHECK(number_text("1.2345678901234567E+17") == "123456789012345670");
  for (const char* none : {"", "abc", "1,5", "1E+999", "0x10", "1.", "--1", "1E"})
    CHECK(number_text(none) == none);
}

TEST_CASE("days of a workbook are dates, in both of its calendars")
{
  CHECK(day_text("46113", false) == "2026-04-01");
  CHECK(day_text("46113.4375", false) == "2026-04-01T10:30:00");
  CHECK(day_text("45292.999999999", false) == "2024-01-02"); // a nanosecond before midnight
  CHECK(day_text("1", false) == "1900-01-01");
  CHECK(day_text("59", false) == "1900-02-28");
  CHECK_FALSE(day_text("60", false)); // never was
  CHECK(day_text("61", false) == "1900-03-01");
  CHECK(day_text("44651", true) == "2026-04-01");
  CHECK(day_text("0.4375", false) == "10:30:00");
  CHECK(day_text("2958465", false) == "9999-12-31");
  for (const char* none : {"-1", "2958466", "1E+30", "x", ""})
    CHECK_FALSE(day_text(none, false));
}

TEST_CASE("formats that show days are told from those that show numbers")
{
  for (const int built_in : {14, 22, 45, 57})
    CHECK(is_day_format(built_in));
  for (const int built_in : {0, 1, 4, 9, 37, 49})
    CHECK_FALSE(is_day_format(built_in));
  for (const char* code : {"dd/mm/yyyy", "yyyy\\-mm\\-dd", "[$-409]d-mmm-yy;@", "h:mm:ss"})
    CHECK_MESSAGE(is_day_format(code), code);
  for (const char* code : {"General", "#,##0.00", "0.00%", "\"Rs. due\"0", "[Red]0", "0_d"})
    CHECK_MESSAGE(!is_day_format(code), code);
}

TEST_CASE("a sheet comes as records: shared and rich texts, numbers, days, flags, gaps")
{
  FilesBench bench("{ path: v.xlsx, format: xlsx, sheet: Vouchers, skip_rows: 2 }");
  Workbook book;
  book.texts = "<si><t>Voucher</t></si><si><t xml:space=\"preserve\">Amount  (Rs.) </t></si>"
               "<si><r><rPr><b/></rPr><t>Ram</t></r><r><t xml:space=\"preserve\"> </t></r>"
               "<r><t>Nagar</t></r><rPh sb=\"0\" eb=\"1\"><t>spoken</t></rPh></si>";
  book.styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts>"
                "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
                "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"4\"/></cellXfs>";
  book.rows =
      "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Report of the block</t></is></c></row>"
      "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>1</v></c>"
      "<c r=\"C3\" t=\"inlineStr\"><is><t>On</t></is></c>"
      "<c r=\"D3\" t=\"inlineStr\"><is><t>Paid</t></is></c></row>"
      "<row r=\"4\"><c r=\"A4\" t=\"s\"><v>2</v></c><c r=\"B4\" s=\"2\"><v>125000.5</v></c>"
      "<c r=\"C4\" s=\"1\"><v>46113</v></c><c r=\"D4\" t=\"b\"><v>1</v></c></row>"
      "<row r=\"7\"><c r=\"B7\"><f>SUM(B4)</f><v>0.30000000000000004</v></c></row>"
      "<row r=\"8\"><c r=\"A8\" s=\"2\"/></row>"
      "<row><c><v>7</v></c><c t=\"e\"><v>#N/A</v></c></row>";
  bench.dir.write("v.xlsx", book.bytes());
  const auto pulled = bench.pull_all();
  REQUIRE_MESSAGE(pulled, (pulled ? "" : pulled.error().what));
  REQUIRE(bench.records == 3);
  CHECK(bench.bad == 0);
  CHECK(bench.json(0) ==
        R"x({"Voucher":"Ram Nagar","Amount (Rs.)":"125000.5","On":"2026-04-01","Paid":"true"})x");
  CHECK(bench.json(1) == R"x({"Voucher":"","Amount (Rs.)":"0.3","On":"","Paid":""})x");
  CHECK(bench.json(2) == R"x({"Voucher":"7","Amount (Rs.)":"#N/A","On":"","Paid":""})x");
}

TEST_CASE("a row of a sheet with more cells than the header is kept by itself")
{
  FilesBench bench("{ path: v.xlsx, format: xlsx, sheet: 2 }");
  Workbook book;
  book.rows = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c></row>"
              "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>2</v></c></row>"
              "<row r=\"3\"><c r=\"B3\"><v>2</v></c><c r=\"A3\"><v>2</v></c></row>"
              "<row r=\"4\"><c r=\"A4\"><v>3</v></c></row>";
  bench.dir.write("v.xlsx", book.bytes());
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 1);
  REQUIRE(bench.bad == 2);
  CHECK(bench.pieces[0].pointer == "row 2");
  CHECK(bench.pieces[0].code == "wrong_columns");
  CHECK(bench.pieces[0].bytes == "1,2\r\n");
  CHECK(bench.pieces[1].code == "malformed");
}

TEST_CASE("many rows of a sheet come in pages that can be asked for again")
{
  FilesBench bench("{ path: v.xlsx, format: xlsx, sheet: Vouchers }");
  Workbook book;
  book.rows = "<row><c t=\"str\"><v>id</v></c></row>";
  for (int i = 0; i < 2'300; ++i)
    book.rows += fmt::format("<row><c><v>{}</v></c></row>", i);
  bench.dir.write("v.xlsx", book.bytes());
  const auto first = bench.page();
  REQUIRE(first);
  const auto second = bench.page(first->next);
  REQUIRE(second);
  bench.open();
  const auto again = bench.page(first->next);
  REQUIRE(again);
  CHECK(again->next == second->next);
  CHECK(again->records.back().body == second->records.back().body);
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2'300);
  CHECK(bench.total == 2'300u);
}

TEST_CASE("a workbook that is none, or is made to harm, is refused with its reason")
{
  FilesBench bench("{ path: v.xlsx, format: xlsx, sheet: Vouchers }");
  Workbook book;
  book.rows = "<row><c t=\"str\"><v>id</v></c></row><row><c><v>1</v></c></row>";
  auto parts = book.parts();
  std::string bytes, why;
  SUBCASE("no archive")
  {
    bytes = "<html>please log in</html>";
    why = "zip";
  }
  SUBCASE("cut off")
  {
    bytes = zipped(parts);
    bytes.resize(bytes.size() - 30);
    why = "zip";
  }
  SUBCASE("no workbook in it")
  {
    bytes = zipped({{"a.txt", "x"}});
    why = "no workbook";
  }
  SUBCASE("a name that leads elsewhere")
  {
    parts.emplace_back("../../etc/cron.d/x", "x");
    bytes = zipped(parts);
    why = "leads elsewhere";
  }
  SUBCASE("a sheet that lies elsewhere")
  {
    book.target = "../../../../etc/passwd";
    bytes = book.bytes();
    why = "No such file";
  }
  SUBCASE("no such sheet")
  {
    book.sheet = "Bills";
    bytes = book.bytes();
    why = "there is no sheet 'Vouchers'; it has 'Notes', 'Bills'";
  }
  bench.dir.write("v.xlsx", bytes);
  const auto pulled = bench.pull_all();
  REQUIRE_FALSE(pulled);
  CHECK(pulled.error().kind == ErrorKind::invalid);
  CHECK_MESSAGE(pulled.error().what.find(why) != std::string::npos, pulled.error().what);
  CHECK(pulled.error().what.starts_with("'v.xlsx': "));
}

TEST_CASE("a workbook whose parts are made to harm is refused with its reason")
{
  FilesBench bench("{ path: v.xlsx, format: xlsx, sheet: Vouchers }");
  Workbook book;
  book.rows = "<row><c t=\"str\"><v>id</v></c></row><row><c><v>1</v></c></row>";
  auto parts = book.parts();
  std::string bytes, why;
  SUBCASE("entities")
  {
    parts[3].second = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><worksheet>"
                      "<sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>";
    bytes = zipped(parts);
    why = "document type";
  }
  SUBCASE("a bomb")
  {
    book.rows = "<row><c t=\"str\"><v>id</v></c></row>";
    for (int i = 0; i < 1'000; ++i)
      book.rows += "<row><c t=\"str\"><v>" + std::string(60'000, 'x') + "</v></c></row>";
    parts = book.parts();
    bytes = zipped(parts);
    why = "200 times";
  }
  SUBCASE("rows that go back")
  {
    parts[3].second = "<worksheet><sheetData><row r=\"2\"><c t=\"str\"><v>id</v></c></row>"
                      "<row r=\"1\"/></sheetData></worksheet>";
    bytes = zipped(parts);
    why = "row '1' follows row 2";
  }
  SUBCASE("a sheet that breaks off")
  {
    parts[3].second.resize(parts[3].second.size() - 40);
    bytes = zipped(parts);
    why = "XML";
  }
  bench.dir.write("v.xlsx", bytes);
  const auto pulled = bench.pull_all();
  REQUIRE_FALSE(pulled);
  CHECK(pulled.error().kind == ErrorKind::invalid);
  CHECK_MESSAGE(pulled.error().what.find(why) != std::string::npos, pulled.error().what);
  CHECK(pulled.error().what.starts_with("'v.xlsx': "));
}
