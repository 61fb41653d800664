// Shapes and parameters: what they take, what they say is wrong, and how a client reads them.
#include "daemon/api/parameters.hpp"
#include "daemon/api/shape.hpp"
#include "schema/json.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::api;

namespace {

std::string misfit(std::string_view shape, std::string_view json)
{
  const auto fits = Shape::of(shape).fits(*schema::parse_json(std::string(json)));
  return fits ? "" : fits.error().what;
}

std::string schema_of(std::string_view shape)
{
  return schema::to_json(Shape::of(shape).json_schema());
}

} // namespace

TEST_CASE("a body that is like its shape fits, and the first thing that is not is named")
{
  constexpr auto kShape = "{name, age~: integer, at~: time~, side~: ours|theirs, tags~: [text]}";
  CHECK(misfit(kShape, R"({"name":"a"})").empty());
  CHECK(misfit(kShape, R"({"name":"a","age":3,"at":null,"side":"ours","tags":["x"]})").empty());
  CHECK(misfit(kShape, R"([])") == "the body is an object");
  CHECK(misfit(kShape, R"({"age":3})") == "'name' is missing");
  CHECK(misfit(kShape, R"({"name":1})") == "'name' is a text");
  CHECK(misfit(kShape, R"({"name":null})") == "'name' is a text");
  CHECK(misfit(kShape, R"({"name":"a","age":"3"})") == "'age' is a whole number");
  CHECK(misfit(kShape, R"({"name":"a","age":3.5})") == "'age' is a whole number");
  CHECK(misfit(kShape, R"({"name":"a","side":"both"})") == "'side' is ours or theirs");
  CHECK(misfit(kShape, R"({"name":"a","tags":["x",2]})") == "'tags[1]' is a text");
  CHECK(misfit(kShape, R"({"name":"a","role":"admin"})") ==
        "unknown member 'role'; there are: name, age, at, side, tags");
  CHECK(misfit("{in: {of~: flag}}", R"({"in":{"of":true,"on":1}})") ==
        "unknown member 'in.on'; there is: of");
}

TEST_CASE("a star stands for all other members, and a name for its shape")
{
  CHECK(misfit("{\"*\": integer}", R"({"a":1,"b":2})").empty());
  CHECK(misfit("{\"*\": integer}", R"({"a":1,"b":"2"})") == "'b' is a whole number");
  CHECK(misfit("[Ticket]", R"([{"run":"r","flow":"f","state":"waiting"}])").empty());
  CHECK(misfit("[Ticket]", R"([{"run":"r","flow":"f"}])") == "'[0].state' is missing");
  CHECK(misfit("{run: Run~}", R"({"run":null})").empty());
}

TEST_CASE("a shape as a client reads it")
{
  CHECK(
      schema_of("{name, age~: integer~}") ==
      R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":["integer","null"],)"
      R"("format":"int64"}},"required":["name"],"additionalProperties":false})");
  CHECK(schema_of("{\"*\": any}") ==
        R"({"type":"object","properties":{},"additionalProperties":{}})");
  CHECK(schema_of("[ours|theirs~]") ==
        R"({"type":"array","items":{"enum":["ours","theirs",null]}})");
  CHECK(schema_of("[Run]") == R"({"type":"array","items":{"$ref":"#/components/schemas/Run"}})");
  CHECK(schema_of("Run~") == R"({"anyOf":[{"$ref":"#/components/schemas/Run"},{"type":"null"}]})");
}

TEST_CASE("a query is held to what the route says of it")
{
  const auto known = read_parameters("after:number limit:1000 all:flag side!:hub|endpoint place");
  const auto wrong = [&](std::map<std::string, std::string> query) {
    const auto checked = check_query(known, query, "/x");
    return checked ? std::string() : checked.error().what;
  };
  CHECK(wrong({{"side", "hub"}}).empty());
  CHECK(wrong({{"side", "hub"}, {"after", "0"}, {"limit", "1000"}, {"all", "false"}, {"place", ""}})
            .empty());
  CHECK(wrong({}) == "side is missing");
  CHECK(wrong({{"side", "both"}}) == "side is hub or endpoint, not 'both'");
  CHECK(wrong({{"side", "hub"}, {"after", "-1"}}) == "after is a whole number, not '-1'");
  CHECK(wrong({{"side", "hub"}, {"limit", "1001"}}) == "limit is from 1 to 1000, not '1001'");
  CHECK(wrong({{"side", "hub"}, {"limit", ""}}) == "limit is from 1 to 1000, not ''");
  CHECK(wrong({{"side", "hub"}, {"all", "1"}}) == "all is true or false, not '1'");
  CHECK(wrong({{"side", "hub"}, {"of", "1"}}) ==
        "unknown query parameter 'of'; /x knows: after limit all side place");
}
