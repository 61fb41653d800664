// Joining the trees of several files.
#include "config/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace gramsetu::config {

using schema::Node;

namespace {

std::vector<std::string> parts_beside(const std::string& file)
{
  namespace fs = std::filesystem;
  std::vector<std::string> parts;
  const fs::path folder = fs::path(file).parent_path() / "conf.d";
  std::error_code error; // no folder: no parts
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".yaml") parts.push_back(at->path().string());
  std::sort(parts.begin(), parts.end());
  return parts;
}

void merge(Node& into, Node&& part, const std::string& path, std::vector<schema::Finding>& findings)
{
  for (auto& entry : part.entries) {
    const auto known = std::find_if(into.entries.begin(), into.entries.end(),
                                    [&](const auto& other) { return other.key == entry.key; });
    const std::string name = path.empty() ? entry.key : path + "." + entry.key;
    if (known == into.entries.end())
      into.entries.push_back(std::move(entry));
    else if (known->value.is_map() && entry.value.is_map())
      merge(known->value, std::move(entry.value), name, findings);
    else
      findings.push_back({entry.place,
                          fmt::format("{} is given here and at {}:{}:{}", name, known->place.file,
                                      known->place.line, known->place.column),
                          "keep one of them"});
  }
}

} // namespace

Node read_merged(const std::string& file, std::vector<schema::Finding>& findings)
{
  Node whole = schema::read_document(file, findings);
  for (const std::string& path : parts_beside(file)) {
    Node part = schema::read_document(path, findings);
    if (part.is_map() && whole.is_map())
      merge(whole, std::move(part), "", findings);
    else if (part.is_map() && whole.is_null())
      whole = std::move(part);
    else if (!part.is_null())
      findings.push_back({part.place, "this file is no map of options", "hub: { name: ... }"});
  }
  return whole;
}

} // namespace gramsetu::config
