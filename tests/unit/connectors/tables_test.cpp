// HTML that calls itself .xls, and JSON documents, as files of an endpoint.
#include <doctest/doctest.h>

#include "tests/unit/connectors/files_bench.hpp"

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;

TEST_CASE("a table of HTML comes as records, however carelessly it is written")
{
  FilesBench bench("{ path: v.xls, format: html, table: 2, skip_rows: 1 }");
  bench.dir.write("v.xls", "<HTML><head><meta charset=iso-8859-1><style>td { }</style></head><BODY>"
                           "<table><tr><td>layout</td></tr></table>\n<TABLE border=1>"
                           "<tr><th colspan=3>Villages of the block</th></tr>\n"
                           "<tr><TH>Village   Code<TH>Name<br>(In English)<th>Name (Local)\n"
                           "<tr><td>0123</td><td> Rampur &amp;&nbsp;East </td><td>रामपुर</td></tr>"
                           "<tr><td>0124<td>A &lt; B<script>alert('<td>')</script><td>&nbsp;</tr>"
                           "<tr><td>0125</td></tr></TABLE><table><tr><td>x</td></tr></table>");
  const auto pulled = bench.pull_all();
  REQUIRE_MESSAGE(pulled, (pulled ? "" : pulled.error().what));
  REQUIRE(bench.records == 2);
  CHECK(bench.json(0) == "{\"Village Code\":\"0123\",\"Name (In English)\":\"Rampur & East\","
                         "\"Name (Local)\":\"रामपुर\"}");
  CHECK(bench.json(1) ==
        R"x({"Village Code":"0124","Name (In English)":"A < B","Name (Local)":""})x");
  REQUIRE(bench.bad == 1);
  CHECK(bench.pieces[0].pointer == "row 5");
  CHECK(bench.pieces[0].code == "wrong_columns");
  CHECK_FALSE(bench.damaged);
}

TEST_CASE("cells that span rows and columns stand in each of them")
{
  FilesBench bench("{ path: v.html, format: html }");
  bench.dir.write("v.html",
                  "<table><tr><td>a</td><td>b</td><td>c</td></tr>"
                  "<tr><td rowspan=2>1</td><td colspan='2'>2</td></tr>"
                  "<tr><td>3</td><td>4</td></tr>"
                  "<tr><td>5<table><tr><td>inner</td></tr></table></td><td>6</td><td>7</td></tr>"
                  "</table>");
  REQUIRE(bench.pull_all());
  REQUIRE(bench.records == 3);
  CHECK(bench.json(0) == R"({"a":"1","b":"2","c":"2"})");
  CHECK(bench.json(1) == R"({"a":"1","b":"3","c":"4"})");
  CHECK(bench.json(2) == R"({"a":"5","b":"6","c":"7"})");
}

TEST_CASE("a page without the table, or of another kind, is an error and no empty register")
{
  FilesBench bench("{ path: v.xls, format: html }");
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"<html><body>Please log in</body></html>", "no such table"},
           {"", "no such table"},
           {"<table></table>", "no header"},
           {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "binary Excel workbook"},
           {std::string("PK\x03\x04zip"), "format: xlsx"},
           {"<table><tr><td>\xFD\xFD\xFD\xFD</td></tr></table>", "declared encoding"}}) {
    CAPTURE(text);
    bench.dir.write("v.xls", text);
    const auto pulled = bench.pull_all();
    REQUIRE_FALSE(pulled);
    CHECK(pulled.error().kind == ErrorKind::invalid);
    CHECK_MESSAGE(pulled.error().what.find(why) != std::string::npos, pulled.error().what);
  }
}

TEST_CASE("a table that breaks off proves no absence")
{
  FilesBench bench("{ path: v.xls, format: html }");
  bench.dir.write("v.xls", "<table><tr><td>id</td></tr><tr><td>1</td></tr><tr><td>2");
  REQUIRE(bench.pull_all());
  CHECK(bench.damaged);
  CHECK(bench.bad == 1);
  CHECK(bench.records == 2);
}

