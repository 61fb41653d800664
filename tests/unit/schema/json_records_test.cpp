// Records handed out one by one from inside a document.
#include "schema/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace gramsetu;
using namespace gramsetu::schema;

namespace {

// "1 | 2 | rest", or the error.
std::string read(std::string_view json, std::string_view pointer, const JsonLimits& limits = {})
{
  std::string seen;
  const auto rest = parse_json_records(
      json, pointer,
      [&](Value record) -> Result<void> {
        seen += to_json(record) + " | ";
        return {};
      },
      limits);
  return rest ? seen + to_json(*rest) : seen + "error: " + rest.error().what;
}

} // namespace

TEST_CASE("each record of the array is handed over and the rest comes back with the array empty")
{
  CHECK(read(R"({"response":{"count":2,"vouchers":[{"id":1},{"id":2}],"x":[9]},"s":"ok"})",
             "/response/vouchers") ==
        R"({"id":1} | {"id":2} | {"response":{"count":2,"vouchers":[],"x":[9]},"s":"ok"})");
  CHECK(read(R"([{"id":1},[2],3])", "") == R"({"id":1} | [2] | 3 | [])");
  CHECK(read(R"({"a":[]})", "/a") == R"({"a":[]})");
  CHECK(read(R"({"a":[{"r":[7]}]})", "a/0/r") == R"(7 | {"a":[{"r":[]}]})");
  CHECK(read(R"({"a":[{"r":[6]},{"r":[7]}]})", "a/1/r") == R"(7 | {"a":[{"r":[6]},{"r":[]}]})");
  CHECK(read(R"({"a/b":[1]})", "/a~1b") == R"(1 | {"a/b":[]})");
}

TEST_CASE("a namesake elsewhere is not taken for the records")
{
  CHECK(read(R"({"x":{"list":[1]},"list":[{"list":[2]}]})", "/list") ==
        R"({"list":[2]} | {"x":{"list":[1]},"list":[]})");
  CHECK(read(R"({"b":{"r":[1]},"a":{"r":[2]}})", "/a/r") == R"(2 | {"b":{"r":[1]},"a":{"r":[]}})");
}

TEST_CASE("a single object counts as one record and null as none")
{
  CHECK(read(R"({"r":{"id":{"x":1}}})", "/r") == R"({"id":{"x":1}} | {"r":[]})");
  CHECK(read(R"({"r":null})", "/r") == R"({"r":[]})");
  CHECK(read(R"({"id":1})", "") == R"({"id":1} | [])");
  CHECK(read("null", "") == "[]");
}

TEST_CASE("records that are missing or of the wrong kind are an error, never an empty page")
{
  CHECK(read(R"({"status":"error"})", "/response/vouchers") ==
        "error: there are no records at '/response/vouchers'");
  CHECK(read(R"({"r":"none"})", "/r") ==
        "error: not JSON at byte 11: the records are a text, not a list");
  CHECK(read("[1,2", "").find("1 | 2 | error: not JSON at byte 4") == 0);
  CHECK(read("[]", "/a~2") == "error: '/a~2' is not a JSON Pointer");
}

TEST_CASE("the limit on values counts what is held at once")
{
  std::string json = "[";
  for (int i = 0; i < 1000; ++i)
    json += fmt::format("{}[1,2,3]", i == 0 ? "" : ",");
  json += "]";
  CHECK(read(json, "", {.nodes = 10}).find("error") == std::string::npos);
  CHECK(read("[[1,2,3,4,5,6,7,8,9,10]]", "", {.nodes = 10}).find("error") != std::string::npos);
}

TEST_CASE("what the receiver says ends the reading with its own error")
{
  int seen = 0;
  const auto rest = parse_json_records("[1,2,3]", "", [&](Value) -> Result<void> {
    if (++seen == 2) return fail(ErrorKind::cancelled, "stop");
    return {};
  });
  REQUIRE_FALSE(rest);
  CHECK(rest.error().kind == ErrorKind::cancelled);
  CHECK(rest.error().what == "stop");
  CHECK(seen == 2);
}
