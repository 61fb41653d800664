// Making, filling, listing and removing a folder.
#include "connectors/kit/temp_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gramsetu::connectors::kit {

namespace fs = std::filesystem;

Result<std::unique_ptr<TempFolder>> TempFolder::make()
{
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "gramsetu-kit-XXXXXX").string();
  if (error || !::mkdtemp(pattern.data()))
    return fail(ErrorKind::transient,
                fmt::format("cannot make a folder for files: {}", std::strerror(errno)));
  return std::unique_ptr<TempFolder>(new TempFolder(pattern));
}

TempFolder::~TempFolder()
{
  std::error_code gone;
  fs::remove_all(path_, gone);
}

Result<void> TempFolder::write(const std::string& name, const std::string& text) const
{
  const auto relative = fs::path(name).lexically_normal();
  if (relative.is_absolute() || relative.empty() || *relative.begin() == "..")
    return fail(ErrorKind::invalid, fmt::format("'{}' is no file inside the folder", name));
  const auto path = fs::path(path_) / relative;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (file.flush()) return {};
  return fail(ErrorKind::transient, fmt::format("cannot write '{}'", name));
}

std::map<std::string, std::string> TempFolder::files() const
{
  std::map<std::string, std::string> all;
  std::error_code error;
  for (fs::recursive_directory_iterator at(path_, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file()) continue;
    std::ifstream file(at->path(), std::ios::binary);
    all[at->path().lexically_relative(path_).string()] =
        std::string(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

} // namespace gramsetu::connectors::kit
