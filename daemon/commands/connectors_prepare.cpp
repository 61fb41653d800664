// connectors prepare: what an endpoint must hold of ours, shown before it is made.
#include "connectors/api/transport.hpp"
#include "daemon/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace gramsetu::commands {

namespace {

schema::Value preparation_json(const std::string& endpoint, const connectors::Preparation& made)
{
  schema::List statements, remarks;
  for (const auto& statement : made.statements)
    statements.emplace_back(statement);
  for (const auto& remark : made.remarks)
    remarks.emplace_back(remark);
  schema::Object json;
  json.append("endpoint", endpoint);
  json.append("statements", std::move(statements));
  json.append("remarks", std::move(remarks));
  json.append("applied", made.applied);
  return schema::Value(std::move(json));
}

// A comment stays one, whatever a remark holds.
std::string one_line(std::string text)
{
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void print(const connectors::Preparation& made)
{
  for (const auto& remark : made.remarks)
    std::printf("-- %s\n", one_line(remark).c_str());
  for (const auto& statement : made.statements)
    std::printf("%s;\n", statement.c_str());
  if (made.statements.empty())
    std::printf("-- nothing is lacking\n");
  else
    std::printf("-- %s\n", made.applied ? "done" : "nothing was changed; --apply carries it out");
}

} // namespace

int connectors_prepare(const Common& common, const std::string& endpoint, bool apply)
{
  const auto loaded = config::load(common.config, config::installed_paths(common.config), true);
  if (!loaded->findings.empty()) {
    print_findings(loaded->findings, common.json);
    return kUsage;
  }
  const auto& endpoints = loaded->config.endpoints;
  const auto found = endpoints.find(endpoint);
  if (found == endpoints.end())
    return refuse(common, kUsage, fmt::format("there is no endpoint '{}'", endpoint));
  const auto* type = connectors::find_transport(found->second.manifest->transport);
  connectors::Preparation made;
  if (type && type->prepare) {
    SystemClock clock;
    NullSink sink;
    auto prepared =
        type->prepare(found->second, {clock, Log(clock, sink), loaded->config.hub_name}, apply, {});
    if (!prepared) return refuse(common, kFailed, prepared.error().what);
    made = std::move(*prepared);
  }
  if (common.json)
    print_json(preparation_json(endpoint, made));
  else
    print(made);
  return kDone;
}

} // namespace gramsetu::commands
