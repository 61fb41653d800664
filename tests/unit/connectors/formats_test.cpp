// Records out of a text in memory, whatever it is written in.
#include "connectors/formats/reader.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::connectors::formats;

namespace {

std::unique_ptr<Reader> opened(std::string_view text, Format kind)
{
  RecordFormat format;
  format.format = kind;
  format.records = "/Batch/Payment";
  auto reader = Reader::open(std::make_unique<TextBytes>(text), format, "the answer");
  REQUIRE(reader);
  return std::move(*reader);
}

// The records as JSON, bad pieces as "line 2 malformed", an error as its text.
std::vector<std::string> all(Reader& reader)
{
  std::vector<std::string> seen;
  while (true) {
    auto item = reader.next();
    if (!item) {
      seen.push_back(item.error().what);
      return seen;
    }
    if (!*item) return seen;
    const Item& one = **item;
    seen.push_back(one.record ? schema::to_json(*one.record)
                              : one.bad.pointer + " " + one.bad.code);
  }
}

constexpr std::string_view kXml =
    "<Batch><Payment><To>A</To></Payment><Payment>x</Payment><Payment><To>B</To></Payment></Batch>";

} // namespace

TEST_CASE("CSV, NDJSON and XML give the same records")
{
  using Seen = std::vector<std::string>;
  const Seen want = {R"({"To":"A"})", R"({"To":"B"})"};
  CHECK(all(*opened("To\r\nA\r\nB\r\n", Format::csv)) == want);
  CHECK(all(*opened("{\"To\":\"A\"}\n{\"To\":\"B\"}\n", Format::ndjson)) == want);
  const std::string xml =
      "<Batch><Payment><To>A</To></Payment><Payment><To>B</To></Payment></Batch>";
  CHECK(all(*opened(xml, Format::xml)) == want);
}

TEST_CASE("an element without elements is set aside and the rest goes on")
{
  const auto seen = all(*opened(kXml, Format::xml));
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].ends_with("malformed"));
  CHECK(seen[2] == R"({"To":"B"})");
}

TEST_CASE("XML that breaks off is an error after what came before it")
{
  const auto seen = all(*opened(kXml.substr(0, 60), Format::xml));
  CHECK(seen.front() == R"({"To":"A"})");
  CHECK(seen.back() == "XML line 1: unclosed token");
}

TEST_CASE("a reader of XML can be taken where another stood")
{
  auto first = opened(kXml, Format::xml);
  REQUIRE(first->next());
  REQUIRE(first->next());
  auto second = opened(kXml, Format::xml);
  REQUIRE(second->skip_to(first->offset()));
  CHECK(all(*second) == std::vector<std::string>{R"({"To":"B"})"});
  CHECK_FALSE(opened(kXml, Format::xml)->skip_to(1'000));
}
