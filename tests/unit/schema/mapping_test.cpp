// Remote documents to records, and back.
#include "schema/mapping.hpp"

#include "schema/entity.hpp"
#include "schema/json.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <random>

using namespace gramsetu::schema;

namespace {

const std::string kEntity = R"(entity: voucher
key: [id]
place: body
authority: [central]
fields:
  id: { type: text, max_length: 20, privacy: open }
  body: { type: code, of: local_body, privacy: open }
  amount: { type: money, privacy: open }
  count: { type: integer, privacy: open }
  share: { type: decimal, privacy: open }
  date: { type: date, privacy: open }
  at: { type: timestamp, privacy: open }
  year: { type: financial_year, privacy: open }
  type: { type: enumeration, choices: [receipt, payment], privacy: open }
  closed: { type: boolean, privacy: open }
  phone: { type: text, max_length: 10, privacy: personal }
  payees: { type: list, list_key: line, privacy: open }
  more: { type: object, privacy: open }
)";

const Entity& entity()
{
  static const Entities kEntities = [] {
    std::vector<Finding> findings;
    Entities entities;
    entities.add(parse_document(kEntity, "voucher.yaml", findings), findings);
    REQUIRE(findings.empty());
    return entities;
  }();
  return *kEntities.find("voucher");
}

// Compiles `fields`, with the key unless they map it themselves.
std::unique_ptr<Mapping> compile(std::string fields, std::vector<Finding>& findings)
{
  if (fields.find("id:") == std::string::npos) fields = "id: id\n" + fields;
  return Mapping::compile(entity(), parse_document(fields, "m.yaml", findings), findings);
}

std::unique_ptr<Mapping> mapping(const std::string& fields)
{
  std::vector<Finding> findings;
  auto compiled = compile(fields, findings);
  for (const auto& finding : findings)
    FAIL_CHECK(to_text(finding));
  REQUIRE(compiled);
  return compiled;
}

std::string refusal(const std::string& fields)
{
  std::vector<Finding> findings;
  CHECK_FALSE(compile(fields, findings));
  return findings.size() == 1 ? to_text(findings[0])
                              : std::to_string(findings.size()) + " findings";
}

bool refused_for(const std::string& fields, const std::string& words)
{
  const auto text = refusal(fields);
  INFO(text);
  return text.find(words) != std::string::npos;
}

Value json(std::string_view text)
{
  auto value = parse_json(text);
  REQUIRE(value);
  return *value;
}

// The canonical JSON that `remote` becomes, or "pointer code" of its problems.
std::string read(const Mapping& mapping, const std::string& remote)
{
  const auto staged = mapping.to_record(json(remote));
  std::string problems;
  for (const auto& problem : staged.problems)
    problems += (problems.empty() ? "" : "; ") + problem.pointer + " " + problem.code;
  return problems.empty() ? encode_record(entity(), staged.record) : problems;
}

std::string read(const std::string& fields, const std::string& remote)
{
  return read(*mapping(fields), remote);
}

// There and back.
std::string back(const std::string& fields, const std::string& remote)
{
  const auto compiled = mapping(fields);
  const auto staged = compiled->to_record(json(remote));
  REQUIRE(staged.problems.empty());
  return to_json(compiled->to_remote(staged.record, all_fields(entity())));
}

} // namespace

TEST_CASE("a voucher of a central endpoint reads, and is written as it came")
{
  const std::string fields = R"(
id: voucherId
place: { from: lgd/gpCode, as: lgd.local_body }
amount: { from: amount, as: rupees }
date: { from: voucherDate, format: "dd/MM/yyyy" }
at: { from: modifiedOn, format: "dd/MM/yyyy HH:mm:ss", zone: "+05:30" }
year: { from: finYear, format: 2025-26 }
type: { from: typeCd, values: { R: receipt, P: payment } }
closed: { from: bookClosed, values: { "Y": true, "N": false } }
)";
  const std::string remote =
      R"({"voucherId":"V1","lgd":{"gpCode":"245101"},"amount":"125000.50",)"
      R"("voucherDate":"23/11/2026","modifiedOn":"23/11/2026 10:00:00","finYear":"2026-27",)"
      R"("typeCd":"P","bookClosed":"N"})";
  CHECK(read(fields, remote) ==
        R"({"id":"V1","body":"245101","amount":12500050,"date":"2026-11-23",)"
        R"("at":"2026-11-23T04:30:00.000Z","year":2026,"type":"payment","closed":false})");
  CHECK(back(fields, remote) == remote);
}

