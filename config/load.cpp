// From files to a configuration, in order; problems are collected on the way and never end it.
#include "config/binding.hpp"
#include "config/check.hpp"
#include "config/merge.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <tuple>

namespace gramsetu::config {

namespace {

// The operator's file first, then its parts, then what they name; inside a file from top to bottom.
// One problem that two steps found is said once.
void sort_findings(const std::string& file, std::vector<schema::Finding>& findings)
{
  const auto rank = [&](const schema::Finding& finding) {
    return std::tuple(finding.place.file != file, finding.place.file, finding.place.line,
                      finding.place.column);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const auto same = [&](const auto& a, const auto& b) {
    return rank(a) == rank(b) && a.wrong == b.wrong;
  };
  findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

// True when a file could not be read to its end: what seems to be missing may stand behind that
// point. The reader has no advice for such a problem, and it has for all others.
bool breaks_off(const std::vector<schema::Finding>& findings)
{
  return std::any_of(findings.begin(), findings.end(),
                     [](const auto& finding) { return finding.right.empty(); });
}

Digest digest_of(const std::filesystem::path& path)
{
  std::ifstream file(path, std::ios::binary);
  return sha256(std::string(std::istreambuf_iterator<char>(file), {}));
}

// So that a later reading knows which of the files beside the operator's have changed.
void note_files(const Paths& paths, Loaded& loaded)
{
  namespace fs = std::filesystem;
  std::error_code error;
  for (const auto& folder : paths.entities)
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      if (at->path().extension() == ".yaml")
        loaded.entity_files[at->path().stem().string()] = digest_of(at->path());
  for (const auto& [name, endpoint] : loaded.config.endpoints)
    if (endpoint.manifest && !endpoint.manifest->place.file.empty())
      loaded.manifest_files[name] = digest_of(endpoint.manifest->place.file);
  // One that is written into the operator's file itself is compared with it.
  if (const auto* endpoints = loaded.tree.find("endpoints"))
    for (const auto& entry : endpoints->entries)
      if (const auto* connector = entry.value.find("connector"); connector && connector->is_map())
        loaded.manifest_files.erase(entry.key);
}

} // namespace

std::unique_ptr<Loaded> load(const std::string& file, const Paths& paths, bool read_secrets)
{
  auto loaded = std::make_unique<Loaded>();
  auto& findings = loaded->findings;
  loaded->config.file = file;
  schema::Node tree = read_merged(file, findings);
  const bool broken = breaks_off(findings);
  loaded->tree = tree;
  loaded->entities = schema::Entities::load(paths.entities, findings);
  if (tree.is_map() && !broken) {
    References references(read_secrets, findings);
    check_block(tree, operator_file(), "", references, findings);
    Binding binding{tree, Section(&tree, operator_file()), paths, references, *loaded, {}, {}, {}};
    bind_settings(binding);
    bind_endpoints(binding);
    bind_conflicts(binding);
    bind_flows(binding);
    prove(binding);
    note_files(paths, *loaded);
  } else if (findings.empty()) {
    findings.push_back({{file, 1, 1}, "this file says nothing", "hub: { name: ... }"});
  }
  sort_findings(file, findings);
  return loaded;
}

} // namespace gramsetu::config
