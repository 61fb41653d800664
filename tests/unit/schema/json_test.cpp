// JSON in and out: exact, closed to everything that is not JSON.
#include "schema/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

using namespace gramsetu;
using namespace gramsetu::schema;

namespace {

std::string again(std::string_view json)
{
  const auto value = parse_json(json);
  return value ? to_json(*value) : "error: " + value.error().what;
}

std::string problem(std::string_view json, const JsonLimits& limits = {})
{
  const auto value = parse_json(json, limits);
  return value ? "none" : value.error().what;
}

std::string repeated(std::string_view part, std::size_t times)
{
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += part;
  return text;
}

// A tree from a seed: every kind, awkward texts, limited depth.
Value random_value(std::mt19937_64& random, int depth)
{
  static const std::vector<std::string> kTexts = {"",
                                                  "plain",
                                                  std::string("nul\0inside", 10),
                                                  "quote\" back\\ slash/",
                                                  "\x01\x1f\x7f\n\t",
                                                  "\xE0\xA4\x97\xE0\xA5\x9C",
                                                  "\xF0\x9F\x8C\xBE"};
  switch (random() % (depth > 0 ? 8 : 6)) {
  case 0: return Null{};
  case 1: return random() % 2 == 0;
  case 2: return static_cast<std::int64_t>(random());
  case 3: return Number{fmt::format("{}.{:03}0", random() % 1000, random() % 1000)};
  case 4:
  case 5: return kTexts[random() % kTexts.size()];
  case 6: {
    List list;
    for (std::size_t i = random() % 5; i > 0; --i)
      list.push_back(random_value(random, depth - 1));
    return list;
  }
  default: {
    Object object;
    for (std::size_t i = random() % 40; i > 0; --i)
      object.append(fmt::format("k{}", i), random_value(random, depth - 1));
    return object;
  }
  }
}

} // namespace

TEST_CASE("numbers keep their digits")
{
  for (const char* same :
       {"0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "18446744073709551616", "123456789012345678901234567890", "0.10", "1.50", "-0", "-0.0",
        "99999999999999999.99", "1e3", "1E+3", "1e-400", "0.1e5"})
    CHECK(again(same) == same);
  CHECK(parse_json("9223372036854775807")->is_integer());
  CHECK(parse_json("9223372036854775808")->kind() == Value::Kind::number);
  CHECK(parse_json("-0")->kind() == Value::Kind::number);
  CHECK(parse_json("0.10")->literal() == "0.10");
  CHECK(problem("[1E400]").find("not JSON at byte 1: Number too big") == 0);
}

TEST_CASE("what is not JSON is refused with its place")
{
  CHECK(problem("{\"a\":1,}") == "not JSON at byte 7: Missing a name for object member");
  CHECK(problem("[1,2") == "not JSON at byte 4: Missing a comma or ']' after an array element");
  for (const char* bad : {"",
                          " ",
                          "{",
                          "[1]x",
                          "[1][2]",
                          "{} {}",
                          "01",
                          "+1",
                          "1.",
                          ".5",
                          "NaN",
                          "Infinity",
                          "1_000",
                          "[1,]",
                          "{'a':1}",
                          "{a:1}",
                          "/* c */ 1",
                          "1 // c",
                          "\"\\ud800\"",
                          "\"\\x41\"",
                          "\"a\nb\"",
                          "tru",
                          "nul",
                          "\xFE\xFF",
                          "\xEF\xBB\xBF",
                          "\xE0\xA5\xA7",
                          "\"\xC0\xAF\"",
                          "\"\xED\xA0\x80\"",
                          "\"\xFF\""})
    CHECK_MESSAGE(problem(bad).find("not JSON at byte") == 0, bad);
  CHECK(problem(std::string("{}\0{}", 5)) == "not JSON at byte 2: a NUL byte");
  CHECK(problem("[\"good\", \"\xC3\x28\"]") == "not JSON at byte 10: the bytes are not UTF-8");
}

TEST_CASE("a byte order mark at the start is passed over and counted")
{
  CHECK(again("\xEF\xBB\xBF{\"a\":1}") == "{\"a\":1}");
  CHECK(problem("\xEF\xBB\xBF[}").find("byte 4:") != std::string::npos);
}

