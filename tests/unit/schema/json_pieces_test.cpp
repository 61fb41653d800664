// Cutting JSON into records without reading it.
#include "schema/json_pieces.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

#include <fmt/ranges.h>

#include <random>

using namespace gramsetu::schema;

namespace {

std::string cut(std::string_view text, std::string_view records)
{
  const auto pieces = cut_json(text, records);
  if (!pieces) return "not cut";
  return fmt::format("{} in {}", fmt::join(pieces->records, " and "), pieces->rest);
}

std::string picked(const std::vector<std::string>& pointers, std::string_view object)
{
  std::vector<std::string_view> found;
  if (!JsonPicks(pointers).pick(object, found)) return "not told";
  return fmt::format("{}", fmt::join(found, "|"));
}

} // namespace

TEST_CASE("a text is cut into its records and the rest")
{
  CHECK(cut(R"({"n":2,"data":{"rows":[{"a":1}, {"b":"]}\""}],"x":[]},"z":[{}]})", "/data/rows") ==
        R"({"a":1} and {"b":"]}\""} in {"n":2,"data":{"rows":[],"x":[]},"z":[{}]})");
  CHECK(cut(" [ {\"a\":[{}]} ,{} ] ", "") == "{\"a\":[{}]} and {} in  [] ");
}

TEST_CASE("what is not plainly a list of objects is not cut")
{
  for (const auto* text :
       {"", "[", "[]", "[1]", "[{}", "[{},", "[{},]", "[{} {}]", "[{} 1]", "[1{}]", "{}",
        R"({"rows":[{}]})", R"({"rows":null})", R"([{"a":"])", R"([{"a":"\)"})
    CHECK_MESSAGE(cut(text, "") == "not cut", text);
  CHECK(cut(R"({"rows":[{}]})", "/other") == "not cut");
  CHECK(cut(R"({"a/b":[{}]})", "/a~1b") == "not cut");
  CHECK(cut(R"({"r\u006fws":[{}],"rows":[{}]})", "/rows") == "not cut"); // which of them is meant?
}

TEST_CASE("single values are picked from a record")
{
  const std::string object =
      R"({"id":"17","place":{"code":245101,"name":"Å"},"list":[{"id":"9"}],"flag":true,"no":null})";
  CHECK(picked({"/id", "/place/code", "/flag", "/no", "/missing", "/place/none"}, object) ==
        "17|245101|true|||");
  CHECK(picked({"/place/code"}, R"({"place":null})").empty());
  for (const auto* other : {R"({"id":"a\u0062"})", R"({"id":{}})", R"({"id":[1]})",
                            R"({"\u0069d":"1"})", R"({"id":"a" "b"})", R"({"o":{} 5,"id":"1"})",
                            R"({"o":5 {},"id":"1"})", R"({"id":1 2})", "[]", ""})
    CHECK_MESSAGE(picked({"/id"}, other) == "not told", other);
  CHECK(picked({"/id/below"}, R"({"id":"text"})") == "not told");
  CHECK(picked({""}, object) == "not told");
}

TEST_CASE("what stands behind the last of the picks is not looked at, for no name can stand twice")
{
  for (const auto* object : {R"({"id":"1","id":"2"})", R"({"id":"1")", R"({"id":"1",})"}) {
    CHECK(picked({"/id"}, object) == "1");
    CHECK_FALSE(parse_json(object)); // so nobody can know these bytes
  }
}

// Whatever the bytes are: what is cut is within the text, and pieces that can be read make what the whole makes.
TEST_CASE("cutting agrees with reading, for any damage to a page")
{
  const std::string page = R"({"total":3,"rows":[{"id":"1","t":"a\"b"},)"
                           R"({"id":"2","o":{"x":[1,{"y":"}"}]}},{"id":"3"}],"e":1})";
  std::mt19937 random(7);
  std::size_t agreed = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto text = page;
    for (auto n = random() % 3; n > 0; --n)
      text[random() % text.size()] = "{}[]\",:\\1 a"[random() % 11];
    const auto pieces = cut_json(text, "/rows");
    std::vector<std::string> whole;
    const auto rest = parse_json_records(text, "/rows", [&](Value value) -> gramsetu::Result<void> {
      whole.push_back(to_json(value));
      return {};
    });
    if (!pieces) continue;
    std::vector<std::string> parts;
    bool readable = parse_json(pieces->rest).has_value();
    for (const auto piece : pieces->records) {
      const auto value = parse_json(piece);
      readable = readable && value;
      if (value) parts.push_back(to_json(*value));
    }
    if (!readable) continue;
    REQUIRE_MESSAGE(rest, text);
    REQUIRE_MESSAGE(parts == whole, text);
    ++agreed;
  }
  CHECK(agreed > 5'000);
}
