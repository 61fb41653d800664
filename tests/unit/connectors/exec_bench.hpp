// A tap or a target made of a few lines of shell, behind the exec transport.
#pragma once

#include "base/log.hpp"
#include "connectors/exec/exec.hpp"
#include "schema/json.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

// Keeps the events and what they say.
class MemorySink final : public LogSink {
public:
  struct Line {
    Event event;
    std::string text;
    std::vector<LogField> fields;
  };
  void write(const LogEntry& entry) override
  {
    lines.push_back({entry.event, std::string(entry.text), entry.fields});
  }
  std::vector<Line> lines;
};

// tap.sh and target.sh of its folder are the programs; they find it as their working directory, and their
// configuration's path in $2.
class ExecBench {
public:
  TempDir dir;
  SystemClock clock;
  MemorySink sink;
  schema::Entities entities;
  connectors::EndpointSettings settings;
  std::unique_ptr<connectors::Connector> connector;

  explicit ExecBench(const std::string& manifest)
  {
    std::vector<schema::Finding> findings;
    entities =
        schema::Entities::load({std::string(GRAMSETU_SOURCE_DIR) + "/schema/entities"}, findings);
    const auto document = schema::parse_document(manifest, "manifest.yaml", findings);
    settings.manifest = connectors::read_manifest(document, entities, findings);
    connectors::exec::transport_type().check_manifest(*settings.manifest, findings);
    for (const auto& finding : findings)
      FAIL(to_text(finding));
    settings.name = "register";
    settings.path = dir.path();
  }

  Result<void> try_open()
  {
    TRY(connector,
        connectors::exec::transport_type().open(settings, {clock, Log(clock, sink), "hub"}));
    return {};
  }

  connectors::Connector& open()
  {
    const auto opened = try_open();
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return *connector;
  }

  const connectors::Stream& stream() const { return settings.manifest->streams.front(); }

  // The first page, which is the only one of a small tap.
  Result<connectors::Page> pull(const std::string& since = "")
  {
    if (!connector) open();
    connectors::PullRequest request;
    request.stream = &stream();
    request.slice = {"all", {}};
    request.since = since;
    request.seen = since;
    return connector->pull(request, {});
  }

  connectors::Receipt push(const connectors::Intent& intent)
  {
    if (!connector) open();
    const std::vector intents = {intent};
    return connector->push(stream(), intents, {}).front();
  }

  // What the tap says: these lines, and then its end.
  void tap_says(const std::string& lines, const std::string& then = "")
  {
    dir.write("words", lines);
    dir.write("tap.sh", "cat words\n" + then);
  }
};

} // namespace gramsetu::test
