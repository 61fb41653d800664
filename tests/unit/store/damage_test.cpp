// What disks and deaths do to the store, and that it is noticed.
#include "tests/unit/store/outside.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::store;
using gramsetu::test::sql;
using gramsetu::test::StoreFixture;
using gramsetu::test::voucher;

namespace {

// One row in each table that has a checksum.
Result<void> put_one_of_each(Tx& tx)
{
  TRY_VOID(tx.put_record(voucher("V-7")));
  OutboxRow out;
  out.flow = "voucher@central";
  out.key = "V-8";
  out.payload = R"({"amount":"1000.00"})";
  TRY_VOID(tx.put_outbox(out));
  ShadowRow shadow;
  shadow.flow = "voucher@central";
  shadow.key = "V-9";
  shadow.base = R"({"amount":100000})";
  TRY_VOID(tx.put_shadow(shadow));
  InboxRow in;
  in.flow = "voucher@central";
  in.key = "V-10";
  in.body = R"({"amount":100000})";
  TRY_VOID(tx.put_inbox(in));
  ConflictRow conflict;
  conflict.hub = "100000";
  TRY_VOID(tx.add_conflict(conflict));
  ChangeRow change;
  change.fields = R"({"amount":[1,100000]})";
  TRY_VOID(tx.add_change(change));
  QuarantineRow bad;
  bad.payload = "1000.00";
  TRY_VOID(tx.add_quarantine(bad));
  PlaceRow place;
  place.kind = "local_body";
  place.code = "245101";
  place.body = "{}";
  place.effective = "2026-10-01";
  TRY_VOID(tx.put_place(place));
  SuccessionRow succession;
  succession.source = "local_body/245301";
  succession.from_code = "245101";
  return tx.put_successions(succession.source, {succession});
}

// A reading of which only the outcome counts.
template <typename Reading>
std::function<Result<void>(Tx&)> reading(Reading work)
{
  return [work](Tx& tx) -> Result<void> {
    TRY_VOID(work(tx));
    return {};
  };
}

struct Damage {
  const char* statement; // changes one digit, as a disk might
  const char* named;     // what the error names
  std::function<Result<void>(Tx&)> read;
};

const Damage kDamages[] = {
    {"UPDATE gs_record SET body = replace(body, '1', '9')", "record voucher/V-7",
     reading([](Tx& tx) { return tx.record("voucher", "V-7"); })},
    {"UPDATE gs_outbox SET payload = replace(payload, '1', '9')", "outbox voucher@central/V-8",
     reading([](Tx& tx) { return tx.outbox({}); })},
    {"UPDATE gs_shadow_base SET base = replace(base, '1', '9')", "shadow voucher@central/V-9",
     reading([](Tx& tx) { return tx.shadow("voucher@central", "V-9"); })},
    {"UPDATE gs_inbox SET body = replace(body, '1', '9')", "inbox voucher@central/V-10",
     reading([](Tx& tx) { return tx.inbox("voucher@central", "", "", 9); })},
    {"UPDATE gs_conflict SET hub = '900000'", "conflict 1",
     reading([](Tx& tx) { return tx.conflicts({}); })},
    {"UPDATE gs_change SET fields = replace(fields, '1', '9')", "change 1",
     reading([](Tx& tx) { return tx.changes({}); })},
    {"UPDATE gs_quarantine SET payload = CAST('9000.00' AS BLOB)", "quarantine 1",
     reading([](Tx& tx) { return tx.quarantine({}); })},
    {"UPDATE gs_place SET effective = '2029-10-01'", "place local_body/245101",
     reading([](Tx& tx) { return tx.places("local_body", "245101"); })},
    {"UPDATE gs_succession SET to_code = '9'", "succession local_body/245301",
     reading([](Tx& tx) { return tx.successors("", "245101"); })},
};

} // namespace

TEST_CASE("a digit that was changed in the file is found, though SQLite's own check is content")
{
  for (const auto& damage : kDamages) {
    CAPTURE(damage.named);
    StoreFixture fixture;
    fixture.in(put_one_of_each);
    fixture.in(damage.read);
    fixture.store.reset();
    REQUIRE(sql(fixture.options.path, damage.statement) == "");
    fixture.reopen();
    const auto done = fixture.store->transact(damage.read);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::corrupt);
    CHECK_MESSAGE(done.error().what.find(damage.named) != std::string::npos, done.error().what);
    const auto checked = fixture.store->check();
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().what.find(damage.named) != std::string::npos);
  }
}

TEST_CASE("the check finds counts and shadows that do not add up")
{
  StoreFixture fixture;
  fixture.in(put_one_of_each);
  fixture.store.reset();
  SUBCASE("a count")
  {
    sql(fixture.options.path, "UPDATE gs_count SET live = 5");
  }
  SUBCASE("half a shadow")
  {
    sql(fixture.options.path, "DELETE FROM gs_shadow_base");
  }
  fixture.reopen();
  const auto checked = fixture.store->check();
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().kind == ErrorKind::corrupt);
}

