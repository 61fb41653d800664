// Where an installation keeps its entities and manifests.
#include "config/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace gramsetu::config {

namespace fs = std::filesystem;

namespace {

bool is_folder(const fs::path& path)
{
  std::error_code error;
  return fs::is_directory(path, error);
}

void add_share(Paths& paths, const fs::path& share)
{
  paths.entities.push_back((share / "entities").string());
  paths.manifests.push_back((share / "connectors").string());
}

void add_shipped(Paths& paths)
{
  if (const char* share = std::getenv("GRAMSETU_SHARE"); share && *share)
    return add_share(paths, share);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path share = program.parent_path().parent_path() / "share" / "gramsetu";
  if (!error && is_folder(share / "entities")) return add_share(paths, share);
#ifdef GRAMSETU_SOURCE_DIR
  const fs::path source = GRAMSETU_SOURCE_DIR;
  paths.entities.push_back((source / "schema" / "entities").string());
  paths.manifests.push_back((source / "connectors" / "manifests").string());
#endif
}

} // namespace

Paths installed_paths(const std::string& config_file)
{
  Paths paths;
  add_shipped(paths);
  const fs::path beside = fs::path(config_file).parent_path();
  if (is_folder(beside / "entities")) paths.entities.push_back((beside / "entities").string());
  if (is_folder(beside / "connectors")) paths.manifests.push_back((beside / "connectors").string());
  return paths;
}

} // namespace gramsetu::config
