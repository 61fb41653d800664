// Closed books: how they are declared, and which records belong to one.
#include "schema/closing.hpp"
#include "schema/entity.hpp"
#include "schema/record.hpp"

#include <doctest/doctest.h>

namespace gramsetu::schema {

namespace {

std::string entry_with(const std::string& closed)
{
  return "entity: entry\ntitle: Entry\nkey: [code]\nauthority: [central]\n" + closed +
         "fields:\n"
         "  code: { type: text, privacy: open }\n"
         "  month: { type: integer, privacy: open }\n"
         "  place: { type: text, privacy: open }\n"
         "  status: { type: state, choices: [sent, paid, cancelled], privacy: open }\n"
         "  amount: { type: money, privacy: open }\n"
         "  is_closed: { type: boolean, privacy: open }\n";
}

std::string findings_of(const std::string& closed)
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(entry_with(closed), "entry.yaml", findings), findings);
  std::string text;
  for (const auto& finding : findings)
    text += to_text(finding) + "\n";
  return text;
}

} // namespace

TEST_CASE("an entity says which flag closes its books, what one is, and what stays open in it")
{
  std::vector<Finding> findings;
  Entities entities;
  entities.add(parse_document(entry_with("closed: { by: is_closed, book: [place, month],\n"
                                         "  open: { month: any, status: [paid] } }\n"),
                              "entry.yaml", findings),
               findings);
  REQUIRE(findings.empty());
  const Entity& entity = *entities.find("entry");
  Record record(entity);
  CHECK_FALSE(is_closed(entity, record));
  CHECK(book_of(entity, record).empty());
  record.fields[*entity.index_of("is_closed")] = Value(true);
  record.fields[*entity.index_of("place")] = Value("245101");
  CHECK(book_of(entity, record).empty()); // not without its month
  record.fields[*entity.index_of("month")] = Value(5);
  CHECK(is_closed(entity, record));
  CHECK(book_of(entity, record) == "245101/5");
  const auto status = *entity.index_of("status");
  CHECK(stays_open(entity, status, Value("paid")));
  CHECK_FALSE(stays_open(entity, status, Value("cancelled")));
  CHECK_FALSE(stays_open(entity, status, Value(Null{})));
  CHECK(stays_open(entity, *entity.index_of("month"), Value(6)));
  CHECK_FALSE(stays_open(entity, *entity.index_of("amount"), Value(1)));
}

TEST_CASE("what is wrong with a closed block is said where it stands")
{
  CHECK(findings_of("closed: {}\n") ==
        "entry.yaml:5:9: closed does not say by which field; add by: FIELD\n");
  CHECK(findings_of("closed: { by: is_closd }\n").find("did you mean 'is_closed'?") !=
        std::string::npos);
  CHECK(findings_of("closed: { by: amount }\n") ==
        "entry.yaml:5:15: 'amount' is no flag; name a boolean field\n");
  CHECK(
      findings_of("closed: { by: is_closed, book: [plac] }\n").find("'plac', which is no field") !=
      std::string::npos);
  CHECK(findings_of("closed: { by: is_closed, open: { status: [payd] } }\n")
            .find("did you mean 'paid'?") != std::string::npos);
  CHECK(findings_of("closed: { by: is_closed, until: 2026 }\n").find("until") != std::string::npos);
}

TEST_CASE("the cash book's vouchers can be closed")
{
  std::vector<Finding> findings;
  const auto entities =
      Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  REQUIRE(findings.empty());
  const auto* voucher = entities.find("voucher");
  REQUIRE(voucher->closing);
  CHECK(voucher->fields[voucher->closing->flag].name == "is_book_closed");
  CHECK(voucher->closing->book.size() == 3);
}

} // namespace gramsetu::schema
