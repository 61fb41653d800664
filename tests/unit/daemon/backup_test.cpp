// Backups by schedule and by hand, what becomes of them, and how a store that went back is known.
#include "daemon/runtime/backup.hpp"

#include "base/encryption.hpp"
#include "daemon/runtime/anchor.hpp"
#include "daemon/runtime/attachments.hpp"
#include "daemon/runtime/restore.hpp"
#include "daemon/runtime/rewind.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace gramsetu;
using namespace gramsetu::runtime;
using namespace std::chrono_literals;
using gramsetu::test::TempDir;

namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "a key of twenty-six letters";

struct Scene {
  TempDir dir;
  test::FakeClock clock;
  Ids ids{7};
  NullSink sink;
  std::unique_ptr<Hub> hub;

  explicit Scene(const std::string& rest = "")
  {
    dir.write("gramsetu.yaml", "hub: { name: jalpaiguri }\nstore: { sqlite: { path: hub.db } }\n"
                               "endpoints: {}\nflows: {}\napi: { unix: api.sock }\n" +
                                   rest);
    fs::create_directory(dir.file("kept"));
    open();
  }

  std::unique_ptr<config::Loaded> loaded()
  {
    const auto file = dir.file("gramsetu.yaml");
    auto read = config::load(file, config::installed_paths(file), true);
    for (const auto& finding : read->findings)
      FAIL(schema::to_text(finding));
    return read;
  }

  void open()
  {
    auto opened = Hub::open(loaded(), {clock, ids, sink});
    REQUIRE_MESSAGE(opened, opened.error().what);
    hub = std::move(*opened);
  }

  void in(const std::function<Result<void>(store::Tx&)>& work)
  {
    const auto done = hub->store().transact(work);
    REQUIRE_MESSAGE(done, done.error().what);
  }

  // Something that the log of changes counts.
  void change()
  {
    in([](store::Tx& tx) -> Result<void> {
      store::ChangeRow row;
      row.entity = "voucher";
      row.key = "V1";
      row.kind = "updated";
      row.fields = "{}";
      TRY_VOID(tx.add_change(row));
      return {};
    });
  }

  store::Heads heads()
  {
    store::Heads heads;
    in([&](store::Tx& tx) -> Result<void> {
      TRY(heads, store::heads_of(tx));
      return {};
    });
    return heads;
  }

  std::optional<Rewind> rewind()
  {
    std::optional<Rewind> found;
    in([&](store::Tx& tx) -> Result<void> {
      TRY(found, rewind_of(tx));
      return {};
    });
    return found;
  }

  BackupState state()
  {
    BackupState state;
    in([&](store::Tx& tx) -> Result<void> {
      TRY(state, backup_state(tx));
      return {};
    });
    return state;
  }

  Result<BackupMade> make(const std::string& file, const std::string& key = "")
  {
    return back_up(*hub, {file, connectors::Secret(key), "clerk"}, {});
  }

  Result<RestoreDone> put_back(const std::string& file, const std::string& key = "")
  {
    RestoreOrder order;
    order.file = file;
    order.key = connectors::Secret(key);
    order.hub = "jalpaiguri";
    order.store = *store_options(*loaded());
    order.now = clock.now();
    return restore(order);
  }

  std::vector<std::string> names(const std::string& folder)
  {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(dir.file(folder)))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
};

} // namespace

TEST_CASE("a backup is a sound store of its own, in the clear or under a key")
{
  Scene scene;
  scene.change();
  const auto clear = scene.dir.file("kept/clear.gsb"), locked = scene.dir.file("kept/locked.gsb");
  const auto made = scene.make(clear);
  REQUIRE_MESSAGE(made, made.error().what);
  CHECK(made->bytes > 8192);
  CHECK(store::check_copy(clear).has_value());
  REQUIRE(scene.make(locked, kKey));
  CHECK(is_encrypted(locked));
  CHECK(is_backup(locked));
  CHECK(scene.state().good->file == locked);
  CHECK(scene.state().good->encrypted);
  CHECK(scene.names("kept") == std::vector<std::string>{"clear.gsb", "locked.gsb"});
  CHECK_FALSE(fs::exists(scene.dir.file("hub.db.backup")));
  REQUIRE(scene.make(clear)); // replaces a backup
}

