// Finding and reading manifests.
#include "config/manifests.hpp"

#include "config/check.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace gramsetu::config {

using schema::Node;

namespace {

// An inline manifest need not name itself: the endpoint's name says it.
void name_it(Node& document, const std::string& name)
{
  if (document.find("connector")) return;
  Node scalar;
  scalar.kind = Node::Kind::scalar;
  scalar.place = document.place;
  scalar.scalar = name;
  document.entries.push_back({"connector", document.place, std::move(scalar)});
}

bool is_file(const std::string& text)
{
  return text.ends_with(".yaml") || text.find('/') != text.npos;
}

} // namespace

Manifests::Manifests(Binding& binding)
    : binding_(binding), files_(connectors::find_manifests(binding.paths.manifests))
{
}

Manifests::Read Manifests::read(Node document)
{
  auto& findings = binding_.loaded.findings;
  const std::size_t before = findings.size();
  Read read;
  read.manifest = connectors::read_manifest(document, binding_.loaded.entities, findings);
  const std::string& transport = read.manifest->transport;
  if (const auto* type = connectors::find_transport(transport)) {
    if (type->check_manifest) type->check_manifest(*read.manifest, findings);
  } else if (!transport.empty()) {
    std::vector<std::string> names;
    for (const auto& known : connectors::builtin_transports())
      names.emplace_back(known.name);
    const Node* at = document.find("transport");
    binding_.wrong(at ? at->place : document.place,
                   fmt::format("there is no transport '{}'", transport), suggest(transport, names));
  }
  read.clean = findings.size() == before;
  return read;
}

std::shared_ptr<const connectors::Manifest> Manifests::from_file(const std::string& endpoint,
                                                                 const std::string& path)
{
  auto found = read_.find(path);
  if (found == read_.end()) {
    auto& findings = binding_.loaded.findings;
    const std::size_t before = findings.size();
    Node document = schema::read_document(path, findings);
    Read made;
    if (!document.is_null())
      made = read(std::move(document));
    else if (findings.size() == before)
      binding_.wrong({path, 1, 1}, "this manifest is empty", "connector, transport, streams");
    made.clean = findings.size() == before;
    found = read_.emplace(path, std::move(made)).first;
  }
  if (!found->second.clean) binding_.unread.insert(endpoint);
  return found->second.manifest;
}

std::shared_ptr<const connectors::Manifest> Manifests::of(const std::string& endpoint,
                                                          const Node& connector)
{
  if (connector.is_map()) {
    Node document = connector;
    name_it(document, endpoint);
    Read made = read(std::move(document));
    if (!made.clean) binding_.unread.insert(endpoint);
    return made.manifest;
  }
  const std::string at = fmt::format("endpoints.{}.connector", endpoint);
  if (!connector.is_scalar()) {
    binding_.wrong(connector.place, fmt::format("{} names no manifest", at),
                   fmt::format("write {}", describe(Kind::connector)));
    return nullptr;
  }
  const std::string& text = connector.scalar;
  if (is_file(text)) {
    const std::string path = beside(connector.place.file, text);
    if (std::error_code error; std::filesystem::exists(path, error))
      return from_file(endpoint, path);
    binding_.wrong(connector.place, fmt::format("{} names '{}', which is not there", at, text),
                   "the path of a manifest, from the folder of this file");
    return nullptr;
  }
  if (const auto known = files_.find(text); known != files_.end())
    return from_file(endpoint, known->second);
  std::vector<std::string> names;
  for (const auto& [name, path] : files_)
    names.push_back(name);
  binding_.wrong(connector.place,
                 fmt::format("{} names '{}', which no manifest is called", at, text),
                 suggest(text, names));
  return nullptr;
}

} // namespace gramsetu::config
