// Documents and records before they are stored.
#include "schema/ingest.hpp"

#include "schema/json.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace gramsetu::schema;

namespace {

constexpr const char* kRequest = R"(
entity: request
title: Request
key: [number]
authority: [local]
fields:
  number: { type: text, privacy: official }
  remarks: { type: text, privacy: personal }
  office: { type: text, privacy: official }
  account: { type: text, privacy: financial }
  amount: { type: money, privacy: official }
  count: { type: integer, privacy: official }
  form: { type: object, privacy: personal }
  aadhaar: { type: text, privacy: forbidden }
  card: { type: text, privacy: forbidden }
)";

constexpr const char* kMapping = R"(fields:
  number: id
  remarks: remarks
  office: office
  account: acct
  amount: { from: amount, as: paise }
  count: count
  form: form
  aadhaar: f17
  card: card
)";

struct Made {
  std::vector<Finding> findings;
  Entities entities;
  std::unique_ptr<Mapping> mapping;

  explicit Made(const std::string& entity = kRequest)
  {
    entities.add(parse_document(entity, "request.yaml", findings), findings);
    const auto* kind = entities.find("request");
    if (!kind) return;
    const auto document = parse_document(kMapping, "m.yaml", findings);
    mapping = Mapping::compile(*kind, *document.find("fields"), findings);
  }
  const Entity& kind() const { return *entities.find("request"); }
};

const Made& made()
{
  static const Made kMade;
  return kMade;
}

struct After {
  std::string json, pointers;
  bool in_key = false;
};

After masked(const std::string& json)
{
  for (const auto& finding : made().findings)
    FAIL_CHECK(to_text(finding));
  REQUIRE(made().mapping);
  auto document = parse_json(json).value();
  const auto done = Ingest(made().kind(), *made().mapping, {"/rev"}).mask(document);
  std::string pointers;
  for (const auto& pointer : done.pointers)
    pointers += pointer + " ";
  return {to_json(document), pointers, done.in_key};
}

void stays(const std::string& json)
{
  CAPTURE(json);
  const auto after = masked(json);
  CHECK(after.json == json);
  CHECK(after.pointers.empty());
}

} // namespace

TEST_CASE("a number in a person's text, or that is called one, is masked; its place is told")
{
  auto after = masked(R"({"id":"1","remarks":"234567890124","office":"Aadhaar 234567890124"})");
  CHECK(after.json == R"({"id":"1","remarks":"XXXX-XXXX-0124","office":"Aadhaar XXXX-XXXX-0124"})");
  CHECK(after.pointers == "/remarks /office ");
  // What no mapping reads is kept, and masked too: by name as a number, by its label, in lists, as a name.
  after = masked(R"({"id":"1","uid":234567890124,"answers":["234567890124"],)"
                 R"("papers":[{"idType":"Aadhaar","idNumber":"234567890124"}],)"
                 R"("aadhaar_of":{"234567890124":"x"}})");
  CHECK(after.json == R"({"id":"1","uid":"XXXX-XXXX-0124","answers":["XXXX-XXXX-0124"],)"
                      R"("papers":[{"idType":"Aadhaar","idNumber":"XXXX-XXXX-0124"}],)"
                      R"("aadhaar_of":{"XXXX-XXXX-0124":"x"}})");
  CHECK(after.pointers == "/uid /answers/* /papers/*/idNumber /aadhaar_of/XXXX-XXXX-0124 ");
  after = masked(R"({"id":"1","form":{"aadhaarNo":"499118665246"}})");
  CHECK(after.json == R"({"id":"1","form":{"aadhaarNo":"XXXX-XXXX-5246"}})");
}

TEST_CASE("keys, money, accounts, official texts and numbers of other names stay whole")
{
  stays(R"({"id":"234567890124","rev":"234567890124"})");
  stays(R"({"id":"1","office":"234567890124","acct":"234567890124"})");
  stays(R"({"id":"1","amount":234567890124,"count":234567890124,"when":234567890124})");
  stays(R"({"id":"1","voucherNo":"234567890124","phone":"234567890124"})");
  stays(R"({"id":"1","facts":[{"label":"Bank account","value":"234567890124"}]})");
  stays(R"({"id":"1","remarks":"bank account 234567890124"})");
}

TEST_CASE("a record whose key would be such a number is told of")
{
  CHECK_FALSE(masked(R"({"id":"234567890124"})").in_key);
  std::string entity = kRequest;
  for (auto at = entity.find("number"); at != entity.npos; at = entity.find("number", at + 11))
    entity.replace(at, 6, "aadhaar_key");
  Made keyed(entity);
  REQUIRE(keyed.entities.find("request"));
  std::vector<Finding> findings;
  const auto fields = parse_document("fields: { aadhaar_key: id }", "m.yaml", findings);
  const auto mapping = Mapping::compile(keyed.kind(), *fields.find("fields"), findings);
  REQUIRE(mapping);
  auto document = parse_json(R"({"id":"234567890124"})").value();
  CHECK(Ingest(keyed.kind(), *mapping, {}).mask(document).in_key);
}

TEST_CASE("of a field that is forbidden no more than its last four characters is kept")
{
  const auto after = masked(R"({"id":"1","f17":"123456789010","card":"ABCD12345678"})");
  CHECK(after.json == R"({"id":"1","f17":"XXXX-XXXX-9010","card":"XXXX5678"})");
  CHECK(after.pointers == "/f17 /card ");
  auto document = parse_json(after.json).value();
  auto staged = made().mapping->to_record(document);
  CHECK(staged.problems.empty());
  CHECK(check_record(made().kind(), staged.record).empty());
  const auto& fields = made().kind().fields;
  CHECK(is_withheld(fields[8], staged.record.fields[8]));
  CHECK_FALSE(is_withheld(fields[8], Value(Null{})));
  CHECK_FALSE(is_withheld(fields[1], Value("plain")));
  // The same is refused where nobody masked it.
  staged.record.fields[7] = "123456789010";
  CHECK(check_record(made().kind(), staged.record).front().code == "forbidden");
}

TEST_CASE("what is entered at the hub is masked as what an endpoint sends")
{
  Record record(made().kind());
  record.fields[0] = "234567890124";
  record.fields[1] = "Aadhaar 2345 6789 0124";
  record.fields[8] = "9876543210";
  CHECK(mask_record(made().kind(), record) == std::vector<std::string>{"remarks", "card"});
  CHECK(record.fields[0].text() == "234567890124");
  CHECK(record.fields[1].text() == "Aadhaar XXXX-XXXX-0124");
  CHECK(mask_record(made().kind(), record).empty());
}

TEST_CASE("what is masked can be no key")
{
  std::string text = kRequest;
  const std::string open = "number: { type: text, privacy: official }";
  text.replace(text.find(open), open.size(), "number: { type: text, privacy: forbidden }");
  std::string said;
  for (const auto& finding : Made(text).findings)
    said += to_text(finding);
  CHECK(said.find("key field 'number' is forbidden, so that it is masked") != std::string::npos);
}
