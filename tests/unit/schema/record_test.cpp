// Records: key, JSON and back, and what a canonical record must satisfy.
#include "schema/record.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::schema;

namespace {

const std::string kEntity = R"(entity: thing
key: [code, name, part]
authority: [local]
fields:
  code: { type: code, of: village, privacy: open }
  name: { type: text, max_length: 5, privacy: open }
  part: { type: text, key_part: optional, privacy: open }
  count: { type: integer, privacy: open }
  amount: { type: money, privacy: open, required: true }
  share: { type: decimal, privacy: open }
  flag: { type: boolean, privacy: open }
  day: { type: date, privacy: open }
  at: { type: timestamp, privacy: open }
  year: { type: financial_year, privacy: open }
  state: { type: state, choices: [draft, paid], privacy: open }
  phone: { type: enumeration, choices: [none], privacy: personal }
  lines: { type: list, list_key: n, privacy: open }
  more: { type: object, privacy: open }
  aadhaar: { type: text, privacy: forbidden }
)";

struct World {
  World()
  {
    std::vector<Finding> findings;
    entities.add(parse_document(kEntity, "thing.yaml", findings), findings);
    REQUIRE(findings.empty());
    entity = entities.find("thing");
    record = Record(*entity);
    set("code", "245101");
    set("name", "Patel");
    set("amount", 12'500);
  }

  Value& field(const std::string& name) { return record.fields[*entity->index_of(name)]; }
  void set(const std::string& name, Value value) { field(name) = std::move(value); }

  // "pointer code" of each problem.
  std::vector<std::string> problems() const
  {
    std::vector<std::string> lines;
    for (const auto& problem : check_record(*entity, record))
      lines.push_back(problem.pointer + " " + problem.code);
    return lines;
  }

  // The only problem when `name` holds `value`.
  std::string problem_with(const std::string& name, Value value)
  {
    const Value before = field(name);
    set(name, std::move(value));
    const auto lines = problems();
    set(name, before);
    return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " problems";
  }

  Entities entities;
  const Entity* entity = nullptr;
  Record record;
};

Value json(std::string_view text)
{
  auto value = parse_json(text);
  REQUIRE(value);
  return *value;
}

} // namespace

TEST_CASE_FIXTURE(World, "a key is its parts joined, and says which part is empty")
{
  CHECK(key_of(*entity, record).value() == "245101/Patel");
  set("part", "a/b~c");
  CHECK(key_of(*entity, record).value() == "245101/Patel/a~1b~0c");
  set("name", "  ");
  const auto refused = key_of(*entity, record);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::invalid);
  CHECK(refused.error().what == "key field 'name' of thing is empty");
}

TEST_CASE("a key of one field is that field, as people type it")
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document("entity: letter\nkey: [number]\nauthority: [local]\nfields:\n"
                              "  number: { type: text, privacy: open }\n",
                              "letter.yaml", findings),
               findings);
  const auto* letter = entities.find("letter");
  Record record(*letter);
  record.fields[0] = Value("WB/309/~7");
  CHECK(key_of(*letter, record).value() == "WB/309/~7");
}

TEST_CASE_FIXTURE(World, "two encodings of one letter make one key")
{
  set("name", "\u0958");
  const auto composed = key_of(*entity, record).value();
  set("name", "\u0915\u093C");
  CHECK(key_of(*entity, record).value() == composed);
}

TEST_CASE_FIXTURE(World, "a record goes through JSON unchanged, byte for byte")
{
  set("name", "\u0958\u200D");
  set("count", Value(Null{}));
  set("share", "-12.5");
  set("flag", false);
  set("lines", json(R"([{"n":1,"x":[1.50]}])"));
  set("more", json(R"({"a":{"b":null}})"));
  const auto text = encode_record(*entity, record);
  CHECK(text == "{\"code\":\"245101\",\"name\":\"\u0958\u200D\",\"count\":null,\"amount\":12500,"
                "\"share\":\"-12.5\",\"flag\":false,\"lines\":[{\"n\":1,\"x\":[1.50]}],"
                "\"more\":{\"a\":{\"b\":null}}}");
  CHECK(decode_record(*entity, text).value() == record);
}

