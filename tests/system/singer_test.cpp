// Real Singer programs, as others wrote them: two taps and a target, behind the real hub.
#include "tests/system/hub.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

// What `./dev setup` installs; nothing where it could not.
const std::string kTaps = std::string(GRAMSETU_SOURCE_DIR) + "/build/singer/taps/bin";
const std::string kTarget = std::string(GRAMSETU_SOURCE_DIR) + "/build/singer/target/bin";

bool is_there(const std::string& program)
{
  if (fs::exists(program)) return true;
  MESSAGE("skipped: " << program << " is not installed; ./dev setup does it");
  return false;
}

// {0}: the folder.
constexpr const char* kHub = R"(hub: {{ name: office, area: {{ state: 19, district: 309 }} }}
store: {{ sqlite: {{ path: {0}/hub.db }} }}
api: {{ unix: {0}/api.sock }}
endpoints:
  charter: {{ connector: charter, path: {0}/charter, options: {{ programs: {1} }} }}
  ledger: {{ connector: ledger, path: {0}/ledger, options: {{ programs: {1} }} }}
  warehouse: {{ connector: warehouse, path: {0}/warehouse, options: {{ programs: {2} }} }}
flows:
)";

constexpr const char* kCharter = R"(connector: charter
title: The citizen's charter, as spreadsheets
role: state
transport: exec
options: { programs: { type: text, help: Where the tap lies } }
tap:
  command: [ "{options.programs}/tap-spreadsheets" ]
  config:
    files: [ { path: "{path}/*.csv", format: csv, table_name: services, primary_keys: [ code ] } ]
streams:
  services:
    entity: service
    pull: { stream: services, keys: [ code ] }
    cursor: state
    fields: { service_code: code, name: name, fee: { from: fee, as: rupees }, days_allowed: days }
)";

constexpr const char* kLedger = R"(connector: ledger
title: An old ledger of schemes, in dBase
role: central
transport: exec
options: { programs: { type: text, help: Where the tap lies } }
tap:
  command: [ "{options.programs}/tap-dbf" ]
  config: { path: "{path}/*.dbf" }
  catalog: discover
streams:
  schemes:
    entity: scheme
    pull: { stream: schemes, replication: { method: FULL_TABLE } }
    deletes: snapshot
    fields: { scheme_code: CODE, name: NAME, is_tied: TIED }
)";

constexpr const char* kWarehouse = R"(connector: warehouse
title: A folder of JSON lines
role: peer
transport: exec
options: { programs: { type: text, help: Where the target lies } }
target:
  command: [ "{options.programs}/target-jsonl" ]
  config: { destination_path: "{path}", do_timestamp_file: false }
streams:
  services:
    entity: service
    push:
      keys: [ code ]
      schema: { code: string, name: string, fee: { type: [ "null", number ] }, days: integer }
      idempotency: _key
    fields: { service_code: code, name: name, fee: { from: fee, as: rupees }, days_allowed: days }
)";

struct Office : Hub {
  explicit Office(const std::string& flows)
  {
    folder().write("connectors/charter.yaml", kCharter);
    folder().write("connectors/ledger.yaml", kLedger);
    folder().write("connectors/warehouse.yaml", kWarehouse);
    for (const auto* name : {"charter", "ledger", "warehouse"})
      fs::create_directories(path(name));
    write_config(fmt::format(kHub, folder().path(), kTaps, kTarget) + flows);
  }

  // A file that is `age` seconds old; a tap that counts in seconds then tells it from an older one.
  void put(const std::string& name, const std::string& content, int age) const
  {
    const auto file = folder().write(name, content);
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::seconds(age));
  }

  std::size_t count_of(const std::string& entity)
  {
    return static_cast<std::size_t>(number_at(ask({"status"}), "/records/" + entity));
  }
};