TEST_CASE("amounts come in any unit, and never inexactly")
{
  const std::string rupees = "amount: { from: a, as: rupees }";
  CHECK(read(rupees, R"({"id":"1","a":"1,25,000.50"})") == R"({"id":"1","amount":12500050})");
  CHECK(read(rupees, R"({"id":"1","a":0.1})") == R"({"id":"1","amount":10})");
  CHECK(read(rupees, R"({"id":"1","a":-7})") == R"({"id":"1","amount":-700})");
  CHECK(read("amount: { from: a, as: lakh }", R"({"id":"1","a":"1.2345678"})") ==
        R"({"id":"1","amount":12345678})");
  CHECK(read("amount: { from: a, as: paise }", R"({"id":"1","a":5})") ==
        R"({"id":"1","amount":5})");
  CHECK(read("amount: { from: a, as: rupees, unit: Rs. }", R"({"id":"1","a":"Rs. 12"})") ==
        R"({"id":"1","amount":1200})");
  for (const std::string bad : {"\"12.345\"", "12.345", "1e2", "\"1_000\"", "\"NaN\"", "true", "[]",
                                "{}", "\"\u0967\u0966\u0966\"", "\"1,25\"", "\"+5\""}) {
    INFO(bad);
    const auto code = bad == "true" || bad == "[]" || bad == "{}" ? "wrong_type" : "bad_amount";
    CHECK(read(rupees, "{\"id\":\"1\",\"a\":" + bad + "}") == std::string("/a ") + code);
  }
  const auto staged = mapping(rupees)->to_record(json(R"({"id":"1","a":"12.345"})"));
  REQUIRE(staged.problems.size() == 1);
  CHECK(staged.problems[0].text == "amount: amount '12.345' has three decimals; paise allow two");
}

TEST_CASE("a wrong type is a problem, never a guess")
{
  CHECK(read("", R"({"id":true})") == "/id wrong_type");
  CHECK(read("", R"({"id":1.5})") == "/id wrong_type");
  CHECK(read("", R"({"id":["1"]})") == "/id wrong_type");
  CHECK(read("", R"({"id":12})") == R"({"id":"12"})"); // digits are a name
  CHECK(read("", R"({"id":18446744073709551616})") == R"({"id":"18446744073709551616"})");
  CHECK(read("count: n", R"({"id":"1","n":12.0})") == "/n wrong_type");
  CHECK(read("count: n", R"({"id":"1","n":"12"})") == R"({"id":"1","count":12})");
  CHECK(read("count: n", R"({"id":"1","n":"012"})") == "/n wrong_type");
  CHECK(read("count: n", R"({"id":"1","n":99999999999999999999})") == "/n wrong_type");
  CHECK(read("count: n", R"({"id":"1","n":false})") == "/n wrong_type");
  CHECK(read("body: b", R"({"id":"1","b":"0309"})") == R"({"id":"1","body":"309"})");
  CHECK(read("body: b", R"({"id":"1","b":309.0})") == R"({"id":"1","body":"309"})");
  CHECK(read("body: b", R"({"id":"1","b":0})") == "/b bad_code");
  CHECK(read("body: b", R"({"id":"1","b":"3O9"})") == "/b bad_code");
  CHECK(read("closed: c", R"({"id":"1","c":"true"})") == R"({"id":"1","closed":true})");
  CHECK(read("closed: c", R"({"id":"1","c":1})") == "/c wrong_type");
  CHECK(read("closed: c", R"({"id":"1","c":"yes"})") == "/c wrong_type");
  CHECK(read("date: d", R"({"id":"1","d":"23/11/2026"})") == "/d bad_date");
  CHECK(read("share: s", R"({"id":"1","s":1.50})") == R"({"id":"1","share":"1.5"})");
  CHECK(read("type: t", R"({"id":"1","t":"recipt"})") == "/t unknown_choice");
  CHECK(read("more: m", R"({"id":"1","m":"x"})") == "/m wrong_type");
  CHECK(read("", R"({"id":"123456789012345678901"})") == "/id too_long");
  CHECK(read("", R"(["x"])") == " wrong_type");
}

