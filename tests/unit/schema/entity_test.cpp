// Entities as their files declare them.
#include "schema/entity.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace gramsetu::schema;

namespace {

const std::string kVoucher = R"(entity: voucher
title: Voucher
key: [voucher_id]
place: local_body
district: district
parents: { local_body: local_body }
authority: [central]
rule: { owner: central }
fields:
  voucher_id: { type: text, max_length: 64, privacy: open, help: Identity }
  local_body: { type: code, of: local_body, privacy: open, required: true }
  district: { type: code, of: district, privacy: open }
  amount: { type: money, privacy: official, authority: [central, state], rule: max }
  status: { type: state, choices: [draft, paid], terminal: [paid], privacy: open }
)";

std::vector<std::string> findings_of(const std::string& text)
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(text, "e.yaml", findings), findings);
  CHECK(entities.names().empty() == !findings.empty());
  std::vector<std::string> lines;
  for (const auto& finding : findings)
    lines.push_back(to_text(finding));
  return lines;
}

std::string with(std::string text, const std::string& old, const std::string& now)
{
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), now);
}

std::string only_finding(const std::string& text)
{
  const auto lines = findings_of(text);
  REQUIRE(lines.size() == 1);
  return lines.front();
}

} // namespace

TEST_CASE("an entity reads with its fields, key, place, parents and rules")
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(kVoucher, "e.yaml", findings), findings);
  REQUIRE(findings.empty());
  const Entity* voucher = entities.find("voucher");
  REQUIRE(voucher);
  CHECK(voucher->title == "Voucher");
  REQUIRE(voucher->fields.size() == 5);
  CHECK(voucher->key == std::vector<std::size_t>{0});
  CHECK(voucher->place == 1);
  CHECK_FALSE(voucher->state);
  CHECK(voucher->district == 2);
  REQUIRE(voucher->parents.size() == 1);
  CHECK(voucher->parents[0].field == 1);
  CHECK(voucher->parents[0].entity == "local_body");
  CHECK(voucher->fields[0].max_length == 64);
  CHECK(voucher->fields[0].help == "Identity");
  CHECK(voucher->fields[1].code_kind == "local_body");
  CHECK(voucher->fields[1].required);
  CHECK(voucher->fields[1].authority == std::vector<std::string>{"central"});
  CHECK(voucher->fields[3].authority == std::vector<std::string>{"central", "state"});
  CHECK(voucher->fields[3].privacy == Privacy::official);
  CHECK(to_text(voucher->rule_of(0)) == "owner central");
  CHECK(to_text(voucher->rule_of(3)) == "max");
  CHECK(to_text(voucher->rule_of(4)) == "state");
  CHECK(voucher->fields[4].terminal == std::vector<std::string>{"paid"});
  CHECK(voucher->index_of("amount") == 3);
  CHECK_FALSE(voucher->index_of("amout"));
}

TEST_CASE("a misspelt key is a finding with its line and a suggestion")
{
  CHECK(only_finding(with(kVoucher, "title:", "titel:")) ==
        "e.yaml:2:1: unknown key 'titel' in the entity; did you mean 'title'?");
  CHECK(only_finding(with(kVoucher, "required: true", "requird: true")) ==
        "e.yaml:11:60: unknown key 'requird' in field 'local_body'; did you mean 'required'?");
}

