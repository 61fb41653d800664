// A system that takes batches as files and answers in files, days later: the engine over several runs.
#include "connectors/files/files.hpp"
#include "tests/support/engine_bench.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <map>

using namespace gramsetu;
using namespace gramsetu::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kManifest = R"(
connector: treasury
title: Batches and their answers
role: state
transport: files
streams:
  notes:
    entity: note
    pull: { path: "none/*.csv" }
    push:
      path: "out/{digits}.xml"
      format: xml
      batch: 10
      items: /Batch/Item
      answer: { path: "in/{name}_*.xml", records: /Answer/Item, key: /ref, status: /state,
                accepted: [yes], rejected: [no], reason: /why, batch_status: /Answer/state,
                all_or_nothing: true }
    fields: { note: ref, title: text }
)";

struct Treasury {
  EngineBench bench;
  TempDir folder;
  NullSink sink;
  std::shared_ptr<const connectors::Manifest> manifest;
  Spoke* spoke = nullptr;

  Treasury()
  {
    std::vector<schema::Finding> findings;
    manifest = connectors::read_manifest(schema::parse_document(kManifest, "t.yaml", findings),
                                         bench.entities(), findings);
    for (const auto& finding : findings)
      FAIL(schema::to_text(finding));
    spoke = &bench.add({.name = "treasury", .role = "state", .pulls = false});
    connectors::EndpointSettings settings;
    settings.name = "treasury";
    settings.path = folder.path();
    settings.manifest = manifest;
    auto opened = connectors::files::transport_type().open(
        settings, {bench.clock, Log(bench.clock, sink), "hub"});
    REQUIRE(opened);
    spoke->connector = std::move(*opened);
    spoke->flow.connector = spoke->connector.get();
    spoke->flow.stream = &manifest->streams.front();
    fs::create_directory(folder.file("in"));
  }

  // A day later.
  engine::Report run()
  {
    bench.clock.advance(std::chrono::hours(24));
    return bench.run(*spoke);
  }

  // The batches that went out, by name.
  std::map<std::string, std::string> batches() const
  {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(folder.file("out")))
      all[entry.path().stem()] = folder.read("out/" + entry.path().filename().string());
    return all;
  }

  void answer(const std::string& batch, const std::string& inside) const
  {
    folder.write("in/" + batch + "_1.xml", "<Answer>" + inside + "</Answer>");
  }
};

std::string item(const std::string& key, const std::string& state)
{
  return fmt::format("<Item><ref>{}</ref><state>{}</state><why>no such account</why></Item>", key,
                     state);
}

} // namespace

TEST_CASE("a batch is answered by a file days later; one bad record is parted from the others")
{
  Treasury treasury;
  for (const std::string key : {"R1", "R2", "R3"})
    REQUIRE(treasury.bench.edit(key, {{"title", "a"}}));
  CHECK(treasury.run().counts.unknown == 3);
  const auto first = treasury.batches();
  REQUIRE(first.size() == 1);
  for (const std::string key : {"R1", "R2", "R3"})
    CHECK(first.begin()->second.find("<ref>" + key + "</ref>") != std::string::npos);

  // No answer: nothing is sent twice, however often the hub looks, nor after it has died.
  CHECK(treasury.run().counts.unknown == 3);
  treasury.bench.reopen();
  CHECK(treasury.run().counts.unknown == 3);
  CHECK(treasury.batches() == first);

  // One bad record rejects all of them. It waits for a person; the others go again, as a batch of their own.
  treasury.answer(first.begin()->first, "<state>no</state>" + item("R2", "no"));
  treasury.run();
  treasury.run();
  auto second = treasury.batches();
  second.erase(first.begin()->first);
  REQUIRE(second.size() == 1);
  CHECK(second.begin()->second.find("R1") != std::string::npos);
  CHECK(second.begin()->second.find("R3") != std::string::npos);
  CHECK(second.begin()->second.find("R2") == std::string::npos);
  const auto parked = treasury.bench.quarantine();
  REQUIRE(parked.size() == 1);
  CHECK(parked.front().key == "R2");

  treasury.answer(second.begin()->first,
                  "<state>yes</state>" + item("R1", "yes") + item("R3", "yes"));
  CHECK(treasury.run().counts.pushed == 2);
  const auto quiet = treasury.run();
  CHECK(quiet.counts.unknown == 0);
  CHECK(quiet.counts.pushed == 0);
  CHECK(treasury.batches().size() == 2);
}
