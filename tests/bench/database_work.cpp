// Our transactions, and psql's \copy.
#include "tests/bench/database_work.hpp"

#include "base/check.hpp"
#include "tests/bench/must.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/store_engine.hpp"

#define DOCTEST_CONFIG_IMPLEMENT // the server is the tests' and speaks through it
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace gramsetu::bench {

namespace {

using Seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

constexpr std::size_t kPage = 1000;
constexpr const char *kFlow = "voucher@central", *kEntity = "voucher";
constexpr const char* kTables[] = {"gs_record", "gs_change", "gs_shadow"};

// A voucher of the usual size.
std::string body_of(std::size_t number)
{
  return fmt::format(
      R"({{"amount":{},"payee":"श्री रमेश कुमार {}","remarks":"{:x<200}","status":"paid",)"
      R"("voucher_date":"2026-04-01","work":"ग्राम पंचायत सड़क निर्माण {}"}})",
      number * 100, number, "payment of the second instalment ", number % 977);
}

Result<void> load_page(store::Tx& tx, const std::vector<std::string>& keys,
                       const std::vector<std::string>& bodies)
{
  TRY(const auto marks, tx.marks(kFlow, keys));
  const Instant now(std::chrono::milliseconds(1'790'000'000'000));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    check(!marks[i], "it is new");
    TRY(const auto record, tx.record(kEntity, keys[i]));
    TRY(const auto shadow, tx.shadow(kFlow, keys[i]));
    check(!record && !shadow, "it is new");
    store::ShadowRow agreed{kFlow,    keys[i], "2026-27", keys[i], {sha256(bodies[i]), "1"},
                            bodies[i]};
    TRY_VOID(tx.put_shadow(agreed));
    store::ChangeRow change;
    change.entity = kEntity;
    change.key = keys[i];
    change.kind = "created";
    change.fields = "null";
    change.origin = "central";
    change.run = "0190aaaa-0000-7000-8000-000000000000";
    change.at = now;
    store::RecordRow row;
    TRY(row.sequence, tx.add_change(change));
    row.entity = kEntity;
    row.key = keys[i];
    row.body = bodies[i];
    row.origin = R"({"*":{"by":"central","at":"2026-04-01T00:00:00Z","rule":"created"}})";
    row.place = "245101";
    row.revision = 1;
    row.changed_at = now;
    TRY_VOID(tx.put_record(row));
  }
  return tx.seen_add(kFlow, "2026-27", keys);
}

store::StoreOptions database()
{
  store::StoreOptions options;
  options.views = {{kEntity, {}}};
  test::use_fresh_database(options);
  return options;
}

double load(store::Store& store, std::size_t records)
{
  std::vector<std::vector<std::string>> keys, bodies;
  for (std::size_t i = 0; i < records; ++i) {
    if (i % kPage == 0) {
      keys.emplace_back();
      bodies.emplace_back();
    }
    keys.back().push_back(fmt::format("PFMS/2026-27/{:09}", i));
    bodies.back().push_back(body_of(i));
  }
  const auto begin = steady_clock::now();
  for (std::size_t page = 0; page < keys.size(); ++page)
    must(store.transact([&](store::Tx& tx) { return load_page(tx, keys[page], bodies[page]); }));
  return Seconds(steady_clock::now() - begin).count();
}

// One psql with a script; the seconds it took.
double psql(const store::StoreOptions& options, const std::string& script)
{
  const auto command =
      fmt::format("PGOPTIONS='-c search_path=gramsetu' psql -q -X -v ON_ERROR_STOP=1 "
                  "-h {} -U gramsetu -d {}{}",
                  options.postgresql.at("host"), options.postgresql.at("dbname"), script);
  const auto begin = steady_clock::now();
  check(std::system(command.c_str()) == 0, "psql is there, and does it");
  return Seconds(steady_clock::now() - begin).count();
}

} // namespace

bool load_database(std::size_t records, const std::string& folder, Loads& loads)
{
  doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  if (!test::Postgres::get()) return false;
  const auto ours = database(), copied = database();
  {
    const auto store = must(store::open_store(ours));
    loads.ours = load(*store, records);
  }
  std::string out, in;
  for (const auto* table : kTables) {
    out += fmt::format(R"( -c "\copy (SELECT * FROM {0}) to '{1}/{0}'")", table, folder);
    in += fmt::format(R"( -c "\copy {0} from '{1}/{0}'")", table, folder);
  }
  psql(ours, out);
  must(store::open_store(copied)).reset(); // the same tables and indexes
  const auto made = test::sql_in_database(
      copied, fmt::format("CREATE TABLE gs_shadow_of_1 PARTITION OF gs_shadow FOR VALUES IN ('{}')",
                          kFlow));
  check(made.empty(), "the same partitions, too");
  loads.copy = psql(copied, in);
  check(test::sql_in_database(copied, "SELECT count(*) FROM gs_shadow") == std::to_string(records),
        "all of it was copied");
  return true;
}

} // namespace gramsetu::bench
