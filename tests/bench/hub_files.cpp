// Writing and reading them.
#include "tests/bench/hub_files.hpp"

#include "base/check.hpp"
#include "schema/json.hpp"
#include "tests/bench/must.hpp"
#include "tests/bench/records.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace gramsetu::bench {

namespace {

constexpr std::size_t kFlows = 100; // of the idle daemon

// {0}: the folder, {1}: the endpoint, {2}: its manifest, {3} and {4}: more endpoints and their flows. No
// flow is ever due by itself.
constexpr const char* kConfig =
    R"(hub: {{ name: bench, area: {{ state: 19, district: 309 }} }}
store: {{ sqlite: {{ path: {0}/hub.db }} }}
endpoints:
  lgd: {{ connector: ./places.yaml, url: "{1}" }}
  csc: {{ connector: ./{2}, url: "{1}" }}
{3}flows:
  local_body:
    lgd: {{ direction: pull, cron: "0 3 1 1 *" }}
{4}  service_request:
    csc: {{ direction: both, cron: "0 3 1 1 *" }}
api: {{ unix: {0}/api.sock }}
log: {{ level: warning }}
)";

std::string text_of(const std::string& name)
{
  std::ifstream file(std::string(GRAMSETU_SOURCE_DIR "/tests/bench/") + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
  const auto at = text.find(from);
  check(at != std::string::npos, "the bench's manifest has what is to be replaced");
  return text.replace(at, from.size(), to);
}

void write(const std::string& file, const std::string& text)
{
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  check(static_cast<bool>(stream.flush()), "a file in the bench's folder can be written");
}

struct HubFile {
  std::string name, manifest;
  std::size_t more_flows = 0;
};

void write_hub(const std::string& folder, const std::string& url, const HubFile& file)
{
  std::string endpoints, flows;
  for (std::size_t i = 0; i < file.more_flows; ++i) {
    endpoints += fmt::format("  place{}: {{ connector: ./places.yaml, url: \"{}\" }}\n", i, url);
    flows += fmt::format("    place{}: {{ direction: pull, cron: \"0 3 1 1 *\" }}\n", i);
  }
  write(folder + "/" + file.name,
        fmt::format(kConfig, folder, url, file.manifest, endpoints, flows));
}

} // namespace

void write_hub_files(const std::string& folder, const std::string& url)
{
  const auto manifest = text_of("requests.yaml");
  write(folder + "/places.yaml", text_of("places.yaml"));
  write(folder + "/requests.yaml", manifest);
  write(folder + "/snapshot.yaml",
        replaced(manifest, R"({ field: /isDeleted, values: ["Y"] })", "snapshot"));
  write_hub(folder, url, {"hub.yaml", "requests.yaml"});
  write_hub(folder, url, {"snapshot-hub.yaml", "snapshot.yaml"});
  write_hub(folder, url, {"idle-hub.yaml", "requests.yaml", kFlows - 2});
}

std::unique_ptr<config::Loaded> load_config(const std::string& file)
{
  auto loaded = config::load(file, config::installed_paths(file), true);
  for (const auto& finding : loaded->findings)
    fmt::print(stderr, "bench: {}\n", to_text(finding));
  if (!loaded->findings.empty()) std::exit(1);
  return loaded;
}

// A thousand rows in the mix of a round of changes.
std::vector<engine::Row> rows_of(const engine::Flow& flow)
{
  const auto now = SystemClock().now();
  const auto address = *flow.entity->index_of("address");
  std::vector<engine::Row> rows(1000);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string json;
    append_record(json, i, {});
    const auto staged = flow.stream->mapping->to_record(must(schema::parse_json(json)));
    auto& row = rows[i];
    row.key = key_of(i);
    row.base = engine::Base{staged.record, false, "1", std::nullopt};
    row.hub = engine::HubState{staged.record, false, now, {}};
    row.news = {staged.record, false, false, now - std::chrono::hours(1), {}, "2"};
    const auto by = changed_by(i, 0);
    if (by == By::endpoint || by == By::both)
      row.news.record.fields[address] = address_of(i, 0, "office");
    if (by != By::hub && by != By::both) continue;
    row.hub->record.fields[address] = address_of(i, 0, "panchayat");
    row.hub->origins.fields["address"] = {{"local", "local"}, now, now, "", "", {}, "bench", ""};
  }
  return rows;
}

} // namespace gramsetu::bench
