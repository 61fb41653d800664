// Certificates and repairs over endpoints in memory.
#include "daemon/engine/limits.hpp"
#include "schema/json.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>

using namespace gramsetu;
using namespace gramsetu::test;
using engine::Certificate;
using engine::Difference;
using engine::RunState;

namespace {

void fill(Spoke& spoke, int count)
{
  for (int i = 0; i < count; ++i)
    spoke.world.put("n" + std::to_string(i), {{"title", "t" + std::to_string(i)}});
}

// Behind everybody's back: neither time nor version moves.
void alter(Spoke& spoke, const std::string& key, const std::string& title)
{
  spoke.world.rows[key].fields.set("title", title);
}

engine::Report repair(EngineBench& bench, Spoke& spoke)
{
  engine::RunOptions options;
  options.repair = options.full = true;
  return bench.run(spoke, options);
}

} // namespace

TEST_CASE("a complete certificate counts and sums both sides, and its ranges add up")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 700);
  bench.run(central);
  const auto certificate = bench.verify(central);
  CHECK(certificate.kind == Certificate::Kind::complete);
  CHECK(certificate.agree);
  CHECK(certificate.whole.hub.count == 700);
  CHECK(certificate.whole.hub == certificate.whole.endpoint);
  CHECK(certificate.records_read == 700);
  CHECK(certificate.slices_read == 1);
  CHECK(certificate.records == 700);
  REQUIRE(certificate.ranges.size() == 16);
  std::size_t count = 0;
  for (const auto& range : certificate.ranges)
    count += range.hub.count;
  CHECK(count == 700);
  CHECK(certificate.fields ==
        std::vector<std::string>{"amount", "note", "remark", "status", "title"});
}

TEST_CASE("what differs is named by its kind and its fields")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 400);
  bench.run(central);
  alter(central, "n1", "changed");
  central.world.rows.erase("n2");
  central.world.put("extra", {{"title", "new"}});
  REQUIRE(bench.edit("n3", {{"remark", "from here"}}));
  const auto certificate = bench.verify(central);
  CHECK_FALSE(certificate.agree);
  REQUIRE(certificate.differing == 4);
  const auto& found = certificate.differences; // in the order of keys
  CHECK(found[0].key == "extra");
  CHECK(found[0].kind == Difference::Kind::only_there);
  CHECK(found[1].key == "n1");
  REQUIRE(found[1].fields.size() == 1);
  CHECK(found[1].fields[0].name == "title");
  CHECK(found[1].fields[0].hub == schema::Value("t1"));
  CHECK(found[1].fields[0].endpoint == schema::Value("changed"));
  CHECK(found[2].key == "n2");
  CHECK(found[2].kind == Difference::Kind::only_here);
  CHECK(found[3].key == "n3");
  CHECK(found[3].note == "the hub's change waits to be sent");
}

TEST_CASE("a key counts once, however often the endpoint lists it")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 120);
  bench.run(central);
  central.world.faults.repeat_pages = 3;
  const auto certificate = bench.verify(central);
  CHECK(certificate.agree);
  CHECK(certificate.whole.endpoint.count == 120);
  CHECK(certificate.records_read == 240);
}

TEST_CASE("a page that breaks off proves nothing: verify fails rather than differ")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 120);
  bench.run(central);
  central.world.faults.damage_pages = 1;
  const auto certificate = verify_flow(central.flow, bench.services(), {}, {});
  REQUIRE_FALSE(certificate.has_value());
  CHECK(certificate.error().kind == ErrorKind::transient);
}

TEST_CASE("open conflicts and quarantine are in neither sum, and counted apart")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 10);
  bench.run(central);
  REQUIRE(bench.edit("n1", {{"title", "here"}}));
  central.world.put("n1", {{"title", "there"}});
  central.world.put("n2", {{"amount", "1.234"}}); // three decimals
  bench.run(central);
  REQUIRE(bench.conflicts(true).size() == 1);
  REQUIRE(bench.quarantine().size() == 1);
  const auto certificate = bench.verify(central);
  CHECK(certificate.agree);
  CHECK(certificate.whole.left_out == 2);
  CHECK(certificate.whole.hub.count == 8);
  CHECK(certificate.whole.endpoint.count == 8);
}

TEST_CASE("what others brought to an endpoint that is only pushed to is no difference")
{
  EngineBench bench;
  auto& csc = bench.add({"csc", "csc"});
  auto& central = bench.add({"central", "central", false, true});
  fill(csc, 3);
  bench.run(csc);
  bench.run(central);
  central.world.put("theirs", {{"title", "somebody's"}});
  CHECK(bench.verify(central).agree);
  CHECK(bench.verify(central).whole.endpoint.count == 3);
  alter(central, "n1", "else");
  CHECK(bench.verify(central).differing == 1);
}

TEST_CASE("a run says what it wrote and read back")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 5);
  const auto first = bench.run(central);
  REQUIRE(first.certificate);
  CHECK(first.certificate->kind == Certificate::Kind::read_back);
  CHECK(first.certificate->written == 0);
  CHECK(first.certificate->records_read == 5);
  CHECK(first.certificate->records == 5);
  CHECK(first.certificate->agree);
  REQUIRE(bench.edit("n1", {{"title", "new"}}));
  REQUIRE(bench.edit("mine", {{"title", "made here"}}));
  REQUIRE(bench.erase("n2"));
  const auto second = bench.run(central);
  REQUIRE(second.certificate);
  CHECK(second.certificate->written == 3);
  CHECK(second.certificate->whole.hub.count == 2); // the third is gone on both sides
  CHECK(second.certificate->whole.endpoint.count == 2);
  CHECK(second.certificate->agree);
  CHECK(second.reason.empty());
}

