// connectors list, describe, probe: what there is, what it can do, and whether it can be reached.
#include "connectors/kit/describe.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/installed.hpp"
#include "daemon/commands/progress_line.hpp"
#include "daemon/commands/requests.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gramsetu::commands {

namespace kit = connectors::kit;

namespace {

using schema::Value;

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

// A page for a terminal: line by line, without a byte that it would obey.
void print_page(const std::string& page)
{
  for (std::size_t at = 0; at < page.size();) {
    const auto end = std::min(page.find('\n', at), page.size());
    std::printf("%s\n", escaped(page.substr(at, end - at)).c_str());
    at = end + 1;
  }
}

} // namespace

int connectors_list(const Common& common)
{
  const auto all = installed(common);
  schema::List rows;
  for (const auto& [name, file] : all.files)
    if (const auto system = read_connector(all, file))
      rows.emplace_back(kit::reference_json(*system));
  const Value list(std::move(rows));
  if (common.json) {
    print_json(list);
    return kDone;
  }
  print_table(list, {plain("connector"), plain("transport"), plain("role"), plain("title")});
  return kDone;
}

int connectors_describe(const Common& common, const ConnectorOptions& options)
{
  const auto all = installed(common);
  const auto system = find_connector(common, all, options.name);
  if (!system) return kUsage;
  if (common.json)
    print_json(Value(kit::reference_json(*system)));
  else
    print_page(kit::reference_page(*system));
  return kDone;
}

int connectors_probe(const Common& common, const ConnectorOptions& options)
{
  if (!options.stream.empty()) return connectors_look(common, options);
  int code = kDone;
  const auto session = Session::open(common, code);
  if (!session) return code;
  std::vector<std::string> names{options.name};
  if (options.name.empty()) {
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