TEST_CASE("a name that stands twice in one object is refused")
{
  CHECK(problem("{\"amount\":1,\"amount\":2}").find("the name 'amount' stands twice") !=
        std::string::npos);
  CHECK(problem("{\"a\":{\"a\":1},\"b\":{\"a\":1}}") == "none");
  std::string wide = "{";
  for (int i = 0; i < 500; ++i)
    wide += fmt::format("\"k{}\":1,", i);
  CHECK(problem(wide + "\"z\":1}") == "none");
  CHECK(problem(wide + "\"k3\":1}").find("'k3' stands twice") != std::string::npos);
  CHECK(problem(wide + "\"k499\":1}").find("'k499' stands twice") != std::string::npos);
  CHECK(problem("{\"\":1,\"\":2}").find("stands twice") != std::string::npos);
}

TEST_CASE("an object is handed over member by member, and a refusal ends it")
{
  std::string seen;
  const auto take = [&](std::string_view name, Value value) -> Result<void> {
    if (name == "no") return fail(ErrorKind::invalid, "not that one");
    seen += std::string(name) + "=" + to_json(value) + " ";
    return {};
  };
  CHECK(parse_json_members(R"({"a":1.50,"b":{"c":[1,{"d":2}]},"a":null})", take));
  CHECK(seen == R"(a=1.50 b={"c":[1,{"d":2}]} a=null )");
  seen.clear();
  CHECK(parse_json_members("{}", take));
  CHECK(seen.empty());
  const auto refused = parse_json_members(R"({"a":1,"no":2,"b":3})", take);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what == "not that one");
  CHECK(seen == "a=1 ");
  for (const std::string text : {"", "[]", "7", R"({"a":1)", R"({"b":{"c":1,"c":2}})"})
    CHECK_FALSE(parse_json_members(text, take));
}

TEST_CASE("bounds hold on depth, values and text")
{
  CHECK(problem(repeated("[", 32) + repeated("]", 32)) == "none");
  CHECK(problem(repeated("[", 33)).find("nested deeper than 32") != std::string::npos);
  CHECK(problem(repeated("[", 1'000'000)).find("nested deeper") != std::string::npos);
  CHECK(problem(repeated("{\"a\":", 1'000'000)).find("nested deeper") != std::string::npos);
  CHECK(problem("[1,2,3]", {.nodes = 3}).find("more than 3 values") != std::string::npos);
  CHECK(problem("[1,2]", {.nodes = 3}) == "none");
  CHECK(problem("\"12345\"", {.text = 4}).find("too long") != std::string::npos);
  CHECK(problem("{\"12345\":1}", {.text = 4}).find("too long") != std::string::npos);
  CHECK(problem("12345.0", {.text = 4}).find("too long") != std::string::npos);
}

TEST_CASE("a NUL inside a string survives there and back")
{
  const auto value = parse_json(R"({"x\u0000y":"a\u0000b"})");
  REQUIRE(value);
  CHECK(value->object().members()[0].name.size() == 3);
  CHECK(value->object().members()[0].value.text() == std::string("a\0b", 3));
  CHECK(to_json(*value) == R"({"x\u0000y":"a\u0000b"})");
}

TEST_CASE("absent members are left out, and absent items are null")
{
  Object object;
  object.append("a", Value());
  object.append("b", List{Value(), 1});
  CHECK(to_json(object) == R"({"b":[null,1]})");
  CHECK(to_json(Value()) == "null");
}

TEST_CASE("pretty JSON reads back as the same value")
{
  const auto value = parse_json(R"({"a":[1,{"b":[]}],"c":{}})");
  REQUIRE(value);
  CHECK(to_pretty_json(*value) ==
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
  CHECK(*parse_json(to_pretty_json(*value)) == *value);
}

TEST_CASE("any value comes back equal from its own JSON")
{
  std::mt19937_64 random(20261124);
  for (int i = 0; i < 500; ++i) {
    const Value value = random_value(random, 4);
    const std::string json = to_json(value);
    const auto back = parse_json(json);
    REQUIRE_MESSAGE(back, json);
    CHECK(*back == value);
    CHECK(to_json(*back) == json);
    CHECK(*parse_json(to_pretty_json(value)) == value);
  }
}

TEST_CASE("JSON cut at any byte is refused, and never a shorter document")
{
  const std::string whole = R"({"response":{"vouchers":[{"a":"1,25,000.50"},{"b":[1,2.5,null]}]}})";
  REQUIRE(parse_json(whole));
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    CHECK_FALSE(parse_json(std::string_view(whole).substr(0, cut)));
}

TEST_CASE("UTF-8 is what RFC 3629 says")
{
  for (const char* good : {"", "ascii", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(is_utf8(good));
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC2", "\xE0\xA4", "\xF0\x9F\x8C", "12345678\xFF"})
    CHECK_FALSE(is_utf8(bad));
  CHECK(valid_utf8_prefix("12345678ab\xFFzz") == 10);
}
