// Manifests: what they say, and what is said about wrong ones.
#include <doctest/doctest.h>

#include "connectors/api/manifest.hpp"
#include "connectors/files/files.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>

using namespace gramsetu;
using namespace gramsetu::connectors;
using schema::Entities;
using schema::Finding;

namespace {

// The shipped ones.
const Entities& known()
{
  static const Entities entities = [] {
    std::vector<Finding> findings;
    auto loaded = Entities::load({GRAMSETU_SOURCE_DIR "/schema/entities"}, findings);
    REQUIRE(findings.empty());
    return loaded;
  }();
  return entities;
}

struct Read {
  std::vector<Finding> findings;
  std::shared_ptr<const Manifest> manifest;

  explicit Read(const std::string& text)
  {
    const auto document = schema::parse_document(text, "m.yaml", findings);
    REQUIRE(findings.empty());
    manifest = read_manifest(document, known(), findings);
    REQUIRE(manifest);
  }

  std::string told() const
  {
    std::string all;
    for (const auto& finding : findings)
      all += to_text(finding) + "\n";
    return all;
  }
};

constexpr std::string_view kWhole = R"(
connector: central
title: A central endpoint
role: central
transport: http
options:
  page_size: { type: integer, default: 500, max: 1000, help: records a page }
errors:
  - { status: 404, action: empty }
reach: { method: GET, path: /ping }
streams:
  vouchers:
    entity: voucher
    slices:
      local_body: hub.area
      financial_year: current
      state: hub.state
      district: hub.district
      body: { children: local_body }
      year: { back: 2 }
      kind: [R, P]
    pull:
      request: { method: GET, path: /v1/vouchers }
      id: /voucherId
      cursor: { field: /modifiedOn, param: modifiedSince, type: timestamp }
      deletes: { field: /isDeleted, values: [Y, "1"] }
      version: { field: /rowVersion }
      modified: { field: /modifiedOn, format: "dd/MM/yyyy HH:mm:ss", zone: "+05:30" }
    push:
      create: { method: POST, path: /v1/vouchers }
    fields:
      voucher_id: voucherId
      amount: { from: amount, as: rupees }
)";

} // namespace

TEST_CASE(
    "a cursor that is a state is for endpoints that keep one, and any value may mark a deletion")
{
  Read read(R"(
connector: drop
transport: files
streams:
  schemes:
    entity: scheme
    pull: { path: "schemes*" }
    cursor: state
    deletes: { field: /gone, values: any }
  others:
    entity: scheme
    pull: { path: "others*" }
    deletes: { field: /gone, values: [] }
)");
  CHECK(read.told() == "m.yaml:13:38: 'values' of 'deletes' list none; values: any, or [ Y ]\n");
  CHECK(read.manifest->streams[0].cursor_type == kStateCursor);
  CHECK(read.manifest->streams[0].cursor_pointer.empty());
  CHECK(read.manifest->streams[0].deleted_values.empty());
  read.findings.clear();
  files::transport_type().check_manifest(*read.manifest, read.findings);
  CHECK(read.told().find("the transport 'files' knows no state to go on from") !=
        std::string::npos);
}

TEST_CASE("a whole manifest is read as it is written")
{
  const Read read{std::string(kWhole)};
  CAPTURE(read.told());
  REQUIRE(read.findings.empty());
  const Manifest& manifest = *read.manifest;
  CHECK(manifest.name == "central");
  CHECK(manifest.role == "central");
  CHECK(manifest.transport == "http");
  REQUIRE(manifest.options.size() == 1);
  CHECK(manifest.options[0].default_text == "500");
  CHECK(manifest.options[0].max == 1000);
  CHECK(manifest.errors.items.size() == 1);
  CHECK(manifest.common.find("reach") != nullptr);

  const Stream* stream = manifest.stream_of("voucher");
  REQUIRE(stream);
  CHECK(manifest.stream_of("asset") == nullptr);
  CHECK(stream->name == "vouchers");
  CHECK(stream->id_pointer == "/voucherId");
  CHECK(stream->version_pointer == "/rowVersion");
  CHECK(stream->cursor_pointer == "/modifiedOn");
  CHECK(stream->cursor_type == "timestamp");
  CHECK(stream->modified_format == "dd/MM/yyyy HH:mm:ss");
  CHECK(stream->modified_zone == std::chrono::minutes(330));
  CHECK(stream->deletes == Deletes::marker);
  CHECK(stream->deleted_values == std::vector<std::string>{"Y", "1"});
  CHECK(stream->pull.find("request") != nullptr);
  CHECK(stream->push.find("create") != nullptr);
  const auto& pulled = stream->mapping->pulled();
  CHECK(std::count(pulled.begin(), pulled.end(), true) == 2);
}

