// Dropped files: what is picked up, what is left, and where it goes; and deaths in between.
#include <doctest/doctest.h>

#include "connectors/files/drop.hpp"
#include "tests/unit/connectors/files_bench.hpp"

#include <filesystem>
#include <functional>

using namespace gramsetu;
using namespace gramsetu::connectors;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

const std::string kDrop = "{ path: \"in/*.csv\", drop: { archive: taken, acknowledge: acks } }";

// The records of one pull that starts from `since`; the cursor that a run would store.
struct Pulled {
  std::size_t records = 0;
  std::string cursor;
};

Pulled pull(FilesBench& bench, const std::string& since)
{
  bench.records = bench.bad = 0;
  bench.cursor.clear();
  const auto pulled = bench.pull_all(since);
  REQUIRE_MESSAGE(pulled, (pulled ? "" : pulled.error().what));
  return {bench.records, bench.cursor};
}

bool is_there(const FilesBench& bench, const std::string& path)
{
  return fs::exists(bench.dir.file(path));
}

} // namespace

TEST_CASE("a dropped file is read once, and filed away when a pull starts from what covers it")
{
  FilesBench bench(kDrop);
  bench.dir.write("in/a.csv", "id\n1\n2\n3,x\n");
  bench.dir.write("in/b.csv", "id\n4\n");
  const auto first = pull(bench, "");
  CHECK(first.records == 3);
  // The run died before its cursor was stored: all of it again.
  CHECK(is_there(bench, "in/a.csv"));
  CHECK(pull(bench, "").records == 3);
  bench.dir.write("in/c.csv", "id\n5\n");
  const auto second = pull(bench, first.cursor);
  CHECK(second.records == 1);
  CHECK_FALSE(is_there(bench, "in/a.csv"));
  CHECK_FALSE(is_there(bench, "in/b.csv"));
  CHECK(is_there(bench, "in/c.csv"));
  CHECK(bench.dir.read("taken/a.csv") == "id\n1\n2\n3,x\n");
  CHECK(bench.dir.read("acks/a.csv.ack") ==
        "{\"file\":\"a.csv\",\"sha256\":"
        "\"f68fac40b8d04751263f793d9cc64d6d61f53edaf81e863e1e4062ae877da5d9\","
        "\"records\":2,\"unreadable\":1}\n");
  const auto third = pull(bench, second.cursor);
  CHECK(third.records == 0);
  CHECK(is_there(bench, "taken/c.csv"));
  CHECK(pull(bench, third.cursor).records == 0);
}

TEST_CASE("nothing is taken twice or lost, wherever a death falls")
{
  // What was done of filing a.csv away when the process died.
  for (const int step : {0, 1, 2}) {
    CAPTURE(step);
    FilesBench bench(kDrop);
    bench.dir.write("in/a.csv", "id\n1\n");
    const auto first = pull(bench, "");
    const auto stored = pull(bench, first.cursor); // files it away
    const auto ack = bench.dir.read("acks/a.csv.ack");
    REQUIRE_FALSE(ack.empty());
    if (step < 2) fs::rename(bench.dir.file("taken/a.csv"), bench.dir.file("in/a.csv"));
    if (step < 1) fs::remove(bench.dir.file("acks/a.csv.ack"));
    // The cursor of the run that died was not stored: the next one starts where it did.
    CHECK(pull(bench, first.cursor).records == 0);
    CHECK_FALSE(is_there(bench, "in/a.csv"));
    CHECK(is_there(bench, "taken/a.csv"));
    CHECK(bench.dir.read("acks/a.csv.ack") == ack);
    CHECK(std::distance(fs::directory_iterator(bench.dir.file("acks")), {}) == 1);
    CHECK(std::distance(fs::directory_iterator(bench.dir.file("taken")), {}) == 1);
  }
}

TEST_CASE("the same name again is another file; what has it already keeps it")
{
  FilesBench bench(kDrop);
  bench.dir.write("in/a.csv", "id\n1\n");
  const auto first = pull(bench, "");
  // Replaced after it was read and before it was filed away: it was never read.
  bench.dir.write("in/new.csv.part", "id\n2\n3\n");
  fs::rename(bench.dir.file("in/new.csv.part"), bench.dir.file("in/a.csv"));
  const auto second = pull(bench, first.cursor);
  CHECK(second.records == 2);
  CHECK_FALSE(is_there(bench, "taken/a.csv"));
  const auto third = pull(bench, second.cursor);
  CHECK(bench.dir.read("taken/a.csv") == "id\n2\n3\n");
  bench.dir.write("in/a.csv", "id\n9\n");
  const auto fourth = pull(bench, third.cursor);
  CHECK(fourth.records == 1);
  pull(bench, fourth.cursor);
  CHECK(bench.dir.read("taken/a.csv") == "id\n2\n3\n");
  CHECK(std::distance(fs::directory_iterator(bench.dir.file("taken")), {}) == 2);
  CHECK(std::distance(fs::directory_iterator(bench.dir.file("acks")), {}) == 2);
}