TEST_CASE_FIXTURE(World,
                  "what is stored wrongly is corrupt, what the entity has no more is passed over")
{
  CHECK(decode_record(*entity, R"({"gone":1,"name":"x"})").value().fields[1] == Value("x"));
  for (const std::string text :
       {"", "[]", "{\"count\":\"1\"}", "{\"count\":1.5}", "{\"name\":1}", "{\"lines\":{}}",
        "{\"flag\":\"true\"}", "{\"name\":\"x\"", "{\"name\":\"x\",\"name\":\"y\"}"}) {
    const auto refused = decode_record(*entity, text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::corrupt);
  }
}

TEST_CASE_FIXTURE(World, "a good record has no problems")
{
  CHECK(problems().empty());
  set("share", "0.5");
  set("day", "2024-02-29");
  set("at", "2026-11-23T04:30:00.000Z");
  set("year", 2025);
  set("state", "paid");
  set("lines", json(R"([{"n":1},{"n":2}])"));
  set("count", Value(Null{}));
  CHECK(problems().empty());
}

TEST_CASE_FIXTURE(World, "each kind of bad value has its code and its pointer")
{
  CHECK(problem_with("code", "0309") == "/code bad_code");
  CHECK(problem_with("code", 309) == "/code wrong_type");
  CHECK(problem_with("name", "123456") == "/name too_long");
  CHECK(problem_with("name", "\u0915\u0916\u0917\u0918\u0919\u091A") == "/name too_long");
  CHECK(problem_with("name", "a\xFD") == "/name bad_encoding");
  CHECK(problem_with("name", "a\nb") == "/name bad_key");
  CHECK(problem_with("name", Value(Null{})) == "/name missing");
  CHECK(problem_with("count", "12") == "/count wrong_type");
  CHECK(problem_with("count", Number{"12.0"}) == "/count wrong_type");
  CHECK(problem_with("amount", Value()) == "/amount missing");
  CHECK(problem_with("amount", Number{"12.50"}) == "/amount wrong_type");
  CHECK(problem_with("share", "12.50") == "/share bad_decimal");
  CHECK(problem_with("flag", "true") == "/flag wrong_type");
  CHECK(problem_with("day", "2023-02-29") == "/day bad_date");
  CHECK(problem_with("day", "23/11/2026") == "/day bad_date");
  CHECK(problem_with("at", "2026-11-23T10:00:00.000+05:30") == "/at bad_timestamp");
  CHECK(problem_with("at", "2026-11-23T24:00:00.000Z") == "/at bad_timestamp");
  CHECK(problem_with("year", 25) == "/year bad_year");
  CHECK(problem_with("state", "payd") == "/state unknown_choice");
  CHECK(problem_with("lines", json("{}")) == "/lines wrong_type");
  CHECK(problem_with("lines", json("[{}]")) == "/lines bad_list");
  CHECK(problem_with("lines", json(R"([{"n":1},{"n":1}])")) == "/lines bad_list");
  CHECK(problem_with("more", Value("x")) == "/more wrong_type");
  CHECK(problem_with("aadhaar", "x") == "/aadhaar forbidden");
}

TEST_CASE_FIXTURE(World, "five letters are five letters in every script")
{
  set("name", "\u0915\u0916\u0917\u0918\u0919");
  CHECK(problems().empty());
}

TEST_CASE_FIXTURE(World, "a problem with a personal value does not quote it")
{
  set("phone", "9876543210");
  set("state", "secretless");
  const auto found = check_record(*entity, record);
  REQUIRE(found.size() == 2);
  CHECK(found[0].text == "state 'secretless' is none of: draft, paid");
  CHECK(found[1].text == "phone is none of: none");
}

TEST_CASE_FIXTURE(World,
                  "what a person gives of a record is checked, and what is missing stays absent")
{
  const auto good = read_fields(*entity, json(R"({"code":"1","name":"a","amount":5})"));
  REQUIRE(good);
  CHECK(key_of(*entity, *good).value() == "1/a");
  const auto some = read_fields(*entity, json(R"({"amount":5})"));
  REQUIRE(some);
  CHECK(some->fields[*entity->index_of("code")].is_absent());
  const auto bad = read_fields(*entity, json(R"({"code":"1","nmae":"a","amount":"5"})"));
  REQUIRE_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::invalid);
  CHECK(bad.error().what ==
        "thing has no field 'nmae'; did you mean 'name'?; amount is text, not money");
  CHECK_FALSE(read_fields(*entity, json("[]")));
}