TEST_CASE("bytes that are not UTF-8 are a problem of their field alone")
{
  Value remote{Object()};
  remote.object().set("id", "1");
  remote.object().set("p", std::string("\xFD\xFD"));
  remote.object().set("n", "7");
  const auto staged = mapping("phone: p\ncount: n")->to_record(remote);
  REQUIRE(staged.problems.size() == 1);
  CHECK(staged.problems[0].code == "bad_encoding");
  CHECK(staged.problems[0].pointer == "/p");
  CHECK(encode_record(entity(), staged.record) == R"({"id":"1","count":7})");
}

TEST_CASE("missing is absent, null and blank words are null, and text keeps its blanks")
{
  const std::string fields =
      "count: { from: n, blank: [NA, \"-\"] }\nphone: { from: p, trim: true }";
  CHECK(read(fields, R"({"id":"1"})") == R"({"id":"1"})");
  CHECK(read(fields, R"({"id":"1","n":null,"p":null})") ==
        R"({"id":"1","count":null,"phone":null})");
  CHECK(read(fields, R"({"id":"1","n":" NA "})") == R"({"id":"1","count":null})");
  CHECK(read(fields, R"({"id":"1","n":""})") == R"({"id":"1","count":null})");
  CHECK(read(fields, "{\"id\":\" 1 \",\"p\":\" \u00A09 8\u00A0\"}") ==
        R"({"id":" 1 ","phone":"9 8"})");
  CHECK(read("phone: { from: p, blank: [\"\"] }", R"({"id":"1","p":" "})") ==
        R"({"id":"1","phone":null})");
}

TEST_CASE("the first of several places that is there is read, and the first is written")
{
  const std::string fields = "count: { from: [a, /b/c, d] }";
  CHECK(read(fields, R"({"id":"1","b":{"c":2},"d":3})") == R"({"id":"1","count":2})");
  CHECK(read(fields, R"({"id":"1","d":"x","b":{"c":"x"}})") == "/b/c wrong_type");
  CHECK(back(fields, R"({"id":"1","d":3})") == R"({"id":"1","a":3})");
}

TEST_CASE("names with slashes and items of lists are reached as in a JSON Pointer")
{
  CHECK(read("count: Name~1Code", R"({"id":"1","Name/Code":4})") == R"({"id":"1","count":4})");
  CHECK(read("count: rows/1/n", R"({"id":"1","rows":[{"n":4},{"n":5}]})") ==
        R"({"id":"1","count":5})");
}

TEST_CASE("a default stands for silence, a constant is written and never read")
{
  const std::string fields = "type: { from: t, default: payment }\n"
                             "count: { from: v, const: 2 }\nphone: { from: s, const: \"2\" }";
  CHECK(read(fields, R"({"id":"1","v":9})") == R"({"id":"1","type":"payment"})");
  CHECK(read(fields, R"({"id":"1","t":null})") == R"({"id":"1","type":"payment"})");
  CHECK(back(fields, R"({"id":"1","t":"receipt"})") == R"({"id":"1","t":"receipt","v":2,"s":"2"})");
}

TEST_CASE("directions: what is only pulled is not sent, what is only pushed is not read")
{
  const auto compiled = mapping("count: { from: n, pull_only: true }\n"
                                "share: { from: s, push_only: true }");
  const auto staged = compiled->to_record(json(R"({"id":"1","n":1,"s":"2"})"));
  CHECK(encode_record(entity(), staged.record) == R"({"id":"1","count":1})");
  CHECK(compiled->pulled()[*entity().index_of("count")]);
  CHECK_FALSE(compiled->pushed()[*entity().index_of("count")]);
  CHECK_FALSE(compiled->pulled()[*entity().index_of("share")]);
  CHECK(compiled->pushed()[*entity().index_of("share")]);
  Record record = staged.record;
  record.fields[*entity().index_of("share")] = Value("2.5");
  CHECK(to_json(compiled->to_remote(record, all_fields(entity()))) == R"({"id":"1","s":"2.5"})");
}

TEST_CASE("only the fields that are asked for are written; null is written, absent is not")
{
  const auto compiled = mapping("count: n\nphone: p");
  Record record(entity());
  record.fields[*entity().index_of("id")] = Value("1");
  record.fields[*entity().index_of("count")] = Value(Null{});
  CHECK(to_json(compiled->to_remote(record, all_fields(entity()))) == R"({"id":"1","n":null})");
  FieldSet only(entity().fields.size(), false);
  only[*entity().index_of("count")] = true;
  CHECK(to_json(compiled->to_remote(record, only)) == R"({"n":null})");
}