TEST_CASE("what does not fit together is a finding")
{
  CHECK(only_finding(with(kVoucher, "rule: max", "rule: union")).find("'union' is for lists") !=
        std::string::npos);
  CHECK(only_finding(with(kVoucher, "terminal: [paid]", "terminal: [payd]")).find("'paid'") !=
        std::string::npos);
  CHECK(only_finding(with(kVoucher, "key: [voucher_id]", "key: [voucher_no]"))
            .find("did you mean 'voucher_id'?") != std::string::npos);
  CHECK(only_finding(with(kVoucher, "place: local_body", "place: voucher_id"))
            .find("holds no code") != std::string::npos);
  CHECK(only_finding(with(kVoucher, "district: district\n", "district: local_body\n"))
            .find("no code of a district") != std::string::npos);
  CHECK(only_finding(with(kVoucher, "authority: [central]", "authority: [centre]"))
            .find("'centre' is no role") != std::string::npos);
  CHECK(only_finding(with(kVoucher, "{ owner: central }", "{ owner: egramswaraj }"))
            .find("is no role") != std::string::npos);
  CHECK(only_finding(with(kVoucher, "money, privacy: official", "money")).find("has no privacy") !=
        std::string::npos);
  CHECK(findings_of(with(kVoucher, "of: district, ", "")).front().find("does not say of what") !=
        std::string::npos);
  CHECK(
      only_finding(with(kVoucher, "max_length: 64", "max_length: 0x40")).find("no whole number") !=
      std::string::npos);
  CHECK(only_finding(with(kVoucher, "required: true", "required: yes")).find("true or false") !=
        std::string::npos);
  CHECK(only_finding(with(kVoucher, "key: [voucher_id]", "key: [amount]")).find("money cannot") !=
        std::string::npos);
}

TEST_CASE("all findings of a file come in one go")
{
  auto text = with(kVoucher, "title:", "titel:");
  text = with(text, "type: money", "type: mony");
  text = with(text, "[voucher_id]", "[id]");
  CHECK(findings_of(text).size() >= 3);
}

TEST_CASE("an entity declared twice is a finding and the first stays")
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(kVoucher, "a.yaml", findings), findings);
  entities.add(parse_document(with(kVoucher, "title: Voucher", "title: Other"), "b.yaml", findings),
               findings);
  REQUIRE(findings.size() == 1);
  CHECK(to_text(findings[0]).find("b.yaml:1:9: entity 'voucher' is declared already") == 0);
  CHECK(entities.find("voucher")->title == "Voucher");
}

TEST_CASE("an optional part of a key stands last")
{
  const auto text =
      with(kVoucher, "voucher_id: { type: text,", "voucher_id: { type: text, key_part: optional,");
  CHECK(only_finding(text).find("first part of the key is optional") != std::string::npos);
}

TEST_CASE("folders load with parents checked and sorted before children")
{
  gramsetu::test::TempDir folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() + "/" + name) << text;
  };
  write("a_voucher.yaml", kVoucher);
  std::vector<Finding> findings;
  CHECK(Entities::load({folder.path()}, findings).names().empty());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].wrong == "there is no entity 'local_body'");

  write("z_body.yaml", R"(entity: local_body
key: [code]
authority: [directory]
fields: { code: { type: code, of: local_body, privacy: open } }
)");
  findings.clear();
  const auto entities = Entities::load({folder.path()}, findings);
  CHECK(findings.empty());
  REQUIRE(entities.all().size() == 2);
  CHECK(entities.all()[0]->name == "local_body");
  CHECK(entities.all()[1]->name == "voucher");
}

TEST_CASE("parents in a circle are a finding")
{
  gramsetu::test::TempDir folder;
  for (const std::string name : {"a", "b"})
    std::ofstream(folder.path() + "/" + name + ".yaml")
        << "entity: " << name
        << "\nkey: [id]\nauthority: [local]\nparents: { other: " << (name == "a" ? "b" : "a")
        << " }\nfields:\n  id: { type: text, privacy: open }\n"
           "  other: { type: text, privacy: open }\n";
  std::vector<Finding> findings;
  const auto entities = Entities::load({folder.path()}, findings);
  CHECK(findings.size() == 2);
  CHECK(entities.names().empty());
}

TEST_CASE("a folder that is not there is a finding")
{
  std::vector<Finding> findings;
  Entities::load({"/nonexistent/entities"}, findings);
  CHECK(findings.size() == 1);
}
