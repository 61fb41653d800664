// Closed books: how they are declared, and which records belong to one.
#include "schema/closing.hpp"
#include "schema/entity.hpp"
#include "schema/record.hpp"
#include "tests/support/temp_dir.hpp"

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
  CHECK(voucher->closing->by.front().when.field == "is_book_closed");
  CHECK(voucher->closing->book.size() == 3);
  CHECK(entities.find("account_book")->closes.size() == 1);
  CHECK(entities.find("plan")->closes.size() == 1);
  CHECK(voucher->closes.empty());
}

namespace {

std::string keys_of(const Entity& entity, const Record& record)
{
  std::string text;
  for (const auto& book : books_of(entity, record))
    text += (text.empty() ? "" : " ") + book.entity + ":" + book.key;
  return text;
}

} // namespace

TEST_CASE(
    "a voucher is in the books of its day, its month and its year, whether or not it names them")
{
  std::vector<Finding> findings;
  const auto entities =
      Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
  const auto& voucher = *entities.find("voucher");
  Record record(voucher);
  const auto set = [&](const char* field, Value value) {
    record.fields[*voucher.index_of(field)] = std::move(value);
  };
  CHECK(keys_of(voucher, record).empty());
  set("local_body", Value("245101"));
  set("date", Value("2027-02-04"));
  CHECK(keys_of(voucher, record) ==
        "account_book:245101/2026/day/2027-02-04 account_book:245101/2026/day/2/2027-02-04 "
        "account_book:245101/2026/month/2 account_book:245101/2026/year");
  set("financial_year", Value(2026));
  set("month", Value(2));
  CHECK(books_of(voucher, record).size() == 4); // the same ones
  set("month", Value(1));                       // of the book it was entered in
  CHECK(keys_of(voucher, record).find("account_book:245101/2026/month/1") != std::string::npos);
  // The keys of books are made like any other.
  const auto& book = *entities.find("account_book");
  Record month(book);
  month.fields[*book.index_of("local_body")] = Value("245101");
  month.fields[*book.index_of("financial_year")] = Value(2026);
  month.fields[*book.index_of("kind")] = Value("month");
  month.fields[*book.index_of("month")] = Value(2);
  CHECK(key_of(book, month) == "245101/2026/month/2");
}

TEST_CASE("what closes a record may be another record, and what is wrong with that is said")
{
  CHECK(findings_of("closed: { by: [is_closed, { when: { status: [paid] } }] }\n").empty());
  CHECK(
      findings_of("closed: { by: { when: { status: [payd] } } }\n").find("did you mean 'paid'?") !=
      std::string::npos);
  CHECK(findings_of("closed: { by: { keys: [\"{place}\"], when: { a: [b] } } }\n")
            .find("nothing is named that closes") != std::string::npos);
  CHECK(findings_of("closed: { by: { entity: entry, keys: [\"x\"], when: { a: [b] } } }\n")
            .find("'x' names no book") != std::string::npos);
  CHECK(findings_of("closed: { by: { entity: entry, keys: [\"{plac}\"], when: { a: [b] } } }\n")
            .find("did you mean 'place'?") != std::string::npos);
  CHECK(findings_of(
            "closed: { by: { entity: entry, keys: [\"{place.month}\"], when: { a: [b] } } }\n")
            .find("a date has a month") != std::string::npos);
  CHECK(findings_of("closed: { by: { entity: entry, keys: [\"{place}\"] } }\n")
            .find("has keys and says when") != std::string::npos);
}

TEST_CASE("a book that no entity is, or a word that its field has not, is a finding")
{
  const test::TempDir folder;
  const auto findings_with = [&](const std::string& by) {
    folder.write("entry.yaml", entry_with("closed: { by: " + by + " }\n"));
    std::vector<Finding> findings;
    (void)Entities::load({folder.path()}, findings);
    return findings.empty() ? std::string() : to_text(findings.front());
  };
  CHECK(findings_with("{ entity: entry, keys: [\"{place}\"], when: { status: [paid] } }").empty());
  CHECK(findings_with("{ entity: entri, keys: [\"{place}\"], when: { status: [paid] } }")
            .find("did you mean 'entry'?") != std::string::npos);
  CHECK(findings_with("{ entity: entry, keys: [\"{place}\"], when: { state: [paid] } }")
            .find("entry has no field 'state'") != std::string::npos);
  CHECK(findings_with("{ entity: entry, keys: [\"{place}\"], when: { status: [payd] } }")
            .find("did you mean 'paid'?") != std::string::npos);
}

} // namespace gramsetu::schema
