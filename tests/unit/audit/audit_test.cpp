// The audit log: a chain that goes on after any death, and shows whatever was done to it.
#include "base/signature.hpp"
#include "daemon/audit/audit.hpp"
#include "daemon/audit/reading.hpp"
#include "schema/json.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

using namespace gramsetu;
using namespace gramsetu::audit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Died {};

struct Desk {
  test::TempDir dir;
  test::FakeClock clock;
  Options options;
  std::unique_ptr<Audit> audit;
  std::string failing; // the touch that fails, "" for none
  int alive = -1;      // touches before it dies; negative: it lives

  Desk()
  {
    options.folder = dir.file("audit");
    options.hub = "jalpaiguri";
    options.on_touch = [this](std::string_view what) -> Result<void> {
      if (alive == 0) throw Died();
      if (alive > 0) --alive;
      if (!failing.empty() && what == failing) return fail(ErrorKind::transient, "disk full");
      return {};
    };
    open();
  }

  void open()
  {
    audit.reset();
    audit = Audit::open(options, clock);
  }
  Act act(const std::string& object) const
  {
    Act act;
    act.who = "asha";
    act.role = "operator";
    act.from = "uid 1001";
    act.what = "conflict.resolve";
    act.object = object;
    return act;
  }
  void append(int count)
  {
    for (int i = 0; i < count; ++i)
      REQUIRE(audit->append(act(std::to_string(i))));
  }
  std::vector<std::string> names() const { return names_in(options.folder); }
  std::string path(const std::string& name) const { return options.folder + "/" + name; }
  std::string text(const std::string& name) const
  {
    std::ostringstream all;
    all << std::ifstream(path(name), std::ios::binary).rdbuf();
    return all.str();
  }
  void write(const std::string& name, const std::string& text) const
  {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << text;
  }
  std::vector<Line> entries(Query query = {}) const { return read_entries(options.folder, query); }
  int program(const std::string& arguments) const
  {
    const auto line =
        "python3 " GRAMSETU_SOURCE_DIR "/" + arguments + " > " + dir.file("said") + " 2>&1";
    return std::system(line.c_str());
  }
  std::string said() const { return dir.read("said"); }
};

} // namespace

