// Filling in the places of a path.
#include "connectors/files/paths.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::files {

namespace {

bool is_harmless(const std::string& value)
{
  if (value.empty() || value.front() == '.' || value.size() > 200) return false;
  for (const char letter : value) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) return false;
  }
  return value.find_first_of("/\\*?[]{}") == std::string::npos;
}

} // namespace

Result<std::string> fill_path(const std::string& path,
                              const std::map<std::string, std::string>& values)
{
  std::string filled;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = path.find('{', at);
    filled += path.substr(at, open - at);
    if (open == std::string::npos) return filled;
    const std::size_t close = path.find('}', open);
    if (close == std::string::npos)
      return fail(ErrorKind::invalid, fmt::format("path '{}': a brace is not closed", path));
    const std::string name = path.substr(open + 1, close - open - 1);
    const auto value = values.find(name);
    if (value == values.end())
      return fail(ErrorKind::invalid, fmt::format("path '{}': there is no '{}'", path, name));
    if (!is_harmless(value->second))
      return fail(ErrorKind::invalid,
                  fmt::format("path '{}': '{}' does not fit into a file name", path, name));
    filled += value->second;
    at = close + 1;
  }
}

} // namespace gramsetu::connectors::files
