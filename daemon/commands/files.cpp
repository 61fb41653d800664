// Reads what a person hands to a command.
#include "daemon/commands/files.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace gramsetu::commands {

namespace {

constexpr std::size_t kDocumentMax = 1 << 20; // what the daemon takes as one request

Result<void> open(const std::string& path, std::ifstream& file)
{
  if (path == "-") return {};
  file.open(path, std::ios::binary);
  if (file) return {};
  return fail(ErrorKind::invalid, "cannot read " + path);
}

} // namespace

Result<std::string> read_input(const std::string& path)
{
  std::ifstream file;
  TRY_VOID(open(path, file));
  std::istream& input = path == "-" ? std::cin : file;
  std::string text;
  for (std::istreambuf_iterator<char> at(input), end; at != end && text.size() <= kDocumentMax;
       ++at)
    text += *at;
  if (text.size() <= kDocumentMax) return text;
  return fail(ErrorKind::invalid,
              path + " is larger than one record may be; gramsetu records import takes many");
}

Result<void>
read_lines(const std::string& path,
           const std::function<bool(std::size_t number, const std::string& line)>& take)
{
  std::ifstream file;
  TRY_VOID(open(path, file));
  std::istream& input = path == "-" ? std::cin : file;
  std::string line;
  for (std::size_t number = 1; std::getline(input, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!take(number, line)) return {};
  }
  return {};
}

std::ofstream own_file(const std::string& path)
{
  namespace fs = std::filesystem;
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  std::error_code ignored;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, ignored);
  return file;
}

} // namespace gramsetu::commands