TEST_CASE("a backup never takes the place of another file, and the store is one")
{
  Scene scene;
  scene.dir.write("kept/letter", "to the collector");
  for (const auto& file :
       {scene.dir.file("kept/letter"), scene.dir.file("hub.db"), std::string("relative.gsb")}) {
    CAPTURE(file);
    const auto made = scene.make(file);
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::invalid);
  }
  CHECK(scene.dir.read("kept/letter") == "to the collector");
  CHECK_FALSE(scene.state().failed);
}

TEST_CASE("a backup that cannot be made is noted with the last good one, and leaves nothing")
{
  Scene scene;
  REQUIRE(scene.make(scene.dir.file("kept/one.gsb")));
  for (const std::string key : {"", kKey}) {
    const auto made = scene.make(scene.dir.file("none/two.gsb"), key);
    REQUIRE_FALSE(made);
    CHECK(made.error().what.find("ReadWritePaths=") != std::string::npos);
  }
  const auto state = scene.state();
  REQUIRE(state.failed);
  CHECK(state.failed->file == scene.dir.file("none/two.gsb"));
  CHECK(state.good->file == scene.dir.file("kept/one.gsb"));
  REQUIRE(scene.make(scene.dir.file("kept/one.gsb")));
  CHECK_FALSE(scene.state().failed);
}

TEST_CASE("the schedule makes one when it is due, soon again after a failure, and keeps so many")
{
  Scene scene("backup: { path: kept, every: 1d, keep: 2 }\n");
  scene.dir.write("kept/jalpaiguri-notes.gsb", "not of the schedule");
  const auto turn = [&] {
    const auto due = due_backup(*scene.hub);
    REQUIRE_MESSAGE(due, due.error().what);
    if (!*due) return false;
    const auto made = back_up(*scene.hub, **due, {});
    REQUIRE_MESSAGE(made, made.error().what);
    REQUIRE(thin_out_backups(*scene.hub));
    return true;
  };
  CHECK(turn());
  CHECK_FALSE(turn());
  scene.clock.advance(23h);
  CHECK_FALSE(turn());
  scene.clock.advance(2h);
  CHECK(turn());
  REQUIRE_FALSE(scene.make(scene.dir.file("none/x.gsb")));
  CHECK_FALSE(turn());
  scene.clock.advance(16min);
  CHECK(turn());
  const auto names = scene.names("kept");
  REQUIRE(names.size() == 3);
  CHECK(std::count(names.begin(), names.end(), "jalpaiguri-notes.gsb") == 1);
}

TEST_CASE("a restored store says that it went back, and reuses no number; nothing is thrown away")
{
  Scene scene;
  scene.change();
  const auto file = scene.dir.file("kept/one.gsb");
  REQUIRE(scene.make(file, kKey));
  scene.change();
  scene.change();
  REQUIRE(drop_anchor(*scene.hub));
  SUBCASE("the file is damaged, or it is another key: everything is as it was")
  {
    scene.hub.reset();
    CHECK_FALSE(scene.put_back(file, "another key, just as long"));
    fs::resize_file(file, fs::file_size(file) - 1);
    CHECK_FALSE(scene.put_back(file, kKey));
    CHECK_FALSE(scene.put_back(scene.dir.file("kept/none.gsb")));
    scene.open();
    CHECK(scene.heads().change == 3);
    CHECK_FALSE(scene.rewind());
    return;
  }
  SUBCASE("not while a hub runs")
  {
    const auto done = scene.put_back(file, kKey);
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == ErrorKind::precondition);
    return;
  }
  scene.hub.reset();
  const auto done = scene.put_back(file, kKey);
  REQUIRE_MESSAGE(done, done.error().what);
  REQUIRE_FALSE(done->moved.empty());
  CHECK(store::is_store(done->moved.back()));
  scene.open();
  const auto rewind = scene.rewind();
  REQUIRE(rewind);
  CHECK(rewind->cause.find("restored from") == 0);
  CHECK(rewind->before == 1);
  CHECK(rewind->changes == 2);
  CHECK(scene.heads().change > 3); // readers of the feed have seen 2 and 3
  scene.hub.reset();
  scene.open();
  REQUIRE(scene.rewind()); // until somebody accepts it
  CHECK(scene.rewind()->since == rewind->since);
  REQUIRE(accept_rewind(*scene.hub, "clerk", "looked at"));
  CHECK_FALSE(scene.rewind());
  CHECK(accept_rewind(*scene.hub, "clerk", "").error().kind == ErrorKind::not_found);
  scene.hub.reset();
  scene.open();
  CHECK_FALSE(scene.rewind());
}