TEST_CASE("slices go by the hub's area, by known records, by years or by a list")
{
  const Read read{std::string(kWhole)};
  const auto& slices = read.manifest->streams.front().slices;
  using Source = SliceDimension::Source;
  REQUIRE(slices.size() == 7);
  CHECK(slices[0].source == Source::children);
  CHECK(slices[0].entity == "local_body");
  CHECK(slices[1].source == Source::years);
  CHECK(slices[1].years_back == 0);
  CHECK(slices[2].source == Source::area_state);
  CHECK(slices[3].source == Source::area_district);
  CHECK(slices[4].source == Source::children);
  CHECK(slices[4].entity == "local_body");
  CHECK(slices[5].years_back == 2);
  CHECK(slices[6].values == std::vector<std::string>{"R", "P"});
}

TEST_CASE("an inline manifest needs no name, and fields that are not said keep their own names")
{
  const Read read("{ transport: files, role: local, streams: { v: { entity: voucher,\n"
                  "  pull: { path: v.csv }, deletes: snapshot } } }");
  CAPTURE(read.told());
  REQUIRE(read.findings.empty());
  CHECK(read.manifest->name.empty());
  const Stream& stream = read.manifest->streams.front();
  CHECK(stream.deletes == Deletes::snapshot);
  CHECK(stream.absences == 1);
  CHECK(stream.slices.empty());
  schema::Object body;
  body.append("voucher_id", "V1");
  body.append("date", "2026-11-23");
  const auto staged = stream.mapping->to_record(schema::Value(body));
  CHECK(staged.problems.empty());
  CHECK(encode_record(*stream.entity, staged.record) ==
        R"({"voucher_id":"V1","date":"2026-11-23"})");
}

TEST_CASE("deletes are told in one of four ways")
{
  const auto stream_with = [](const std::string& deletes) {
    const Read read("{ transport: http, streams: { v: { entity: voucher, deletes: " + deletes +
                    " } } }");
    CAPTURE(read.told());
    CHECK(read.findings.empty());
    return read.manifest->streams.front();
  };
  CHECK(stream_with("never").deletes == Deletes::never);
  CHECK(stream_with("snapshot").deletes == Deletes::snapshot);
  CHECK(stream_with("{ snapshot: true, absences: 3 }").absences == 3);
  const auto marked = stream_with("{ field: /gone }");
  CHECK(marked.deletes == Deletes::marker);
  CHECK(marked.deleted_pointer == "/gone");
}

