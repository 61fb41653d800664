// Which documents go when nothing names them any more.
#include "daemon/runtime/attachments.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace gramsetu;
namespace fs = std::filesystem;

namespace {

struct Scene {
  test::TempDir folder;
  runtime::Setup setup;
  std::unique_ptr<store::Store> store;
  Instant now = std::chrono::time_point_cast<Instant::duration>(std::chrono::system_clock::now());

  Scene()
  {
    setup.loaded = std::make_unique<config::Loaded>();
    setup.loaded->config.store_path = folder.file("hub.db");
    auto& findings = setup.loaded->findings;
    setup.loaded->entities.add(schema::parse_document("entity: paper\ntitle: Paper\nkey: [code]\n"
                                                      "authority: [local]\nfields:\n"
                                                      "  code: { type: text, privacy: open }\n"
                                                      "  doc: { type: object, privacy: open }\n",
                                                      "paper.yaml", findings),
                               findings);
    REQUIRE(findings.empty());
    store = *store::open_store({folder.file("hub.db"), {}, 1 << 20});
  }

  std::string path(const std::string& bytes) const
  {
    return folder.file("hub.db.attachments/" + to_hex(sha256(bytes)));
  }

  // A document that came so many days ago; what names it.
  std::string keep(const std::string& bytes, int days)
  {
    REQUIRE(runtime::make_keeper(setup.config())->keep(sha256(bytes), bytes));
    fs::last_write_time(path(bytes),
                        fs::file_time_type::clock::now() - std::chrono::hours(24 * days));
    return R"({"doc":{"sha256":")" + to_hex(sha256(bytes)) + "\"}}";
  }

  void in(const std::function<Result<void>(store::Tx&)>& work) { REQUIRE(store->transact(work)); }

  std::size_t sweep(int days = 0)
  {
    const auto gone =
        runtime::sweep_attachments(setup, *store, now + std::chrono::hours(24 * days));
    REQUIRE(gone);
    return *gone;
  }
};

} // namespace

TEST_CASE("a document stays while a record or a change names it, and a week in any case")
{
  Scene scene;
  const auto named = scene.keep("named", 30), changed = scene.keep("changed", 30);
  scene.keep("loose", 30);
  scene.keep("new", 3);
  scene.in([&](store::Tx& tx) -> Result<void> {
    store::RecordRow record;
    record.entity = "paper";
    record.key = "1";
    record.body = named;
    store::ChangeRow change;
    change.entity = "paper";
    change.key = "1";
    change.kind = "updated";
    change.fields = R"({"doc":[)" + changed + ",null]}";
    TRY(record.sequence, tx.add_change(change));
    return tx.put_record(record);
  });
  CHECK(scene.sweep() == 1);
  for (const auto* bytes : {"named", "changed", "new"})
    CHECK_MESSAGE(fs::exists(scene.path(bytes)), bytes);
  CHECK_FALSE(fs::exists(scene.path("loose")));
  scene.keep("loose", 30);
  CHECK(scene.sweep() == 0); // once a day
  CHECK(scene.sweep(2) == 1);
  CHECK(scene.sweep(8) == 1); // the new one is old by now
  CHECK(fs::exists(scene.path("named")));
}

TEST_CASE(
    "a document that is stated and not sent again counts as seen, if it is what its name says")
{
  Scene scene;
  scene.keep("stated", 30);
  scene.keep("damaged", 30);
  const auto keeper = runtime::make_keeper(scene.setup.config());
  CHECK(keeper->size_of(sha256("stated")) == 6);
  CHECK_FALSE(keeper->size_of(sha256("never came")));
  scene.folder.write("hub.db.attachments/" + to_hex(sha256("damaged")), "dameged");
  CHECK_FALSE(keeper->size_of(sha256("damaged")));
  CHECK(scene.sweep() == 0); // both were touched just now
}
