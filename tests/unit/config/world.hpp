// A small installation in a folder of its own: two entities, four manifests, and a file to check.
#pragma once

#include "config/config.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Findings in a failed check are shown line by line.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines)
  {
    std::string text;
    for (const std::string& line : lines)
      text += "\n    " + line;
    return text.c_str();
  }
};

namespace gramsetu::test {

class World {
public:
  World()
  {
    dir.write("share/entities/office.yaml", kOffice);
    dir.write("share/entities/request.yaml", kRequest);
    dir.write("share/connectors/portal.yaml", kPortal);
    dir.write("share/connectors/counter.yaml", kCounter);
    dir.write("share/connectors/drop.yaml", kDrop);
    paths.entities = {dir.file("share/entities")};
    paths.manifests = {dir.file("share/connectors")};
  }

  std::unique_ptr<config::Loaded> load(std::string_view text, bool read_secrets = false) const
  {
    return config::load(dir.write("hub.yaml", text), paths, read_secrets);
  }

  // The findings as people read them, without the folder.
  std::vector<std::string> check(std::string_view text, bool read_secrets = false) const
  {
    std::vector<std::string> texts;
    const auto loaded = load(text, read_secrets);
    for (const auto& finding : loaded->findings)
      texts.push_back(without_folder(to_text(finding)));
    return texts;
  }

  std::string without_folder(std::string text) const
  {
    const std::string folder = dir.path() + "/";
    for (auto at = text.find(folder); at != text.npos; at = text.find(folder))
      text.erase(at, folder.size());
    return text;
  }

  TempDir dir;
  config::Paths paths;

private:
  static constexpr std::string_view kOffice = R"(
entity: office
title: Office
key: [code]
authority: [state]
rule: { owner: state }
fields:
  code: { type: text, privacy: open, help: Code }
  name: { type: text, privacy: open, help: Name }
)";
  // Without a rule of its own, so that the operator must give one.
  static constexpr std::string_view kRequest = R"(
entity: request
title: Request
key: [number]
parents: { office: office }
authority: [state]
fields:
  number: { type: text, privacy: open, help: Number }
  office: { type: text, privacy: open, help: Office }
  amount: { type: money, privacy: open, help: Amount, rule: max }
  remarks: { type: text, privacy: open, help: Remarks }
  status: { type: state, choices: [open, closed], privacy: open, help: State }
)";
  static constexpr std::string_view kPortal = R"(
connector: portal
title: Portal
role: state
transport: http
options:
  page_size: { type: integer, default: 500, min: 1, max: 1000, help: Records a page }
  quota_per_day: { type: integer, help: Calls a day }
streams:
  offices:
    entity: office
    pull:
      request: { method: GET, path: /offices }
      records: /items
      pages: { by: page, page: page, limit: limit, size: "{options.page_size}" }
    fields: { code: code, name: name }
  requests:
    entity: request
    pull:
      request: { method: GET, path: /requests }
      records: /items
      pages: { by: page, page: page, limit: limit, size: "{options.page_size}" }
    push:
      create: { method: POST, path: /requests, key: /id }
      update: { method: PUT, path: "/requests/{key}" }
    fields: { number: number, office: office, remarks: remarks, status: status }
)";
  static constexpr std::string_view kCounter = R"(
connector: counter
title: Counter
role: csc
transport: http
streams:
  requests:
    entity: request
    slices: { district: hub.district }
    pull:
      request: { method: GET, path: /requests, query: { district: "{slice.district}" } }
      records: /items
      pages: { by: page, page: page, limit: limit, size: 100 }
    fields: { number: number, remarks: remarks, amount: amount }
)";
  static constexpr std::string_view kDrop = R"(
connector: drop
title: Drop
role: local
transport: files
streams:
  by_office:
    entity: request
    slices: { office: children }
    pull: { path: "{slice.office}.csv" }
    fields: { number: number, remarks: remarks }
  requests:
    entity: request
    pull: { path: "requests-*.csv" }
    fields: { number: number, remarks: remarks }
)";
};

// A file without findings, to which a case adds its own.
inline constexpr std::string_view kClean =
    R"(hub: { name: north, area: { state: 19, district: 309 } }
endpoints:
  portal: { connector: portal, url: https://portal.example.in }
flows:
  office:
    portal: { direction: pull, every: 1h }
)";

} // namespace gramsetu::test
