// Closed books with the real programs: the report on exceptions, the events, and a reopening.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;

namespace {

struct Scene {
  Hub hub;
  District district{hub.folder().path(),
                    {"--gps", "2", "--records", "40", "--service-requests", "0"}};
  std::string voucher, book; // of one panchayat and month

  Scene()
  {
    hub.configure(district, "flows:\n  account_book: { central: { direction: pull, every: 1d } }\n"
                            "  voucher: { central: { direction: pull, every: 1d } }\n");
    for (const auto& record : district.records("central", "vouchers")) {
      if (number_at(record, "/month") == 4) continue; // April is closed from the beginning
      voucher = text_at(record, "/voucherId");
      adopt(number_at(record, "/lgd/gpCode"), number_at(record, "/month"));
      break;
    }
    REQUIRE_FALSE(book.empty());
    hub.ask({"sync"});
  }

  // The open book of that panchayat becomes that month's.
  void adopt(std::int64_t panchayat, std::int64_t month)
  {
    for (const auto& record : district.records("central", "account_books"))
      if (text_at(record, "/bookStatus") == "O" && number_at(record, "/lgd/gpCode") == panchayat)
        book = text_at(record, "/bookId");
    district.edit("central", R"({"stream":"account_books","id":")" + book + R"(","set":{"month":)" +
                                 std::to_string(month) + "}}");
  }

  void turn(const std::string& status)
  {
    district.edit("central", R"({"stream":"account_books","id":")" + book +
                                 R"(","set":{"bookStatus":")" + status + R"("}})");
  }

  std::string changed_at(const std::string& stream, const std::string& member,
                         const std::string& id)
  {
    for (const auto& record : district.records("central", stream))
      if (text_at(record, "/" + member) == id) return text_at(record, "/modifiedOn");
    return {};
  }

  // After the closing, as the centre's own clock counts, which is in seconds.
  void change_amount(const std::string& amount)
  {
    const auto closed = changed_at("account_books", "bookId", book);
    do
      district.edit("central", R"({"stream":"vouchers","id":")" + voucher +
                                   R"(","set":{"amount":")" + amount + R"("}})");
    while (changed_at("vouchers", "voucherId", voucher) == closed);
  }
};

} // namespace

TEST_CASE("what comes for a closed book is in the report, counted by status, and goes through once "
          "it is open")
{
  Scene scene;
  auto& hub = scene.hub;
  scene.turn("C");
  hub.ask({"sync"});
  scene.change_amount("987.65");
  hub.ask({"sync"}, 4);
  CHECK(number_at(hub.ask({"status"}), "/exceptions") == 1);
  const auto report = hub.ask({"conflicts", "list", "--exceptions"});
  REQUIRE(list_at(report, "/exceptions").size() == 1);
  CHECK(text_at(report, "/exceptions/0/key") == scene.voucher);
  CHECK(text_at(report, "/exceptions/0/field") == "amount");
  CHECK(text_at(report, "/exceptions/0/book").starts_with("account_book "));
  CHECK(number_at(report, "/exceptions/0/came") == 98'765);
  CHECK(text_at(report, "/exceptions/0/from") == "central");
  CHECK(text_at(report, "/exceptions/0/state") == "open");
  const auto table = hub.run({"conflicts", "list", "--exceptions"}).out;
  CHECK(table.find("waits") != std::string::npos);
  CHECK(table.find(scene.voucher) != std::string::npos);
  scene.turn("O");
  hub.ask({"sync"});
  CHECK(list_at(hub.ask({"conflicts", "list", "--exceptions"}), "/exceptions").empty());
  CHECK(number_at(hub.ask({"records", "get", "voucher", scene.voucher}), "/record/amount") ==
        98'765);
  const auto all = hub.ask({"conflicts", "list", "--exceptions", "--all"});
  REQUIRE(list_at(all, "/exceptions").size() == 1);
  CHECK(text_at(all, "/exceptions/0/state") == "settled");
  CHECK(hub.run({"conflicts", "list", "--exceptions", "--all"}).out.find("by itself") !=
        std::string::npos);
  const auto log = hub.run({"logs"}).out;
  CHECK(log.find("book_closed") != std::string::npos);
  CHECK(log.find("book_reopened") != std::string::npos);
}

TEST_CASE("a person's decision stands in the report with the name and the note")
{
  Scene scene;
  auto& hub = scene.hub;
  scene.turn("C");
  hub.ask({"sync"});
  scene.change_amount("987.65");
  hub.ask({"sync"}, 4);
  const auto id = std::to_string(
      number_at(hub.ask({"conflicts", "list", "--exceptions"}), "/exceptions/0/conflict"));
  hub.ask({"conflicts", "resolve", id, "theirs", "--note", "letter of 4 June"});
  const auto all = hub.ask({"conflicts", "list", "--exceptions", "--all"});
  CHECK(text_at(all, "/exceptions/0/note") == "letter of 4 June");
  CHECK_FALSE(text_at(all, "/exceptions/0/settled_by").empty());
  CHECK(number_at(all, "/exceptions/0/now") == 98'765);
  CHECK(number_at(hub.ask({"status"}), "/exceptions") == 0);
}