TEST_CASE("documents go into a backup and come back from it, each what its name says")
{
  Scene scene;
  const auto folder = attachments_beside(scene.dir.file("hub.db"));
  const std::string texts[] = {"a certificate", std::string(2000000, 'p'), ""};
  for (const auto& text : texts)
    REQUIRE(store::Attachments(folder).keep(sha256(text), text));
  const auto path_of = [&](const std::string& text) {
    return "hub.db.attachments/" + to_hex(sha256(text));
  };
  const auto file = scene.dir.file("kept/one.gsb");
  std::string key;
  SUBCASE("in the clear") {}
  SUBCASE("encrypted")
  {
    key = kKey;
  }
  SUBCASE("one that the disk has spoilt is named and left out; the rest is there")
  {
    scene.dir.write(path_of("a certificate"), "a certificatf");
    const auto made = scene.make(file);
    REQUIRE_MESSAGE(made, made.error().what);
    CHECK(made->documents == 2);
    CHECK(made->damaged == std::vector{to_hex(sha256("a certificate"))});
    return;
  }
  const auto made = scene.make(file, key);
  REQUIRE_MESSAGE(made, made.error().what);
  CHECK(made->documents == 3);
  CHECK(scene.state().good->documents == 3);
  CHECK(made->bytes > 2000000);
  scene.hub.reset();
  fs::remove(scene.dir.file(path_of(texts[1])));
  scene.dir.write(path_of("a certificate"), "a certificatf"); // as long as it was
  const auto done = scene.put_back(file, key);
  REQUIRE_MESSAGE(done, done.error().what);
  CHECK(done->documents == 3);
  for (const auto& text : texts)
    CHECK(folder.read(sha256(text)).value().value() == text);
  CHECK(fs::file_size(scene.dir.file("hub.db")) < 1000000); // they are not in the store, too
  scene.open();
}

TEST_CASE("a document that was changed inside of a backup is not restored, nor anything else")
{
  Scene scene;
  REQUIRE(
      attachments_beside(scene.dir.file("hub.db")).keep(sha256("of the court"), "of the court"));
  scene.change();
  const auto file = scene.dir.file("kept/one.gsb");
  REQUIRE(scene.make(file));
  auto bytes = scene.dir.read("kept/one.gsb");
  const auto at = bytes.find("of the court");
  REQUIRE(at != std::string::npos);
  bytes[at] = 'O';
  scene.dir.write("kept/one.gsb", bytes);
  scene.change();
  scene.hub.reset();
  const auto done = scene.put_back(file);
  REQUIRE_FALSE(done);
  CHECK(done.error().what.find(to_hex(sha256("of the court"))) != std::string::npos);
  scene.open();
  CHECK(scene.heads().change == 2);
}

TEST_CASE("a store file that was put back without a word is known by the anchor")
{
  Scene scene;
  scene.change();
  scene.hub.reset();
  fs::copy_file(scene.dir.file("hub.db"), scene.dir.file("yesterday"));
  scene.open();
  CHECK_FALSE(scene.rewind());
  scene.change();
  REQUIRE(drop_anchor(*scene.hub));
  scene.hub.reset();
  for (const auto* part : {"-wal", "-shm"})
    fs::remove(scene.dir.file(std::string("hub.db") + part));
  fs::rename(scene.dir.file("yesterday"), scene.dir.file("hub.db"));
  scene.open();
  REQUIRE(scene.rewind());
  CHECK(scene.rewind()->cause.find("older than the one that was here") != std::string::npos);
  CHECK(scene.rewind()->changes == 1);
}

TEST_CASE("a store on another machine asks whether the old one still runs; a new one asks nothing")
{
  Scene scene;
  CHECK_FALSE(scene.rewind());
  const auto path = scene.dir.file("hub.db");
  auto anchor = read_anchor(path).value().value();
  if (anchor.machine.empty()) return; // this machine has no id to tell it by
  anchor.machine = "of another machine";
  scene.hub.reset();
  REQUIRE(write_anchor(path, anchor));
  scene.open();
  REQUIRE(scene.rewind());
  CHECK(scene.rewind()->cause.find("another machine") != std::string::npos);
}
