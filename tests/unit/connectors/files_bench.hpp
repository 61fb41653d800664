// An endpoint of files with one stream, whose words are given in YAML.
#pragma once

#include "base/log.hpp"
#include "connectors/files/files.hpp"
#include "schema/json.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::test {

using connectors::BadPiece;
using connectors::Connector;
using connectors::EndpointSettings;
using connectors::Manifest;
using connectors::Page;
using connectors::PullRequest;
using connectors::Slice;
using connectors::Stream;
namespace files = connectors::files;

struct FilesBench {
  TempDir dir;
  test::FakeClock clock;
  NullSink sink;
  std::vector<schema::Finding> findings;
  std::unique_ptr<Connector> connector;
  std::shared_ptr<Manifest> manifest = std::make_shared<Manifest>();
  std::size_t records = 0, bad = 0, pages = 0;
  bool damaged = false;
  std::optional<std::size_t> total;
  std::string cursor;
  std::vector<BadPiece> pieces;
  std::vector<schema::Value> bodies;

  explicit FilesBench(const std::string& pull, const std::string& push = "")
  {
    Stream stream;
    stream.name = "things";
    stream.pull = schema::parse_document(pull, "pull.yaml", findings);
    if (!push.empty()) stream.push = schema::parse_document(push, "push.yaml", findings);
    manifest->streams.push_back(std::move(stream));
    manifest->transport = "files";
    REQUIRE(findings.empty());
  }

  Connector& open()
  {
    EndpointSettings settings;
    settings.name = "drop";
    settings.path = dir.path();
    settings.manifest = manifest;
    auto opened = files::transport_type().open(settings, {clock, Log(clock, sink), "hub"});
    REQUIRE(opened);
    connector = std::move(*opened);
    return *connector;
  }

  const Stream& stream() const { return manifest->streams.front(); }

  Result<Page> page(const std::string& token = "", const Slice& slice = {"all", {}},
                    const std::string& since = "", const std::string& seen = "")
  {
    if (!connector) open();
    PullRequest request;
    request.stream = &stream();
    request.slice = slice;
    request.page = token;
    request.since = since;
    request.seen = seen;
    return connector->pull(request, {});
  }

  // Pulls to the end; the error that ended it otherwise.
  Result<void> pull_all(const std::string& since = "")
  {
    std::string token;
    while (true) {
      TRY(Page got, page(token, {"all", {}}, since, cursor));
      cursor = got.cursor;
      ++pages;
      records += got.records.size();
      bad += got.bad.size();
      damaged = damaged || got.damaged;
      total = got.total;
      for (auto& piece : got.bad)
        pieces.push_back(std::move(piece));
      for (auto& record : got.records)
        bodies.push_back(std::move(record.body));
      if (got.last) return {};
      token = got.next;
    }
  }

  std::string json(std::size_t index) const { return schema::to_json(bodies.at(index)); }
};

inline std::string many_rows(std::size_t count, std::string_view cell = "name")
{
  std::string text = "id,name\n";
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{},{} {}\n", i, cell, i);
  return text;
}

} // namespace gramsetu::test