TEST_CASE("a record that does not read back as it was sent is told, and differs in the certificate")
{
  EngineBench bench;
  auto& central = bench.add({});
  fill(central, 2);
  bench.run(central);
  REQUIRE(bench.edit("n1", {{"title", "new"}}));
  bench.on_step = [&](engine::Stage stage) {
    if (stage == engine::Stage::verify) alter(central, "n1", "cut off");
  };
  const auto report = bench.run(central);
  bench.on_step = {};
  CHECK_FALSE(report.certificate->agree);
  REQUIRE(report.certificate->differences.size() == 1);
  CHECK(report.certificate->differences[0].fields[0].endpoint == schema::Value("cut off"));
  CHECK(report.reason == "1 of the records that were written do not read back as they were sent");
}

TEST_CASE("a certificate is canonical JSON, has its own digest, and names the one before")
{
  Certificate certificate;
  certificate.kind = Certificate::Kind::complete;
  certificate.fields = {"amount"};
  engine::Ranges ranges;
  ranges.add_hub("V1", sha256("x"));
  ranges.add_endpoint("V1", sha256("x"));
  certificate.whole = ranges.whole();
  certificate.ranges = ranges.list();
  const engine::Seal first{"jalpaiguri", "voucher@central", "run-1", Instant{}, 1, ""};
  const auto sealed = seal(certificate, first);
  auto document = schema::parse_json(sealed.json);
  REQUIRE(document);
  CHECK(schema::to_json(*document) == sealed.json);
  CHECK(*document->object().find("digest") == schema::Value(sealed.digest));
  std::string before;
  for (const auto& member : document->object().members()) {
    CHECK(before < member.name);
    before = member.name;
  }
  document->object().erase("digest");
  CHECK(to_hex(sha256(schema::to_json(*document))) == sealed.digest);
  auto next = first;
  next.number = 2;
  next.previous = sealed.digest;
  CHECK(seal(certificate, next).digest != sealed.digest);
  CHECK(seal(certificate, next).json.find("\"previous\":\"" + sealed.digest) != std::string::npos);
}

TEST_CASE("repair hears a silent change without a probe, by reading everything again")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", true, true, false, "", true});
  central.world.probes = false;
  fill(central, 3);
  bench.run(central);
  alter(central, "n1", "silent");
  central.world.rows.erase("n2");
  const auto report = repair(bench, central);
  CHECK(report.counts.differed == 2);
  CHECK(bench.get("n1", "title") == "silent");
  // Nobody can ask for the lost one by name: it stays here, and a person is told.
  CHECK(bench.alive("n2"));
  CHECK_FALSE(report.certificate->agree);
  REQUIRE(report.certificate->differing == 1);
  CHECK(report.certificate->differences[0].key == "n2");
}

TEST_CASE("repair of more than can be asked for by name reads everything again")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", true, true, false, "", true});
  const int count = static_cast<int>(engine::kRepairProbesMax) + 100;
  fill(central, count);
  bench.run(central);
  for (int i = 0; i < count; ++i)
    alter(central, "n" + std::to_string(i), "other");
  central.flow.rails.max_changes.share = 10'000;
  const auto report = repair(bench, central);
  CHECK(report.state == RunState::done);
  CHECK(report.counts.differed == static_cast<std::size_t>(count));
  CHECK(report.counts.updated == static_cast<std::size_t>(count));
  CHECK(report.certificate->agree);
}

TEST_CASE("a shadow that is not what the endpoint has is set right by a repair")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", true, false, false, "", true});
  fill(central, 2);
  bench.run(central);
  const std::string believed = R"({"note":"n1","title":"believed"})";
  REQUIRE(bench.store->transact([&](store::Tx& tx) -> Result<void> {
    TRY(auto shadow, tx.shadow(central.flow.id, "n1"));
    TRY(auto record, tx.record("note", "n1"));
    shadow->base = record->body = believed;
    TRY_VOID(tx.put_record(*record));
    return tx.put_shadow(*shadow);
  }));
  bench.run(central); // the digest says that nothing has changed
  CHECK(bench.get("n1", "title") == "believed");
  CHECK(bench.verify(central).differing == 1);
  const auto report = repair(bench, central);
  CHECK(report.certificate->agree);
  CHECK(bench.get("n1", "title") == "t1");
}

TEST_CASE("a record that a snapshot lacks is a deletion for a repair, too, and rails hold it")
{
  EngineBench bench;
  auto& central = bench.add({"central", "central", true, true, true});
  fill(central, 40);
  bench.run(central);
  for (int i = 0; i < 30; ++i)
    central.world.erase("n" + std::to_string(i));
  const auto held = repair(bench, central);
  CHECK(held.state == RunState::held);
  CHECK(bench.alive("n1"));
  central.flow.rails.max_deletes.share = 10'000;
  const auto report = repair(bench, central);
  CHECK(report.counts.deleted == 30);
  CHECK(report.certificate->agree);
}
