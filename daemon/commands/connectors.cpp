// connectors: what there is, what it can do, and whether it can be reached.
#include "connectors/api/manifest.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gramsetu::commands {

namespace {

using schema::Value;

schema::Object manifest_json(const connectors::Manifest& manifest, const std::string& file)
{
  schema::Object json;
  json.append("connector", manifest.name);
  json.append("title", manifest.title);
  json.append("role", manifest.role);
  json.append("transport", manifest.transport);
  json.append("file", file);
  schema::List options, streams;
  for (const auto& option : manifest.options) {
    schema::Object row;
    row.append("option", option.name);
    row.append("type", option.type);
    row.append("default", option.default_text);
    row.append("help", option.help);
    options.emplace_back(std::move(row));
  }
  for (const auto& stream : manifest.streams) {
    schema::Object row;
    row.append("stream", stream.name);
    row.append("entity", stream.entity ? stream.entity->name : "");
    row.append("pulls", !stream.pull.is_null());
    row.append("pushes", !stream.push.is_null());
    streams.emplace_back(std::move(row));
  }
  json.append("options", std::move(options));
  json.append("streams", std::move(streams));
  json.append("notes", manifest.notes);
  return json;
}

// The manifests of this installation, read without a hub. Those with errors are left to `check`.
schema::List manifests(const Common& common)
{
  schema::List all;
  const auto paths = config::installed_paths(common.config);
  std::vector<schema::Finding> findings;
  const auto entities = schema::Entities::load(paths.entities, findings);
  for (const auto& [name, file] : connectors::find_manifests(paths.manifests)) {
    std::vector<schema::Finding> wrong;
    const auto document = schema::read_document(file, wrong);
    const auto manifest = connectors::read_manifest(document, entities, wrong);
    if (!wrong.empty() || !manifest) {
      print_findings(wrong, false);
      continue;
    }
    all.emplace_back(manifest_json(*manifest, file));
  }
  return all;
}

std::vector<std::string> endpoint_names(const Value& answer)
{
  std::vector<std::string> names;
  const auto& endpoints = member(answer, "endpoints");
  if (!endpoints.is_list()) return names;
  for (const auto& endpoint : endpoints.list())
    names.push_back(member_text(endpoint, "endpoint"));
  return names;
}

// "+12 s", "-300 s": how far its clock is ahead of ours; "-" when it does not tell.
std::string clock_text(const Value& answer)
{
  const auto& ahead = member(answer, "clock_ahead_ms");
  return ahead.is_integer() ? fmt::format("{:+} s", ahead.integer() / 1000) : "-";
}

} // namespace

int connectors_list(const Common& common)
{
  const Value all(manifests(common));
  if (common.json) {
    print_json(all);
    return kDone;
  }
  print_table(all, {plain("connector"), plain("transport"), plain("role"), plain("title")});
  return kDone;
}

int connectors_describe(const Common& common, const std::string& connector)
{
  for (const auto& manifest : manifests(common)) {
    if (member_text(manifest, "connector") != connector) continue;
    if (common.json) {
      print_json(manifest);
      return kDone;
    }
    std::printf("%s: %s\nrole %s, transport %s, %s\n\n", escaped(connector).c_str(),
                shown_value(member(manifest, "title")).c_str(),
                shown_value(member(manifest, "role")).c_str(),
                shown_value(member(manifest, "transport")).c_str(),
                shown_value(member(manifest, "file")).c_str());
    print_table(member(manifest, "streams"),
                {plain("stream"), plain("entity"), plain("pulls"), plain("pushes")});
    std::printf("\noptions:\n");
    print_table(member(manifest, "options"),
                {plain("option"), plain("type"), plain("default"), plain("help")});
    if (const auto notes = member_text(manifest, "notes"); !notes.empty())
      std::printf("\n%s\n", escaped(notes).c_str());
    return kDone;
  }
  return refuse(common, kUsage,
                "there is no connector '" + connector + "'; gramsetu connectors list");
}

int connectors_probe(const Common& common, const std::string& endpoint)
{
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  std::vector<std::string> names{endpoint};
  if (endpoint.empty()) {
    const auto answer = session->ask({"GET", "/api/v1/connectors", {}, {}, {}});
    if (!answer) return session->exit_code();
    names = endpoint_names(*answer);
  }
  schema::List results;
  std::optional<ProgressLine> line("probe: begins");
  for (const auto& name : names) {
    line->say("probe: " + name);
    auto answer =
        session->ask({"POST", "/api/v1/connectors" + segment(name) + "/probe", {}, {}, {}});
    if (!answer) return session->exit_code();
    if (member(*answer, "reachable") != Value(true)) code = kFailed;
    results.push_back(std::move(*answer));
  }
  line.reset();
  const Value all(std::move(results));
  if (common.json)
    print_json(all);
  else
    print_table(all, {plain("endpoint"), plain("reachable"), {"clock", clock_text}, plain("text")});
  return code;
}

} // namespace gramsetu::commands
