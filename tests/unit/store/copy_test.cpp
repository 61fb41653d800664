// Copies of a store that is in use, and the numbers that it gave out.
#include "daemon/store/care.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/unit/store/outside.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::SmallDisk;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

void fill(StoreFixture& fixture, int from, int count)
{
  fixture.in([&](Tx& tx) -> Result<void> {
    for (int i = from; i < from + count; ++i)
      TRY_VOID(tx.put_record(voucher("v" + std::to_string(100000 + i),
                                     "{\"remarks\":\"" + std::string(900, 'x') + "\"}")));
    return {};
  });
}

} // namespace

TEST_CASE("a copy is made while others write, and has what they wrote until its end")
{
  StoreFixture fixture;
  fill(fixture, 0, 6000);
  const auto path = fixture.dir.file("copy.db");
  int steps = 0;
  const auto write = [&] { fill(fixture, 6000 + 10 * steps++, 10); };
  const auto copied = copy_to(*fixture.store, {path, {{"of", "now"}}, write}, {});
  REQUIRE_MESSAGE(copied, copied.error().what);
  CHECK(steps > 2);
  const auto records = std::to_string(6000 + 10 * steps);
  CHECK(sql(path, "SELECT count(*) FROM gs_record") == records);
  CHECK(sql(path, "SELECT live FROM gs_count") == records);
  CHECK(sql(path, "SELECT value FROM gs_fact WHERE name = 'of'") == "now");
  CHECK(sql(fixture.options.path, "SELECT count(*) FROM gs_fact WHERE name = 'of'") == "0");
  CHECK(sql(path, "PRAGMA journal_mode") == "delete");
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(is_store(path));
  CHECK(check_copy(path).has_value());
}

TEST_CASE("a copy with a changed digit is not sound, and nothing of it is changed by looking")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_record(voucher("a")); });
  const auto path = fixture.dir.file("copy.db");
  REQUIRE(copy_to(*fixture.store, {path, {}, {}}, {}));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto at = bytes.find("\"amount\":100000");
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at + 9));
  file.put('9');
  file.close();
  const auto checked = check_copy(path);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().what.find("record voucher/a") != std::string::npos);
}

TEST_CASE("a copy that finds no room leaves nothing, and the store goes on")
{
  StoreFixture fixture;
  fill(fixture, 0, 3000);
  const auto path = fixture.dir.file("copy.db");
  {
    const SmallDisk disk(1 << 20);
    const auto copied = copy_to(*fixture.store, {path, {}, {}}, {});
    REQUIRE_FALSE(copied);
    CHECK(copied.error().kind == ErrorKind::transient);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  fill(fixture, 3000, 1);
  CHECK(fixture.store->check().has_value());
}

TEST_CASE("a copy ends when it is asked to, and never writes over a file")
{
  StoreFixture fixture;
  std::stop_source stop;
  stop.request_stop();
  const auto path = fixture.dir.file("copy.db");
  CHECK(copy_to(*fixture.store, {path, {}, {}}, stop.get_token()).error().kind ==
        ErrorKind::cancelled);
  CHECK_FALSE(std::filesystem::exists(path));
  fixture.dir.write("copy.db", "somebody's");
  CHECK_FALSE(copy_to(*fixture.store, {path, {}, {}}, {}));
  CHECK(fixture.dir.read("copy.db") == "somebody's");
}

TEST_CASE("numbers that were passed are not given out again")
{
  StoreFixture fixture;
  CHECK(fixture.in([](Tx& tx) { return heads_of(tx); }) == Heads{});
  const auto add = [&] {
    return fixture.in([](Tx& tx) {
      ChangeRow row;
      row.entity = "voucher";
      row.key = "a";
      row.kind = "created";
      row.fields = "null";
      return tx.add_change(row);
    });
  };
  CHECK(add() == 1);
  const auto then = fixture.in([](Tx& tx) { return heads_of(tx); });
  CHECK(then.change == 1);
  fixture.in([](Tx& tx) { return pass_heads(tx, {500, 7, 0, 0}); });
  CHECK(add() == 501);
  fixture.in([](Tx& tx) { return pass_heads(tx, {30, 0, 0, 0}); }); // never back
  fixture.reopen();
  CHECK(add() == 502);
  const auto now = fixture.in([](Tx& tx) { return heads_of(tx); });
  CHECK(now == Heads{502, 7, 0, 0});
  CHECK(is_behind(then, now));
  CHECK_FALSE(is_behind(now, then));
}

TEST_CASE("a store whose restore was cut off does not open, until that was done again")
{
  StoreFixture fixture;
  fixture.store.reset();
  const auto mark = unfinished_mark(fixture.options.path);
  std::ofstream(mark) << "x";
  const auto opened = open_store(fixture.options);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::invalid);
  CHECK(opened.error().what.find("gramsetu restore again") != std::string::npos);
  std::filesystem::remove(mark);
  fixture.reopen();
}
