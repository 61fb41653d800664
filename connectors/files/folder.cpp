// Paths and patterns, the same in every folder.
#include "connectors/files/folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fnmatch.h>

namespace gramsetu::connectors::files {

namespace {

// As browsers, SFTP clients and GramSetu itself call what is not whole yet.
constexpr std::array<std::string_view, 6> kUnfinished = {".part",     ".partial",    ".tmp",
                                                         ".filepart", ".crdownload", "~"};

bool is_unfinished(const std::string& name)
{
  return std::any_of(kUnfinished.begin(), kUnfinished.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

} // namespace

// Follows a pattern from directory to directory.
struct Folder::Walk {
  Folder& folder;
  const std::string& pattern;
  const std::vector<std::string>& parts;
  const std::stop_token& stop;
  std::vector<FileEntry> found;

  Result<void> collect(const std::string& prefix, std::size_t depth)
  {
    const bool last = depth + 1 == parts.size();
    TRY(const auto listed, folder.list(prefix, parts[depth], stop));
    for (const auto& entry : listed) {
      const std::string path = prefix.empty() ? entry.name : prefix + "/" + entry.name;
      if (entry.is_folder && !last) TRY_VOID(collect(path, depth + 1));
      if (entry.is_folder || !last) continue;
      if (is_pattern(parts[depth]) && is_unfinished(entry.name)) continue;
      found.push_back({path, entry.identity});
      if (found.size() > kMostFiles)
        return fail(ErrorKind::invalid,
                    fmt::format("more than {} files fit '{}'", kMostFiles, pattern));
    }
    return {};
  }
};

Result<std::vector<FileEntry>> Folder::match(const std::string& pattern, std::stop_token stop)
{
  TRY(const auto parts, parts_of(pattern));
  Walk walk{*this, pattern, parts, stop, {}};
  TRY_VOID(walk.collect("", 0));
  if (walk.found.empty())
    return fail(ErrorKind::not_found, fmt::format("no file '{}' in {}", pattern, name()));
  std::sort(walk.found.begin(), walk.found.end(),
            [](const auto& one, const auto& other) { return one.path < other.path; });
  return std::move(walk.found);
}

Result<std::vector<std::string>> parts_of(const std::string& path)
{
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  for (const auto& part : parts) {
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string::npos)
      return fail(ErrorKind::invalid, fmt::format("'{}' is no path inside the folder", path));
  }
  return parts;
}

bool is_pattern(const std::string& name)
{
  return name.find_first_of("*?[") != std::string::npos;
}

bool fits(const std::string& name, const std::string& pattern)
{
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

} // namespace gramsetu::connectors::files