TEST_CASE("items of a list are mapped member by member")
{
  const std::string fields = R"(payees: { from: rows, each: { line: { from: no, as: integer },
    name: nm, amount: { from: amt, as: rupees } } })";
  const std::string remote =
      R"({"id":"1","rows":[{"no":1,"nm":"A","amt":"5.00"},{"no":2,"nm":"B","amt":"6.50"}]})";
  const std::string first = R"({"line":1,"name":"A","amount":500})";
  const std::string second = R"({"line":2,"name":"B","amount":650})";
  CHECK(read(fields, remote) == R"({"id":"1","payees":[)" + first + "," + second + "]}");
  CHECK(back(fields, remote) == remote);
  CHECK(read(fields, R"({"id":"1","rows":[{"no":1},{"no":2,"amt":"6.505"}]})") ==
        "/rows/1/amt bad_amount");
  CHECK(read(fields, R"({"id":"1","rows":[5]})") == "/rows/0 wrong_type");
  CHECK(read(fields, R"({"id":"1","rows":[{"no":1},{"no":1}]})") == "/rows bad_list");
  CHECK(read(fields, R"({"id":"1","rows":{}})") == "/rows wrong_type");
}

TEST_CASE("a member of the wrong kind, as a person may have entered, is sent as it is")
{
  const auto compiled =
      mapping("payees: { from: rows, each: { line: no, amount: { from: amt, as: rupees } } }");
  Record record(entity());
  record.fields[*entity().index_of("payees")] = json(R"([{"line":"1","amount":"five"},7])");
  CHECK(to_json(compiled->to_remote(record, all_fields(entity()))) ==
        R"({"rows":[{"no":"1","amt":"five"},{}]})");
}

TEST_CASE("what no mapping reads is drift, with its pointer")
{
  const auto compiled = mapping("count: a/n\npayees: { from: rows, each: { line: no } }");
  const auto staged = compiled->to_record(json(
      R"({"id":"1","new/one":1,"a":{"n":2,"m":3},"none":null,"l":[1],"rows":[{"no":1,"x":2}]})"));
  CHECK(staged.unknown == std::vector<std::string>{"/new~1one", "/a/m", "/l", "/rows/0/x"});
  CHECK(staged.problems.empty());
}

TEST_CASE("words stand for values both ways, and unknown words are problems")
{
  const std::string type = "type: { from: t, values: { R: receipt, P: payment } }";
  CHECK(read(type, R"({"id":"1","t":"X"})") == "/t unknown_choice");
  CHECK(read(type, R"({"id":"1","t":"receipt"})") == "/t unknown_choice");
  const std::string number = "type: { from: t, as: integer, values: { 1: receipt, 2: payment } }";
  CHECK(back(number, R"({"id":"1","t":2})") == R"({"id":"1","t":2})");
  const std::string flag =
      "type: { from: t, as: boolean, values: { true: receipt, false: payment } }";
  CHECK(back(flag, R"({"id":"1","t":false})") == R"({"id":"1","t":false})");
  const std::string digits = "id: { from: id, as: integer }\nbody: { from: b, as: integer }";
  CHECK(back(digits, R"({"id":7,"b":309})") == R"({"id":7,"b":309})");
  CHECK(back("year: { from: y, as: integer }", R"({"id":"1","y":2025})") ==
        R"({"id":"1","y":2025})");
}

TEST_CASE("a problem with a personal value does not quote it")
{
  const auto staged = mapping("phone: p")->to_record(json(R"({"id":"1","p":98765432101.5})"));
  REQUIRE(staged.problems.size() == 1);
  CHECK(staged.problems[0].text == "phone: the value cannot be used (wrong_type)");
}

TEST_CASE("a mapping that could not come back is refused when it is read")
{
  CHECK(refused_for("type: { from: t, values: { R: receipt, RC: receipt, P: payment } }",
                    "'receipt' of 'type' has two remote words"));
  CHECK(refused_for("type: { from: t, values: { R: receipt } }", "no remote word for 'payment'"));
  CHECK(refused_for("closed: { from: t, values: { \"Y\": true } }", "no remote word for 'false'"));
  CHECK(mapping("type: { from: t, values: { R: receipt, RC: receipt }, pull_only: true }"));
  CHECK(refused_for("date: { from: d, format: dd/MM/yy }", "'dd/MM/yy' is no format"));
  CHECK(refused_for("at: { from: d, format: dd/MM/yyyy, zone: \"+05:30\" }", "loses a part"));
  CHECK(mapping("at: { from: d, format: dd/MM/yyyy, zone: \"+05:30\", pull_only: true }"));
  CHECK(refused_for("at: { from: d, format: \"dd/MM/yyyy HH:mm:ss\" }", "without a zone"));
  CHECK(refused_for("date: { from: d, format: dd/MM/yyyy, samples: [2026-11-23] }",
                    "sample '2026-11-23' cannot be read"));
  CHECK(refused_for("count: a\nshare: a", "write to the same place"));
  CHECK(refused_for("count: a\nshare: a/b", "write to the same place"));
  CHECK(mapping("count: a\nshare: { from: a, pull_only: true }"));
}