TEST_CASE("who, what, when and why are in an entry, and nothing in it breaks a line")
{
  Desk desk;
  CHECK(desk.names().empty()); // a log without entries has no folder
  auto act = desk.act("12");
  act.reason = "as the \"office\" said\n{\"kind\":\"act\"}\x1b[2J\u202e";
  REQUIRE(desk.audit->append(act));
  const auto all = desk.entries();
  REQUIRE(all.size() == 1);
  const auto& members = all[0].members;
  CHECK(text_of(members, "at") == "2026-11-23T10:00:00.000+05:30");
  CHECK(text_of(members, "utc") == "2026-11-23T04:30:00.000Z");
  CHECK(text_of(members, "who") == "asha");
  CHECK(text_of(members, "from") == "uid 1001");
  CHECK(text_of(members, "reason") ==
        "as the \"office\" said\\n{\"kind\":\"act\"}\\u001b[2J\\u202e");
  const auto clock = text_of(members, "clock");
  CHECK((clock == "synchronised" || clock == "unsynchronised" || clock == "unknown"));
  CHECK(all[0].link.sequence == 2); // the first is the file's
  struct stat status {};
  REQUIRE(::stat(desk.path("audit.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(verify(desk.options.folder).bad == 0);
}

TEST_CASE("the chain goes on where it was, also when a death left half a line")
{
  Desk desk;
  desk.append(3);
  desk.open();
  desk.append(1);
  const auto name = desk.names().front();
  const auto before = desk.text(name);
  desk.audit.reset();
  desk.write(name, before + before.substr(0, 40));
  desk.open();
  desk.append(1);
  const auto verdict = verify(desk.options.folder);
  CHECK_MESSAGE(verdict.bad == 0, verdict.problem);
  CHECK(verdict.last == 7); // file, four, what was cut off, one
  CHECK(text_of(desk.entries()[4].members, "what") == "audit.recovered");
  CHECK(desk.text(name).starts_with(before));
}

TEST_CASE("a file for each month and size ends with a signed head, and the next names its digest")
{
  Desk desk;
  desk.options.file_bytes = 2000;
  desk.open();
  desk.append(6);
  desk.clock.set(test::at("2026-12-01T00:00:00+05:30"));
  desk.append(1);
  desk.clock.set(test::at("2026-11-30T00:00:00+05:30")); // set back: still behind
  desk.append(1);
  const auto names = desk.names();
  REQUIRE(names.size() >= 3);
  CHECK(names.front() == "audit-2026-11-001.ndjson");
  CHECK(names.back() == "audit-2026-12-001.ndjson");
  const auto verdict = verify(desk.options.folder);
  CHECK_MESSAGE(verdict.bad == 0, verdict.problem);
  CHECK(verdict.heads == names.size() - 1);
  for (std::size_t i = 1; i < names.size(); ++i) {
    const auto first = parse_line(desk.text(names[i]).substr(0, desk.text(names[i]).find('\n')));
    REQUIRE(first);
    CHECK(text_of(first->members, "last_file") == names[i - 1]);
    CHECK(text_of(first->members, "last_digest") == first->previous);
  }
}

TEST_CASE("another key begins a file of its own, and the second program follows with both")
{
  Desk desk;
  desk.append(3);
  const auto first = desk.audit->head().value().key;
  desk.options.key_pem = SigningKey::generate().value().pem();
  desk.open();
  desk.append(3);
  const auto second = desk.audit->head().value().key;
  CHECK(first != second);
  desk.open(); // the same again: no other file
  desk.append(1);
  desk.audit->finish();
  const auto& folder = desk.options.folder;
  CHECK(desk.names().size() == 2);
  const auto with = [&](const std::string& keys) {
    return desk.program("daemon/certify/gramsetu-audit " + folder + keys);
  };
  CHECK_MESSAGE(with(" --key " + first + " --key " + second) == 0, desk.said());
  CHECK(with(" --key " + first) != 0);
  CHECK(verify(folder).bad == 0);
}

TEST_CASE("a death at any touch of the disk leaves no gap, no fork, and nothing promised lost")
{
  int deaths = 0;
  for (int after = 0; after < 60; ++after) {
    Desk desk;
    desk.options.file_bytes = 1500; // every other entry begins a file
    desk.open();
    std::size_t promised = 0;
    desk.alive = after;
    try {
      for (int i = 0; i < 6; ++i) {
        if (!desk.audit->append(desk.act(std::to_string(i))))
          break; // REQUIRE would swallow the death
        ++promised;
      }
    } catch (const Died&) {
      ++deaths;
    }
    desk.alive = -1;
    desk.open();
    desk.append(1);
    const auto verdict = verify(desk.options.folder);
    CHECK_MESSAGE(verdict.bad == 0, after << ": " << verdict.problem);
    const auto kept = desk.entries().size();
    CHECK(kept >= promised + 1);
    CHECK(kept <= promised + 2); // what was written, and not yet promised
  }
  CHECK(deaths > 20);
}

TEST_CASE("what cannot be written is refused or waits, and is never dropped")
{
  for (const auto* touch : {"write", "sync"}) {
    CAPTURE(touch);
    Desk desk;
    std::vector<bool> told;
    desk.audit->on_change([&](const State& state) { told.push_back(state.blocked); });
    desk.append(1);
    desk.failing = touch;
    const auto refused = desk.audit->append(desk.act("refused"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what.starts_with("AUDIT_BLOCKED: "));
    CHECK(refused.error().kind == ErrorKind::transient);
    desk.audit->note(desk.act("waits"));
    desk.clock.advance(5min);
    desk.audit->tend();
    CHECK(desk.audit->state().blocked);
    CHECK(desk.audit->state().waiting == 1);
    CHECK(desk.entries().size() == 1);
    desk.failing.clear();
    desk.audit->tend();
    CHECK_FALSE(desk.audit->state().blocked);
    const auto all = desk.entries();
    REQUIRE(all.size() == 2);
    CHECK(text_of(all[1].members, "object") == "waits");
    CHECK(text_of(all[1].members, "utc") == "2026-11-23T04:30:00.000Z"); // when it happened
    CHECK(told == std::vector<bool>{true, false});
    CHECK(verify(desk.options.folder).bad == 0);
  }
}

TEST_CASE("a file that somebody else touches, or takes away, blocks until it is as it was")
{
  Desk desk;
  desk.append(2);
  fs::rename(desk.options.folder, desk.dir.file("away"));
  CHECK_FALSE(desk.audit->append(desk.act("a")));
  fs::rename(desk.dir.file("away"), desk.options.folder);
  CHECK(desk.audit->append(desk.act("b")));
  std::ofstream(desk.path(desk.names().front()), std::ios::app) << "{}\n";
  CHECK_FALSE(desk.audit->append(desk.act("c")));
  CHECK(desk.audit->state().reason.find("changed by somebody else") != std::string::npos);
  // Only one process writes.
  const auto second = Audit::open(desk.options, desk.clock);
  CHECK(second->state().blocked);
}

TEST_CASE("a head is signed once a day and at a stop, and shows that the end was cut off")
{
  Desk desk;
  std::vector<Head> heads;
  const auto listen = [&] {
    desk.audit->on_head([&](const Head& head) { heads.push_back(head); });
  };
  listen();
  CHECK(desk.audit->head().error().kind == ErrorKind::not_found);
  desk.append(2);
  desk.audit->tend();
  desk.audit->tend();
  CHECK(heads.size() == 1);
  desk.append(1);
  desk.audit->tend();
  CHECK(heads.size() == 1); // a day has one
  desk.clock.advance(24h);
  desk.audit->tend();
  CHECK(heads.size() == 2);
  desk.open();
  listen();
  desk.append(1);
  desk.audit->tend();
  CHECK(heads.size() == 2); // also after a start
  desk.audit->finish();
  desk.audit->finish();
  REQUIRE(heads.size() == 3);
  CHECK(is_genuine(heads[2]));
  auto other = heads[2];
  other.link.sequence -= 1;
  CHECK_FALSE(is_genuine(other));
  const auto now = desk.audit->head();
  REQUIRE(now);
  CHECK(is_genuine(*now));
  CHECK(now->key == heads[0].key);
}

TEST_CASE("only whole files past the retention go, and the chain says where it begins then")
{
  Desk desk;
  desk.options.file_bytes = 1 << 20;
  desk.open();
  for (int day = 0; day < 200; ++day) {
    desk.append(1);
    desk.audit->tend();
    desk.clock.advance(24h);
  }
  const auto keep = [&](int days) { return desk.audit->purge(desk.clock.now() - days * 24h); };
  const auto oldest = [&] {
    return *from_rfc3339(text_of(desk.entries({.limit = 1})[0].members, "utc"));
  };
  const auto begun = oldest();
  CHECK(*keep(365) == 0);
  CHECK(oldest() == begun);
  CHECK(*keep(195) == 0); // the first month is not over so long ago
  CHECK(*keep(180) == 1);
  CHECK(desk.clock.now() - oldest() >= 180 * 24h); // and nothing younger than that is gone
  const auto verdict = verify(desk.options.folder);
  CHECK_MESSAGE(verdict.bad == 0, verdict.problem);
  CHECK(verdict.first > 1);
  // The same without a purge that says so.
  const auto names = desk.names();
  fs::remove(desk.path(names.front()));
  CHECK(verify(desk.options.folder).bad == 1);
}

TEST_CASE("entries are found by who, what, object and time")
{
  Desk desk;
  desk.append(3);
  desk.clock.advance(1h);
  auto other = desk.act("voucher V1");
  other.who = "ravi";
  other.what = "record.put";
  REQUIRE(desk.audit->append(other));
  CHECK(desk.entries().size() == 4);
  CHECK(desk.entries({.who = "ravi"}).size() == 1);
  CHECK(desk.entries({.what = "conflict"}).size() == 3);
  CHECK(desk.entries({.what = "conf"}).empty());
  CHECK(desk.entries({.object = "voucher V1"}).size() == 1);
  CHECK(desk.entries({.from = desk.clock.now()}).size() == 1);
  CHECK(desk.entries({.till = desk.clock.now()}).size() == 3);
  CHECK(desk.entries({.after = 2, .limit = 1})[0].link.sequence == 3);
  CHECK(desk.entries({.limit = 1, .newest = true})[0].link.sequence == 5);
}

TEST_CASE("a thousand ways of changing the log are found, each by the entry that was changed")
{
  Desk desk;
  desk.options.file_bytes = 6000;
  desk.open();
  for (int i = 0; i < 30; ++i) {
    desk.append(1);
    if (i % 10 == 9) desk.audit->finish();
  }
  REQUIRE(desk.names().size() > 2);
  const auto head = desk.audit->head();
  REQUIRE(head);
  desk.dir.write("head.json", schema::to_json(head_json(*head)));
  if (std::system("python3 -c 'pass' 2>/dev/null") != 0) {
    MESSAGE("skipped: there is no python3");
    return;
  }
  const auto folder = desk.options.folder;
  const auto good = desk.program("daemon/certify/gramsetu-audit " + folder + " --head " +
                                 desk.dir.file("head.json") + " --key " + head->key);
  CHECK_MESSAGE(good == 0, desk.said());
  const auto found =
      desk.program("tests/kit/audit_mutations.py " + folder + " " + desk.dir.file("head.json") +
                   " " GRAMSETU_SOURCE_DIR "/daemon/certify/gramsetu-audit");
  CHECK_MESSAGE(found == 0, desk.said());
}

TEST_CASE("the hub's own check names the same entry as the second program")
{
  Desk desk;
  desk.append(20);
  desk.audit->finish();
  const auto name = desk.names().front();
  const auto text = desk.text(name);
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);)
    lines.push_back(line);
  const auto bad_with = [&](const std::vector<std::string>& changed) {
    std::string whole;
    for (const auto& line : changed)
      whole += line + "\n";
    desk.write(name, whole);
    const auto here = verify(desk.options.folder).bad;
    desk.program("daemon/certify/gramsetu-audit --json " + desk.options.folder);
    const auto said = schema::parse_json(desk.said());
    REQUIRE_MESSAGE(said, desk.said());
    CHECK(schema::at_pointer(*said, "/bad")->integer() == here);
    return here;
  };
  CHECK(bad_with(lines) == 0);
  auto changed = lines;
  changed[6].replace(changed[6].find("asha"), 4, "ravi");
  CHECK(bad_with(changed) == 7);
  // The same with a hash that fits: the next entry names the one that was there.
  auto members = parse_line(changed[6])->members;
  members.erase("hash");
  changed[6] = seal(members, parse_line(lines[5])->link).line;
  CHECK(bad_with(changed) == 7);
  changed = lines;
  changed.erase(changed.begin() + 9);
  CHECK(bad_with(changed) == 10);
  changed = lines;
  std::swap(changed[3], changed[15]);
  CHECK(bad_with(changed) == 4);
  changed = lines;
  changed.erase(changed.begin());
  CHECK(bad_with(changed) == 1);
}
