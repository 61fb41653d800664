// connectors new: begins a manifest.
#include "connectors/api/transport.hpp"
#include "connectors/kit/propose.hpp"
#include "connectors/kit/sample.hpp"
#include "daemon/commands/commands.hpp"
#include "daemon/commands/installed.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::commands {

namespace fs = std::filesystem;
namespace kit = connectors::kit;

namespace {

bool is_name(const std::string& text)
{
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == text.npos;
}

// What is wrong with the words of the command, or nothing.
std::string wrong_with(const ConnectorOptions& options, const Installed& all)
{
  if (!is_name(options.name)) return "a connector is called by small letters, digits, '-' and '_'";
  if (options.transport != "http" && options.transport != "files")
    return "new manifests are of --transport http or files; for '" + options.transport +
           "' start from the nearest one that ships";
  if (all.entities.find(options.entity)) return {};
  const auto near = schema::nearest(options.entity, all.entities.names());
  return "there is no entity '" + options.entity + "'" +
         (near.empty() ? "" : "; did you mean '" + near + "'?");
}

Result<std::string> read_sample_file(const std::string& path)
{
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path, error))
    return fail(ErrorKind::invalid, "cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool is_address(const std::string& from)
{
  return from.starts_with("http://") || from.starts_with("https://");
}

// Of an address without its query, in which a key may stand.
std::string sample_name(const std::string& from)
{
  return is_address(from) ? from.substr(0, from.find_first_of("?#"))
                          : fs::path(from).filename().string();
}

} // namespace

int connectors_new(const Common& common, const ConnectorOptions& options)
{
  const auto all = installed(common);
  if (const auto why = wrong_with(options, all); !why.empty()) return refuse(common, kUsage, why);
  kit::Proposal proposal;
  proposal.name = options.name;
  proposal.transport = options.transport;
  proposal.entity = all.entities.find(options.entity);
  if (!options.from.empty()) {
    auto sample =
        is_address(options.from) ? kit::fetch_sample(options.from) : read_sample_file(options.from);
    if (!sample) return refuse(common, kUsage, sample.error().what);
    proposal.sample = std::move(*sample);
    proposal.sample_name = sample_name(options.from);
  }
  const auto text = kit::propose(proposal);
  if (!text) return refuse(common, kUsage, text.error().what);
  const fs::path folder = options.folder.empty()
                              ? fs::path(common.config).parent_path() / "connectors"
                              : fs::path(options.folder);
  const auto path = folder / (options.name + ".yaml");
  std::error_code error;
  if (fs::exists(path, error)) return refuse(common, kUsage, path.string() + " is there already");
  fs::create_directories(folder, error);
  std::ofstream file(path);
  file << *text;
  if (!file.flush()) return refuse(common, kFailed, "cannot write " + path.string());
  if (!read_connector(all, path.string())) return kFailed;
  schema::Object answer;
  answer.append("connector", options.name);
  answer.append("file", path.string());
  if (common.json)
    print_json(schema::Value(std::move(answer)));
  else
    std::printf("%s\nNext: fill it in, name it in an endpoint, and gramsetu check.\n",
                escaped(path.string()).c_str());
  return kDone;
}

} // namespace gramsetu::commands
