// What a record's envelope says.
#include <doctest/doctest.h>

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"

using namespace gramsetu;
using namespace gramsetu::connectors;

namespace {

schema::Value json(std::string_view text)
{
  auto value = schema::parse_json(text);
  REQUIRE(value);
  return *value;
}

Stream stream()
{
  Stream made;
  made.id_pointer = "/id";
  made.version_pointer = "/row/version";
  made.deletes = Deletes::marker;
  made.deleted_pointer = "/gone";
  made.modified_pointer = "/at";
  made.cursor_pointer = "/at";
  made.cursor_type = "timestamp";
  return made;
}

} // namespace

TEST_CASE("identity, version, deletion and time are read by the stream's pointers")
{
  const auto record = extract(stream(), json(R"({"id": 7, "row": {"version": 12}, "gone": "Y",
                                                 "at": "2026-11-23T10:00:00+05:30"})"));
  CHECK(record.remote_id == "7");
  CHECK(record.version == "12");
  CHECK(record.deleted);
  REQUIRE(record.modified);
  CHECK(to_rfc3339(*record.modified) == "2026-11-23T04:30:00.000Z");
  CHECK(record.body.object().size() == 4);
}

TEST_CASE("an envelope that cannot be read leaves the record alone")
{
  const auto record = extract(stream(), json(R"({"id": [], "gone": null, "at": "yesterday"})"));
  CHECK(record.remote_id.empty());
  CHECK(record.version.empty());
  CHECK_FALSE(record.deleted);
  CHECK_FALSE(record.modified);
  CHECK(extract(stream(), json("{}")).remote_id.empty());
}

TEST_CASE("a deletion is what the stream says it is")
{
  const auto deleted = [](const char* text) { return extract(stream(), json(text)).deleted; };
  CHECK(deleted(R"({"gone": true})"));
  CHECK(deleted(R"({"gone": 1})"));
  CHECK_FALSE(deleted(R"({"gone": "N"})"));
  CHECK_FALSE(deleted(R"({"gone": false})"));
  auto any = stream();
  any.deleted_values.clear();
  CHECK(extract(any, json(R"({"gone": "2026-01-01T00:00:00Z"})")).deleted);
  CHECK_FALSE(extract(any, json(R"({"gone": null})")).deleted);
  CHECK_FALSE(extract(any, json(R"({"gone": false})")).deleted);
  auto snapshot = stream();
  snapshot.deletes = Deletes::snapshot;
  CHECK_FALSE(extract(snapshot, json(R"({"gone": true})")).deleted);
}

TEST_CASE("a time without a zone is only read when the stream names one")
{
  auto local = stream();
  local.modified_format = "dd/MM/yyyy HH:mm:ss";
  const auto body = json(R"({"at": "23/11/2026 10:00:00"})");
  CHECK_FALSE(extract(local, body).modified);
  local.modified_zone = std::chrono::minutes(330);
  REQUIRE(extract(local, body).modified);
  CHECK(to_rfc3339(*extract(local, body).modified) == "2026-11-23T04:30:00.000Z");
}

TEST_CASE("a cursor rises by what it counts")
{
  const auto highest = [](const std::string& type, std::vector<std::string> values) {
    auto counted = stream();
    counted.cursor_type = type;
    std::string cursor;
    for (const auto& value : values)
      raise_cursor(counted, json(R"({"at": )" + value + "}"), cursor);
    return cursor;
  };
  CHECK(highest("integer", {"9", "100", "20", "null"}) == "100");
  CHECK(highest("text", {R"("9")", R"("100")"}) == "9");
  CHECK(highest("timestamp", {R"("2026-11-23T10:00:00+05:30")", R"("2026-11-23T05:00:00Z")",
                              R"("2026-11-23T10:15:00+05:30")"}) == "2026-11-23T05:00:00Z");
}