TEST_CASE("what makes no sense in a mapping is a finding with its place")
{
  CHECK(refusal("cuont: n") == "m.yaml:2:1: voucher has no field 'cuont'; did you mean 'count'?");
  CHECK(refused_for("count: { form: n }", "unknown key 'form'") == false); // it also lacks `from`
  CHECK(refused_for("count: { from: n, trmi: true }", "did you mean 'trim'?"));
  CHECK(refused_for("count: { from: n, as: rupees }", "does not give what 'count' holds"));
  CHECK(refused_for("amount: { from: n, as: integer }", "does not give what 'amount' holds"));
  CHECK(refused_for("body: { from: n, as: lgd.village }", "does not give what 'body' holds"));
  CHECK(refused_for("count: { from: n, as: whole }", "unknown conversion 'whole'"));
  CHECK(refused_for("count: { from: n, format: x }", "'count' has no format"));
  CHECK(refused_for("count: { from: n, zone: \"+05:30\" }", "no timestamp"));
  CHECK(refused_for("at: { from: n, zone: IST }", "no such zone"));
  CHECK(refused_for("count: { from: n, default: twelve }", "default: count is text"));
  CHECK(
      refused_for("type: { from: n, values: { R: recipt, P: payment } }", "'recipt' is no value"));
  CHECK(refused_for("closed: { from: n, values: { 1: yes, 0: no } }", "findings"));
  CHECK(refused_for("count: { from: n, each: { a: b } }", "each maps"));
  CHECK(refused_for("count: { pull_only: true, push_only: true, from: n }", "neither read nor"));
  CHECK(refused_for("body: a\nplace: b", "mapped twice"));
  std::vector<Finding> findings;
  CHECK_FALSE(compile("id: { from: x, const: y }\ncount: n", findings));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].wrong == "key field 'id' of voucher is not mapped");
}

TEST_CASE("no document makes a mapping crash, and what it reads is canonical")
{
  const auto compiled = mapping(R"(
body: b
amount: { from: a, as: rupees, unit: Rs. }
date: { from: d, format: "dd/MM/yyyy" }
at: { from: t, format: "dd/MM/yyyy HH:mm:ss", zone: "+05:30" }
year: y
type: { from: c, values: { R: receipt, P: payment } }
payees: { from: p, each: { line: l, amount: { from: a, as: lakh } } }
more: m
)");
  const std::string names = "abdtycpmlx";
  const std::vector<std::string> words = {
      "",     "1",      "R",   "23/11/2026",         "2025-26", "1,25,000.50", "-",
      "\xFD", "\u0958", "Rs.", "9999999999999999999"};
  std::mt19937 random(20261123);
  const auto pick = [&](std::size_t bound) { return random() % bound; };
  const std::function<Value(int)> invent = [&](int depth) -> Value {
    switch (pick(depth > 2 ? 6 : 8)) {
    case 0: return Null{};
    case 1: return pick(2) == 0;
    case 2: return static_cast<std::int64_t>(random());
    case 3: return Number{words[pick(2) * 9 + 1] + ".5"};
    case 4:
    case 5: return words[pick(words.size())];
    case 6: {
      List list(pick(3));
      for (auto& item : list)
        item = invent(depth + 1);
      return list;
    }
    default: {
      Object object;
      for (std::size_t i = pick(8); i > 0; --i)
        object.set(std::string(1, names[pick(names.size())]), invent(depth + 1));
      return object;
    }
    }
  };
  for (int i = 0; i < 5000; ++i) {
    const auto staged = compiled->to_record(invent(0));
    for (const auto& problem : check_record(entity(), staged.record))
      CHECK(problem.code == "missing"); // the key, mostly
    compiled->to_remote(staged.record, all_fields(entity()));
  }
}
