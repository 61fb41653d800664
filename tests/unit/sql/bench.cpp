// Databases and manifests of the sql tests.
#include "tests/unit/sql/bench.hpp"

#include "connectors/sql/postgres.hpp"
#include "connectors/sql/sqlite.hpp"
#include "schema/json.hpp"
#include "tests/support/postgres.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace gramsetu::test {

using namespace connectors;

namespace {

constexpr const char* kThing = R"(entity: thing
title: Thing
key: [code]
authority: [local]
rule: newest
fields:
  code: { type: text, privacy: open, help: Code }
  name: { type: text, privacy: open, help: Name }
  phone: { type: text, privacy: open, help: Phone }
  amount: { type: money, privacy: open, help: Amount }
  weight: { type: decimal, privacy: open, help: Weight }
  count: { type: integer, privacy: open, help: Count }
  seen: { type: timestamp, privacy: open, help: Seen }
  day: { type: date, privacy: open, help: Day }
  good: { type: boolean, privacy: open, help: Good }
  details: { type: object, privacy: open, help: Details }
)";

template <typename T>
T good(Result<T> result)
{
  REQUIRE_MESSAGE(result, (result ? "" : result.error().what));
  return std::move(*result);
}

} // namespace

SqlBench::SqlBench(Dialect dialect) : dialect_(dialect)
{
  std::vector<schema::Finding> findings;
  entities_.add(schema::parse_document(kThing, "thing.yaml", findings), findings);
  REQUIRE(findings.empty());
  settings.name = "store";
  settings.limits.connect_timeout = std::chrono::milliseconds(2'000);
  const Services services{clock_, Log(clock_, sink_), "hub"};
  if (!is_postgres()) {
    settings.path = folder_.write("store.db", "");
    direct_ = sql::sqlite_database(settings, clock_, true);
    return;
  }
  static int number = 0;
  const auto name = fmt::format("bench{}", ++number);
  settings.url = Postgres::get()->url();
  auto first = good(sql::postgres_database(settings, services, true));
  const auto made = good(first->connect({}))->script("CREATE DATABASE " + name);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
  settings.url = Postgres::get()->url(name);
  direct_ = good(sql::postgres_database(settings, services, true));
}

SqlBench::~SqlBench() = default;

std::unique_ptr<sql::Session> SqlBench::session()
{
  return good(direct_->connect({}));
}

void SqlBench::run(const std::string& sql)
{
  const auto done = session()->script(sql);
  REQUIRE_MESSAGE(done, (done ? "" : sql + ": " + done.error().what));
}

std::vector<sql::Row> SqlBench::rows(const std::string& sql)
{
  sql::Statement statement(dialect_);
  return good(session()->run(statement.add(sql))).rows;
}

void SqlBench::describe(const std::string& stream, const std::string& zone)
{
  const auto text = "connector: store\ntitle: Store\nrole: local\ntransport: sql\n" +
                    (zone.empty() ? "" : "zone: \"" + zone + "\"\n") +
                    "streams:\n  things:\n    entity: thing\n" + stream;
  std::vector<schema::Finding> findings;
  settings.manifest =
      read_manifest(schema::parse_document(text, "store.yaml", findings), entities_, findings);
  sql::transport_type().check_manifest(*settings.manifest, findings);
  for (const auto& finding : findings)
    FAIL(schema::to_text(finding));
  connector_.reset();
}

Result<Preparation> SqlBench::prepare(bool apply)
{
  return sql::transport_type().prepare(settings, {clock_, Log(clock_, sink_), "hub"}, apply, {});
}

Connector& SqlBench::open()
{
  connector_ = good(sql::transport_type().open(settings, {clock_, Log(clock_, sink_), "hub"}));
  return *connector_;
}

Result<Page> SqlBench::pull(const std::string& since, const std::string& page, const Slice& slice)
{
  PullRequest request;
  request.stream = &stream();
  request.slice = slice;
  request.since = since;
  request.page = page;
  return connector().pull(request, {});
}

std::vector<std::string> SqlBench::all(const std::string& since)
{
  std::vector<std::string> lines;
  std::string page;
  while (true) {
    const auto read = good(pull(since, page));
    CHECK(read.bad.empty());
    for (const auto& record : read.records)
      lines.push_back(fmt::format("{}{} {} {}", record.deleted ? "-" : "", record.remote_id,
                                  record.version, schema::to_json(record.body)));
    cursor_ = read.cursor;
    if (read.last) return lines;
    page = read.next;
  }
}

std::vector<std::string> SqlBench::keys(const std::string& since)
{
  auto lines = all(since);
  for (auto& line : lines)
    line = line.substr(0, line.find(' '));
  return lines;
}

std::string SqlBench::cursor()
{
  return cursor_;
}

Receipt SqlBench::push(Verb verb, const std::string& key, const std::string& body,
                       const std::string& version)
{
  Intent intent;
  intent.verb = verb;
  intent.key = key;
  intent.idempotency_key = fmt::format("idem-{}", ++written);
  intent.expected_version = version;
  if (!body.empty()) intent.body = good(schema::parse_json(body));
  const std::vector intents = {intent};
  const auto receipts = connector().push(stream(), intents, {});
  REQUIRE(receipts.size() == 1);
  return receipts.front();
}

std::vector<Dialect> dialects()
{
  if (!Postgres::get()) return {Dialect::sqlite};
  return {Dialect::sqlite, Dialect::postgres};
}

} // namespace gramsetu::test