TEST_CASE("a sound store passes its check, a page of noise does not")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) -> Result<void> {
    // So many that the middle of the file holds records, and not the page of an empty table.
    for (int i = 0; i < 2000; ++i)
      TRY_VOID(tx.put_record(voucher(fmt::format("{:04}", i))));
    return {};
  });
  CHECK(fixture.store->check().has_value());
  fixture.store.reset();
  {
    std::fstream file(fixture.options.path, std::ios::binary | std::ios::in | std::ios::out);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto middle = bytes.find("0250", bytes.size() / 2); // a page that holds something
    REQUIRE(middle != std::string::npos);
    file.seekp(static_cast<std::streamoff>(middle / 4096 * 4096));
    file << std::string(4096, '\x5a');
  }
  auto opened = open_store(fixture.options);
  if (!opened) { // the page may be one that opening reads
    CHECK(opened.error().kind == ErrorKind::corrupt);
    return;
  }
  const auto checked = (*opened)->check();
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().kind == ErrorKind::corrupt);
}

TEST_CASE("after an error of the disk the store refuses to go on, the next start has whole rows")
{
  StoreFixture fixture;
  fixture.in([](Tx& tx) { return tx.put_fact("kept", "yes"); });
  fixture.store.reset();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) { // limits are the process's, so the disk fails in one of its own
    auto opened = open_store(fixture.options);
    if (!opened) ::_exit(1);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{64 << 10, RLIM_INFINITY};
    const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto write = [&](const char* key) {
      return (*opened)->transact([&](Tx& tx) -> Result<void> {
        TRY_VOID(tx.put_record(voucher(key, std::string(400'000, 'x'))));
        return {};
      });
    };
    const auto failed = write("first");
    ::setrlimit(RLIMIT_FSIZE, &large);
    const auto after = write("second");
    const bool refused = !failed && failed.error().kind == ErrorKind::corrupt && !after &&
                         after.error().kind == ErrorKind::corrupt;
    opened->reset();
    ::_exit(refused ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  fixture.store = fixture.open();
  CHECK(fixture.store->check().has_value());
  CHECK(fixture.in([](Tx& tx) { return tx.fact("kept"); }) == "yes");
  CHECK_FALSE(fixture.in([](Tx& tx) { return tx.record("voucher", "second"); }).has_value());
}

TEST_CASE("a process killed at any moment leaves whole transactions only")
{
  StoreFixture fixture;
  std::mt19937 random(7);
  for (int kill = 0; kill < 20; ++kill) {
    fixture.store.reset();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto opened = open_store(fixture.options);
      for (int i = 0; opened; ++i)
        static_cast<void>((*opened)->transact([&](Tx& tx) -> Result<void> {
          TRY(const auto last, tx.fact("last"));
          const int next = last ? std::stoi(*last) + 1 : 1;
          for (int part = 0; part < 20; ++part)
            TRY_VOID(tx.put_record(voucher(fmt::format("{:06}-{:02}", next, part))));
          return tx.put_fact("last", std::to_string(next));
        }));
      ::_exit(1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(3000 + random() % 15000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    fixture.store = fixture.open();
    const auto last = fixture.in([](Tx& tx) { return tx.fact("last"); });
    const auto count = fixture.in([](Tx& tx) { return tx.count_records("voucher"); });
    const auto whole = last ? static_cast<std::size_t>(std::stoi(*last)) * 20 : 0;
    REQUIRE(count == whole);
    RecordQuery all;
    all.entity = "voucher";
    all.limit = 1'000'000;
    REQUIRE(fixture.in([&](Tx& tx) { return tx.records(all); }).size() == whole);
  }
  CHECK(fixture.store->check().has_value());
  CHECK(fixture.in([](Tx& tx) { return tx.count_records("voucher"); }) > 0);
}

namespace {

// What a store of before schema 4 has for a record: the head of a SHA-256, as SQLite's integer.
std::string former_sum(const RecordRow& row)
{
  std::string bytes;
  const auto number = [&](std::int64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff);
  };
  for (const auto* text : {&row.entity, &row.key, &row.body, &row.origin, &row.place}) {
    number(static_cast<std::int64_t>(text->size()));
    bytes += *text;
  }
  for (const auto value : {row.revision, row.sequence, std::int64_t{row.deleted},
                           row.changed_at.time_since_epoch().count(), std::int64_t{-1}})
    number(value);
  const auto digest = sha256(bytes);
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i)
    head = head << 8 | digest[i];
  return std::to_string(static_cast<std::int64_t>(head));
}

} // namespace

TEST_CASE(
    "rows that an older version wrote keep their checksums, and what is wrong with them is noticed")
{
  StoreFixture fixture;
  const auto row = voucher("V-7");
  fixture.in([&](Tx& tx) { return tx.put_record(row); });
  fixture.store.reset();
  const auto path = fixture.options.path;
  const auto now = sql(path, "SELECT sum FROM gs_record");
  CHECK(now != former_sum(row));
  sql(path, "UPDATE gs_record SET sum = " + former_sum(row));
  fixture.reopen();
  CHECK(fixture.store->check());
  CHECK(fixture.in([&](Tx& tx) { return tx.record("voucher", "V-7"); })->body == row.body);
  fixture.store.reset();
  sql(path, "UPDATE gs_record SET body = replace(body, '1000', '9000')");
  fixture.reopen();
  CHECK(fixture.store->check().error().kind == ErrorKind::corrupt);
}