// A dBase III table of texts and one flag.
std::string dbf(const std::vector<std::pair<std::string, std::string>>& rows)
{
  const auto field = [](std::string name, char type, char length) {
    name.resize(11, '\0');
    return name + type + std::string(4, '\0') + length + std::string(15, '\0');
  };
  const auto fields = field("CODE", 'C', 8) + field("NAME", 'C', 20) + field("TIED", 'L', 1);
  const auto padded = [](std::string text, std::size_t length) {
    text.resize(length, ' ');
    return text;
  };
  std::string table("\x03\x7e\x01\x01", 4);
  table += std::string{static_cast<char>(rows.size()), 0, 0, 0};
  table += std::string{static_cast<char>(32 + fields.size() + 1), 0, 30, 0} + std::string(20, '\0');
  table += fields + "\r";
  for (const auto& [code, name] : rows)
    table += " " + padded(code, 8) + padded(name, 20) + "T";
  return table + "\x1a";
}

} // namespace

TEST_CASE("a real tap is read, goes on from its own state, and a real target is written")
{
  if (!is_there(kTaps + "/tap-spreadsheets") || !is_there(kTarget + "/target-jsonl")) return;
  Office office("  service:\n    charter: { direction: pull, every: 1d }\n"
                "    warehouse: { direction: push, every: 1d }\n");
  office.put("charter/a.csv",
             "code,name,fee,days\nA,\"Birth, late\",12.10,3\nB,Trade,9007199254740993.10,4\n", 100);
  auto answer = office.ask({"sync"});
  CHECK(number_at(run_of(answer, "service@charter"), "/counts/created") == 2);
  CHECK(number_at(run_of(answer, "service@warehouse"), "/counts/pushed") == 2);
  const auto first = office.folder().read("warehouse/services.jsonl");
  CHECK(has(first, "\"fee\": 12.10"));
  CHECK(has(first, "\"fee\": 9007199254740993.10")); // more digits than a double has
  CHECK(has(first, "Birth, late"));

  // Nothing is new since the state: the tap says nothing, and nothing goes out.
  answer = office.ask({"sync"});
  CHECK(number_at(run_of(answer, "service@charter"), "/counts/pulled") == 0);
  CHECK(office.folder().read("warehouse/services.jsonl") == first);

  office.put("charter/b.csv", "code,name,fee,days\nC,Water,0.30,5\n", 10);
  answer = office.ask({"sync"});
  CHECK(number_at(run_of(answer, "service@charter"), "/counts/pulled") == 1);
  CHECK(number_at(run_of(answer, "service@warehouse"), "/counts/pushed") == 1);
  const auto all = office.folder().read("warehouse/services.jsonl");
  CHECK(std::count(all.begin(), all.end(), '\n') == 3);
  CHECK(office.count_of("service") == 3);

  // From the beginning again, where that is asked for.
  answer = office.ask({"sync", "service@charter", "--full"});
  CHECK(number_at(run_of(answer, "service@charter"), "/counts/pulled") == 3);
}

TEST_CASE("a real tap's catalog is discovered, and what its whole table no longer has is gone")
{
  if (!is_there(kTaps + "/tap-dbf")) return;
  Office office(
      "  scheme: { ledger: { direction: pull, every: 1d, rails: { max_deletes: 50% } } }\n");
  office.put("ledger/schemes.dbf", dbf({{"S1", "Roads"}, {"S2", "Water"}, {"S3", "Light"}}), 0);
  const auto probed = office.run({"connectors", "probe", "ledger"});
  CHECK(has(probed.out, "offers schemes"));
  auto answer = office.ask({"sync"});
  CHECK(number_at(run_of(answer, "scheme@ledger"), "/counts/created") == 3);
  office.put("ledger/schemes.dbf", dbf({{"S1", "Roads"}, {"S2", "Water, piped"}}), 0);
  answer = office.ask({"sync"});
  CHECK(number_at(run_of(answer, "scheme@ledger"), "/counts/updated") == 1);
  CHECK(number_at(run_of(answer, "scheme@ledger"), "/counts/deleted") == 1);
  // A table that breaks off is a failed reading, and no deletion.
  office.put("ledger/schemes.dbf", "no table", 0);
  const auto failed = office.run({"sync", "--json"});
  CHECK(failed.code != 0);
  CHECK(office.count_of("scheme") == 2);
}