TEST_CASE("everything that is wrong with a manifest is found in one go")
{
  const Read read(R"(
connector: c
role: centre
transport: http
options: { size: { type: integer, default: many } }
errors: { status: 404 }
streams:
  a:
    entity: vouchr
    slices: { x: hub.aera, y: { children: vilage }, z: [], w: { bak: 1 } }
    pul: {}
  b:
    entity: voucher
    pull: { deletes: { marker: /x }, cursor: { type: timestam }, version: {} }
    version: /v
    fields: { idd: x }
  c: nothing
)");
  const std::string told = read.told();
  CAPTURE(told);
  for (const char* line : {
           "m.yaml:3:7: 'centre' is no value for 'role'; did you mean 'central'?",
           "m.yaml:5:44: the default 'many' is no integer that option 'size' allows",
           "m.yaml:6:9: 'errors' must be a list of rules",
           "m.yaml:9:13: unknown entity 'vouchr'; did you mean 'voucher'?",
           "m.yaml:10:18: 'hub.aera' is no source of slices",
           "slices 'y' go by entity 'vilage', which is not known",
           "slices 'z' list no value",
           "unknown key 'bak' in slices 'w'; did you mean 'back'?",
           "m.yaml:11:5: unknown key 'pul' in stream 'a'; did you mean 'pull'?",
           "unknown key 'marker' in 'deletes'",
           "'deletes' says neither field nor snapshot",
           "'cursor' names no field",
           "'timestam' is no value for 'type'; did you mean 'timestamp'?",
           "'version' stands in 'pull' as well",
           "'version' names no field",
           "'idd'",
           "m.yaml:17:6: stream 'c' must be a block of keys",
       }) {
    CAPTURE(line);
    CHECK(told.find(line) != std::string::npos);
  }
  // A stream with wrong fields is still there to be looked at; one without an entity is not.
  REQUIRE(read.manifest->streams.size() == 1);
  CHECK(read.manifest->streams[0].mapping != nullptr);
}

TEST_CASE("a manifest without streams says what may be meant")
{
  const Read read("{ transport: http, steams: {} }");
  CHECK(read.told().find("is 'steams' meant to be 'streams'?") != std::string::npos);
  CHECK(Read("{ streams: { v: { entity: voucher } } }").told().find("names no transport") !=
        std::string::npos);
  CHECK(Read("[a]").told().find("a manifest must be a block of keys") != std::string::npos);
}

TEST_CASE("an operator's manifest replaces a shipped one of the same name")
{
  const test::TempDir shipped, own;
  shipped.write("lgd.yaml", "x");
  shipped.write("csc.yaml", "x");
  shipped.write("notes.txt", "x");
  own.write("lgd.yaml", "x");
  const auto found = find_manifests({shipped.path(), own.path(), "/nowhere"});
  REQUIRE(found.size() == 2);
  CHECK(found.at("lgd") == own.file("lgd.yaml"));
  CHECK(found.at("csc") == shipped.file("csc.yaml"));
}

TEST_CASE("the shipped manifests of files are good")
{
  std::vector<Finding> findings;
  const std::string root = GRAMSETU_SOURCE_DIR;
  const auto files = find_manifests({root + "/connectors/manifests"});
  for (const char* name : {"files", "lgd-dumps"}) {
    REQUIRE(files.contains(name));
    const auto document = schema::read_document(files.at(name), findings);
    const auto manifest = read_manifest(document, known(), findings);
    CHECK(manifest->name == name);
    CHECK(manifest->transport == "files");
    files::transport_type().check_manifest(*manifest, findings);
    if (std::string_view(name) == "files") CHECK(manifest->streams.size() == known().all().size());
  }
  for (const auto& finding : findings)
    FAIL_CHECK(to_text(finding));
}

TEST_CASE("what all streams say alike is said once, and a stream's own word goes before it")
{
  const Read read(R"(
connector: many
transport: http
each:
  pull: { request: { path: "/feed/{entity}" }, records: /list }
  version: /v
  push: { create: { path: "/{stream}" } }
streams:
  voucher: { entity: voucher }
  old_requests:
    entity: service_request
    version: /revision
    pull: { records: /items }
    push: ~
)");
  REQUIRE_MESSAGE(read.findings.empty(), read.told());
  const auto* voucher = read.manifest->stream_of("voucher");
  const auto* request = read.manifest->stream_of("service_request");
  const auto text = [](const schema::Node& block, const char* outer, const char* inner) {
    const auto* node = block.find(outer);
    if (node && *inner) node = node->find(inner);
    return node ? node->scalar : std::string();
  };
  CHECK(text(voucher->pull, "request", "path") == "/feed/voucher");
  CHECK(text(voucher->push, "create", "path") == "/voucher");
  CHECK(voucher->version_pointer == "/v");
  CHECK(text(request->pull, "request", "path") == "/feed/service_request");
  CHECK(text(request->pull, "records", "") == "/items");
  CHECK(request->version_pointer == "/revision");
  CHECK_FALSE(request->push.is_map());
}