TEST_CASE("hostile HTML costs a row or itself, and no memory")
{
  FilesBench bench("{ path: v.xls, format: html }");
  SUBCASE("spans without end")
  {
    bench.dir.write("v.xls", "<table><tr><td>id</td></tr><tr><td colspan=99999999 rowspan=88888>" +
                                 std::string(3'000, 'x') + "</td></tr><tr><td>1</td></tr></table>");
    REQUIRE(bench.pull_all());
    CHECK(bench.pieces.front().code == "too_long");
  }
  SUBCASE("tables in tables")
  {
    std::string text = "<table><tr><td>";
    for (int i = 0; i < 5'000; ++i)
      text += "<table><tr><td>";
    bench.dir.write("v.xls", text);
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  SUBCASE("one cell of many megabytes")
  {
    bench.dir.write("v.xls", "<table><tr><td>id</td></tr><tr><td>" + std::string(8 << 20, 'x') +
                                 "</td></tr><tr><td>1</td></tr></table>");
    REQUIRE(bench.pull_all());
    CHECK(bench.records == 1);
    CHECK(bench.pieces.front().code == "too_long");
  }
}

TEST_CASE("many rows of HTML come in pages, in other encodings too")
{
  FilesBench bench("{ path: v.xls, format: html, encoding: windows-1252 }");
  std::string text = "<table><tr><td>id</td><td>n\xE4me</td></tr>";
  for (int i = 0; i < 2'500; ++i)
    text += fmt::format("<tr><td>{}</td><td>\x93x\x94</td></tr>\n", i);
  bench.dir.write("v.xls", text + "</table>");
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2'500);
  CHECK(bench.pages == 3);
  CHECK(bench.json(2'499) == "{\"id\":\"2499\",\"n\xC3\xA4me\":\"\xE2\x80\x9Cx\xE2\x80\x9D\"}");
}

TEST_CASE("the elements of a list in a JSON document are records, digits and all")
{
  FilesBench bench("{ path: v.json, format: json, records: /data/rows }");
  bench.dir.write("v.json", R"({"meta":{"n":3},"data":{"rows":[{"id":1,"amount":0.10},)"
                            R"("no record",{"id":9007199254740993}]}})");
  REQUIRE(bench.pull_all());
  REQUIRE(bench.records == 2);
  CHECK(bench.json(0) == R"({"id":1,"amount":0.10})");
  CHECK(bench.json(1) == R"({"id":9007199254740993})");
  REQUIRE(bench.bad == 1);
  CHECK(bench.pieces[0].pointer == "element 2");
  CHECK(bench.pieces[0].bytes == "\"no record\"");
}

TEST_CASE("a JSON document that breaks off or lacks its list is an error")
{
  FilesBench bench("{ path: v.json, format: json, records: /rows }");
  for (const char* text :
       {"", "{\"rows\":[{\"id\":1}", "{\"other\":[]}", "[1]", "{\"rows\":[]} x"}) {
    CAPTURE(text);
    bench.dir.write("v.json", text);
    CHECK(bench.pull_all().error().kind == ErrorKind::invalid);
  }
  bench.dir.write("v.json", "{\"rows\":[]}");
  CHECK(bench.pull_all());
}

TEST_CASE("a long JSON document comes in pages")
{
  FilesBench bench("{ path: v.json, format: json }");
  std::string text = "[";
  for (int i = 0; i < 2'500; ++i)
    text += fmt::format("{}{{\"id\":{}}}", i == 0 ? "" : ",", i);
  bench.dir.write("v.json", text + "]");
  const auto first = bench.page();
  REQUIRE(first);
  bench.open();
  CHECK(bench.page(first->next)->records.size() == 1'000);
  REQUIRE(bench.pull_all());
  CHECK(bench.records == 2'500);
}