TEST_CASE(
    "a file that cannot be used as a whole is set aside with its reason, and the others go on")
{
  FilesBench bench("{ path: \"in/*\", drop: { archive: taken, errors: wrong } }");
  bench.dir.write("in/1.csv", "");
  bench.dir.write("in/2.csv", "id,name\n1,a\n2,\"b");
  bench.dir.write("in/3.csv.gz", "id\n1\n");
  bench.dir.write("in/4.csv", "id,name\n1,a\n");
  bench.dir.write("in/5.csv", "id,name\n1\n2\n");
  const auto pulled = pull(bench, "");
  CHECK(pulled.records == 1);
  CHECK_FALSE(bench.damaged);
  CHECK(bench.bad == 0); // nothing of them was given to anyone
  CHECK(bench.dir.read("wrong/1.csv.reason").find("no header") != std::string::npos);
  CHECK(bench.dir.read("wrong/2.csv.reason").find("line 3") != std::string::npos);
  CHECK(bench.dir.read("wrong/3.csv.gz.reason").find("gzip") != std::string::npos);
  CHECK(bench.dir.read("wrong/5.csv.reason").find("none of its 2 records") != std::string::npos);
  CHECK(bench.dir.read("wrong/2.csv") == "id,name\n1,a\n2,\"b");
  CHECK(std::distance(fs::directory_iterator(bench.dir.file("in")), {}) == 1);
}

TEST_CASE("a file waits for its marker, which goes with it")
{
  FilesBench bench("{ path: \"in/*\", drop: { archive: taken, ready: \"{file}.done\" } }");
  bench.dir.write("in/a.csv", "id\n1\n");
  bench.dir.write("in/b.csv", "id\n2\n");
  const auto none = pull(bench, "");
  CHECK(none.records == 0);
  bench.dir.write("in/b.csv.done", "");
  const auto one = pull(bench, none.cursor);
  CHECK(one.records == 1);
  pull(bench, one.cursor);
  CHECK(is_there(bench, "in/a.csv"));
  CHECK(is_there(bench, "taken/b.csv"));
  CHECK(is_there(bench, "taken/b.csv.done"));
  CHECK_FALSE(is_there(bench, "in/b.csv.done"));
}

namespace {

// Does something in the folder while somebody waits.
class BusyClock final : public Clock {
public:
  std::function<void()> meanwhile;
  int waits = 0;

  Instant now() const noexcept override { return Instant{}; }
  Ticks ticks() const noexcept override { return Ticks{}; }
  bool sleep_until(Ticks, std::stop_token stop) override
  {
    ++waits;
    if (meanwhile) meanwhile();
    return !stop.stop_requested();
  }
};

} // namespace

TEST_CASE("a file that still grows is left for the next run")
{
  FilesBench bench(kDrop);
  BusyClock clock;
  EndpointSettings settings;
  settings.name = "drop";
  settings.path = bench.dir.path();
  settings.manifest = bench.manifest;
  auto opened = files::transport_type().open(settings, {clock, Log(clock, bench.sink), "hub"});
  REQUIRE(opened);
  bench.connector = std::move(*opened);
  bench.dir.write("in/a.csv", "id\n1\n");
  bench.dir.write("in/b.csv", "id\n2\n");
  clock.meanwhile = [&] { bench.dir.write("in/b.csv", "id\n2\n3\n"); };
  const auto first = pull(bench, "");
  CHECK(first.records == 1);
  CHECK(clock.waits == 1);
  clock.meanwhile = nullptr;
  const auto second = pull(bench, first.cursor);
  CHECK(second.records == 2);
  CHECK(pull(bench, second.cursor).records == 0);
  CHECK(clock.waits == 2); // nothing new, nothing to wait for
}

TEST_CASE("pages of dropped files can be asked for again, and by another process")
{
  FilesBench bench(kDrop);
  bench.dir.write("in/a.csv", many_rows(1'300));
  bench.dir.write("in/b.csv", many_rows(1'300));
  const auto first = bench.page();
  REQUIRE(first);
  const auto second = bench.page(first->next, {"all", {}}, "", first->cursor);
  REQUIRE(second);
  bench.open();
  const auto again = bench.page(first->next, {"all", {}}, "", first->cursor);
  REQUIRE(again);
  CHECK(again->cursor == second->cursor);
  CHECK(again->records.back().body == second->records.back().body);
  bench.open();
  const auto third = bench.page(second->next, {"all", {}}, "", second->cursor);
  REQUIRE(third);
  CHECK(third->last);
  CHECK(third->total == 2'600u);
  CHECK(files::read_taken(third->cursor)->size() == 2);
  // What was read in part only is covered by no cursor yet.
  CHECK(files::read_taken(first->cursor)->empty());
  CHECK(files::read_taken(second->cursor)->size() == 1);
}

TEST_CASE("a folder that cannot be filed into stops the pull, and says why")
{
  FilesBench bench(kDrop);
  bench.dir.write("in/a.csv", "id\n1\n");
  const auto first = pull(bench, "");
  bench.dir.write("taken", "a file in the folder's place");
  const auto page = bench.page("", {"all", {}}, first.cursor);
  REQUIRE_FALSE(page);
  CHECK(page.error().what.starts_with("'in/a.csv' was taken and cannot be filed away"));
  CHECK(is_there(bench, "in/a.csv"));
  CHECK(bench.page("", {"all", {}}, "no cursor").error().kind == ErrorKind::invalid);
}

TEST_CASE("wrong words of a drop folder are found")
{
  FilesBench bench("{ path: \"in/*\", deletes: snapshot, drop: { errors: ../x, ready: done, "
                   "settle: 2h, archve: y } }");
  bench.manifest->streams.front().deletes = Deletes::snapshot;
  std::vector<schema::Finding> findings;
  files::check_manifest(*bench.manifest, findings);
  std::string all;
  for (const auto& finding : findings)
    all += finding.wrong + "\n";
  CAPTURE(all);
  CHECK(findings.size() == 6);
  CHECK(all.find("does not say where files go") != std::string::npos);
  CHECK(all.find("proves no absence") != std::string::npos);
}
