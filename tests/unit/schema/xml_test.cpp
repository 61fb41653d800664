// XML: what elements become, and what is refused.
#include "schema/json.hpp"
#include "schema/xml.hpp"

#include <fmt/format.h>

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::schema;

namespace {

struct Parsed {
  std::vector<std::string> records; // as JSON
  std::string rest, error;
};

Parsed parsed(std::string_view text, const XmlShape& shape, const XmlLimits& limits = {})
{
  Parsed made;
  const auto rest = parse_xml(
      text, shape,
      [&](Value record) {
        made.records.push_back(to_json(record));
        return Result<void>();
      },
      limits);
  if (rest)
    made.rest = to_json(*rest);
  else
    made.error = rest.error().what;
  return made;
}

const XmlShape kBatch{"/Batch/Payment", {}};

} // namespace

TEST_CASE("elements are members, attributes are '@name', and what comes twice is a list")
{
  const auto got =
      parsed("<?xml version='1.0'?><p:Batch xmlns:p='urn:p' id='7'><Total>2</Total>"
             "<p:Payment no='1'><Amount cur='INR'>1250.50</Amount><To>A</To><To>B</To>"
             "</p:Payment><Payment><To>ग्राम &amp; &#x41;</To><Gone/></Payment></p:Batch>",
             kBatch);
  REQUIRE(got.error == "");
  REQUIRE(got.records.size() == 2);
  CHECK(got.records[0] ==
        R"({"@no":"1","Amount":{"@cur":"INR","#text":"1250.50"},"To":["A","B"]})");
  CHECK(got.records[1] == R"({"To":"ग्राम & A","Gone":""})");
  CHECK(got.rest == R"({"Batch":{"@id":"7","Total":"2"}})");
}

TEST_CASE("a list of one is a list where the shape says so, and xsi:nil is null")
{
  const auto got = parsed("<Batch xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><Payment>"
                          "<To>A</To><No xsi:nil='true'/></Payment></Batch>",
                          {"/Batch/Payment", {"To"}});
  REQUIRE(got.records.size() == 1);
  CHECK(got.records[0] == R"({"To":["A"],"No":null})");
}

TEST_CASE("an empty batch is no error, and another document is")
{
  CHECK(parsed("<Batch/>", kBatch).error == "");
  CHECK(parsed("<html><body>Log in</body></html>", kBatch).error ==
        "XML: there is nothing that could hold /Batch/Payment");
}

TEST_CASE("a document type is refused before anything in it is read")
{
  const std::string bomb = "<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'>"
                           "<!ENTITY c '&a;&a;&a;&a;&a;&a;&a;&a;'>]><Batch>&c;</Batch>";
  CHECK(parsed(bomb, kBatch).error ==
        "XML line 1: it has a document type, which is refused (entities)");
  const std::string file = "<!DOCTYPE b SYSTEM 'file:///etc/passwd'><Batch/>";
  CHECK(parsed(file, kBatch).error.find("document type") != std::string::npos);
  CHECK(parsed("<Batch>&lol;</Batch>", kBatch).error == "XML line 1: undefined entity");
}

TEST_CASE("what breaks off, is badly nested or badly encoded is an error with its line")
{
  CHECK(parsed("<Batch>\n<Payment><To>A</To></Payment>", kBatch).error ==
        "XML line 2: no element found");
  CHECK(parsed("<Batch><Payment></Batch>", kBatch).error == "XML line 1: mismatched tag");
  CHECK(parsed("<Batch/><Batch/>", kBatch).error == "XML line 1: junk after document element");
  CHECK(parsed("<Batch>\xff</Batch>", kBatch).error ==
        "XML line 1: not well-formed (invalid token)");
  CHECK(parsed("<Batch a='1' a='2'/>", kBatch).error == "XML line 1: duplicate attribute");
  CHECK(parsed("", kBatch).error == "XML line 1: no element found");
}

TEST_CASE("depth, number, length and width are bounded")
{
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  CHECK(parsed(deep, kBatch).error == "XML line 1: deeper than 32");
  std::string many = "<Batch><Payment>";
  for (int i = 0; i < 50; ++i)
    many += "<a/>";
  CHECK(parsed(many, kBatch, {32, 40}).error == "XML line 1: more than 40 elements");
  const std::string long_text = "<Batch><Payment>" + std::string(2 << 20, 'x');
  CHECK(parsed(long_text, kBatch).error == "XML line 1: a text is longer than 1048576 bytes");
  const std::string long_tag = "<Batch><Payment a='" + std::string(4 << 20, 'x');
  CHECK(parsed(long_tag, kBatch).error ==
        "XML line 1: a tag or comment is longer than 1048576 bytes");
  std::string wide = "<Batch><Payment>";
  for (int i = 0; i < 2'000; ++i)
    wide += fmt::format("<a{}/>", i);
  CHECK(parsed(wide, kBatch).error == "XML line 1: an element holds too many names");
}

TEST_CASE("what is around the records is bounded too, and each record by itself")
{
  std::string text = "<Batch>";
  for (int i = 0; i < 100; ++i)
    text += "<Payment><a/><b/></Payment>";
  CHECK(parsed(text + "</Batch>", kBatch, {32, 10}).records.size() == 100);
  for (int i = 0; i < 20; ++i)
    text += "<Note/>";
  CHECK(parsed(text + "</Batch>", kBatch, {32, 10}).error == "XML line 1: more than 10 elements");
}

TEST_CASE("records come as soon as they end, in pieces of any size")
{
  const std::string text =
      "<Batch><Payment><To>A</To></Payment><Payment><To>B</To></Payment></Batch>";
  XmlReader reader(kBatch);
  std::vector<std::uint64_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    REQUIRE(reader.feed(text.substr(i, 1), i + 1 == text.size(), [&](Value, std::uint64_t end) {
      ends.push_back(end);
      return Result<void>();
    }));
  }
  REQUIRE(ends.size() == 2);
  CHECK(text.substr(0, ends[0]).ends_with("<To>A</To></Payment>"));
  CHECK(text.substr(0, ends[1]).ends_with("<To>B</To></Payment>"));
}

TEST_CASE("what is written is read back, and what XML cannot carry is refused")
{
  const auto document = parse_json(
      R"({"Batch":{"@id":"7","Pay":[{"To":"A & <B>\n\"C\"","Sum":1250.50,"Ok":true},{"To":""}]}})");
  const auto text = to_xml(*document);
  REQUIRE(text);
  CHECK(*text == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Batch id=\"7\"><Pay><To>A &amp; "
                 "&lt;B&gt;&#10;&quot;C&quot;</To><Sum>1250.50</Sum><Ok>true</Ok></Pay>"
                 "<Pay><To></To></Pay></Batch>");
  const std::string again = R"({"Batch":{"@id":"7","Pay":[{"To":"A & <B>\n\"C\"","Sum":"1250.50",)"
                            R"("Ok":"true"},{"To":""}]}})";
  CHECK(parsed(*text, {}).rest == again);
  CHECK_FALSE(to_xml(*parse_json(R"({"a":"\u0001"})")));
  CHECK_FALSE(to_xml(*parse_json(R"({"a><b":"x"})")));
  CHECK_FALSE(to_xml(*parse_json(R"({"a":{"@x y":"1"}})")));
  CHECK_FALSE(to_xml(*parse_json(R"({"a":1,"b":2})")));
}
