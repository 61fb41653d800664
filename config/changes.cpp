// Comparing the trees as they were written: what a reference gives is compared, and not told.
#include "config/changes.hpp"

#include "config/references.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

namespace gramsetu::config {

using connectors::EndpointSettings;
using connectors::Secret;
using schema::Node;

namespace {

const Node kNothing;

const Node& at(const Node& node, std::string_view key)
{
  const Node* found = node.find(key);
  return found ? *found : kNothing;
}

bool same(const Node& a, const Node& b)
{
  if (a.kind != b.kind || a.scalar != b.scalar) return false;
  const auto alike = [](const Node::Entry& one, const Node::Entry& other) {
    return one.key == other.key && same(one.value, other.value);
  };
  return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(), alike);
}

std::set<std::string> keys_of(const Node& a, const Node& b)
{
  std::set<std::string> keys;
  for (const Node* node : {&a, &b})
    for (const auto& entry : node->entries)
      keys.insert(entry.key);
  return keys;
}

// The keys below which two blocks differ, as deep as both have blocks.
void differing(const Node& a, const Node& b, const std::string& path, std::set<std::string>& out)
{
  if (same(a, b)) return;
  if (!a.is_map() || !b.is_map()) {
    out.insert(path);
    return;
  }
  for (const auto& key : keys_of(a, b))
    differing(at(a, key), at(b, key), path.empty() ? key : path + "." + key, out);
}

void compare(const std::string& name, const Node& a, const Node& b, Differences& out)
{
  if (a.is_null() && b.is_null()) return;
  if (a.is_null()) {
    out.added.insert(name);
  } else if (b.is_null()) {
    out.removed.insert(name);
  } else if (std::set<std::string> keys; differing(a, b, "", keys), !keys.empty()) {
    out.changed[name] = std::move(keys);
  }
}

std::vector<const Secret*> secrets_of(const EndpointSettings& settings)
{
  const auto& auth = settings.auth;
  const auto& sealing = settings.sealing;
  return {&auth.value,  &auth.password, &auth.client_secret, &settings.tls.key,
          &sealing.key, &sealing.iv,    &sealing.mac_key,    &sealing.private_key};
}

// What stands in other files: the manifest, and the secrets.
void compare_beside(const Loaded& before, const Loaded& after, Differences& out)
{
  for (const auto& [name, now] : after.config.endpoints) {
    const auto found = before.config.endpoints.find(name);
    if (found == before.config.endpoints.end()) continue;
    const auto ours = secrets_of(found->second), theirs = secrets_of(now);
    const bool alike = std::equal(ours.begin(), ours.end(), theirs.begin(),
                                  [](auto a, auto b) { return a->reveal() == b->reveal(); });
    if (!alike) out.changed[name].insert("credentials");
    if (found->second.options != now.options && !out.changed.contains(name))
      out.changed[name].insert("options");
    const auto digest = after.manifest_files.find(name), then = before.manifest_files.find(name);
    if (digest != after.manifest_files.end() && then != before.manifest_files.end() &&
        digest->second != then->second)
      out.changed[name].insert("connector");
  }
}

void compare_entities(const Loaded& before, const Loaded& after, Differences& out)
{
  for (const auto& [name, digest] : after.entity_files) {
    const auto then = before.entity_files.find(name);
    if (then == before.entity_files.end())
      out.added.insert(name);
    else if (then->second != digest)
      out.changed[name];
  }
  for (const auto& [name, digest] : before.entity_files)
    if (!after.entity_files.contains(name)) out.removed.insert(name);
}

std::string to_text(std::string_view kind, const Differences& differences)
{
  std::vector<std::string> names;
  for (const auto& name : differences.added)
    names.push_back("+ " + name);
  for (const auto& [name, keys] : differences.changed)
    names.push_back(keys.empty() ? "~ " + name
                                 : fmt::format("~ {}: {}", name, fmt::join(keys, " ")));
  for (const auto& name : differences.removed)
    names.push_back("- " + name);
  return fmt::format("{} +{} ~{} -{} ({})", kind, differences.added.size(),
                     differences.changed.size(), differences.removed.size(),
                     fmt::join(names, ", "));
}

} // namespace

Changes changes(const Loaded& before, const Loaded& after)
{
  Changes found;
  const Node &then = before.tree, &now = after.tree;
  for (const auto& name : keys_of(at(then, "endpoints"), at(now, "endpoints")))
    compare(name, at(at(then, "endpoints"), name), at(at(now, "endpoints"), name), found.endpoints);
  compare_beside(before, after, found.endpoints);
  for (const auto& entity : keys_of(at(then, "flows"), at(now, "flows"))) {
    const Node &a = at(at(then, "flows"), entity), &b = at(at(now, "flows"), entity);
    for (const auto& endpoint : keys_of(a, b))
      compare(entity + "@" + endpoint, at(a, endpoint), at(b, endpoint), found.flows);
  }
  compare_entities(before, after, found.entities);
  for (const auto& key : keys_of(then, now))
    if (key != "endpoints" && key != "flows")
      differing(at(then, key), at(now, key), key, found.options);
  if (before.config.api.tokens.reveal() != after.config.api.tokens.reveal())
    found.options.insert("api.tcp.tokens");
  return found;
}

std::string to_text(const Changes& changes)
{
  std::vector<std::string> parts;
  if (!changes.endpoints.empty()) parts.push_back(to_text("endpoints", changes.endpoints));
  if (!changes.flows.empty()) parts.push_back(to_text("flows", changes.flows));
  if (!changes.entities.empty()) parts.push_back(to_text("entities", changes.entities));
  if (!changes.options.empty())
    parts.push_back(
        fmt::format("options ~{} ({})", changes.options.size(), fmt::join(changes.options, ", ")));
  return parts.empty() ? "nothing changed" : fmt::format("{}", fmt::join(parts, ", "));
}

std::optional<EndpointSettings> renewed(const Loaded& loaded, const EndpointSettings& present)
{
  std::vector<schema::Finding> findings;
  References references(true, findings);
  const Node& endpoint = at(at(loaded.tree, "endpoints"), present.name);
  EndpointSettings next = present;
  bool changed = false;
  const auto read = [&](Secret& secret, std::initializer_list<std::string_view> path) {
    const Node* node = &endpoint;
    for (const auto key : path)
      node = &at(*node, key);
    if (node->is_null()) return;
    auto now = references.secret(node);
    changed = changed || now.reveal() != secret.reveal();
    secret = std::move(now);
  };
  read(next.auth.value, {"auth", "api_key", "value"});
  read(next.auth.value, {"auth", "bearer", "token"});
  read(next.auth.value, {"auth", "hmac", "secret"});
  read(next.auth.value, {"auth", "ssh_key", "key"});
  read(next.auth.password, {"auth", "ssh_key", "passphrase"});
  read(next.auth.password, {"auth", "basic", "password"});
  read(next.auth.client_secret, {"auth", "oauth2", "client_secret"});
  read(next.tls.key, {"tls", "key"});
  read(next.sealing.key, {"sealing", "key"});
  read(next.sealing.iv, {"sealing", "iv"});
  read(next.sealing.mac_key, {"sealing", "mac_key"});
  read(next.sealing.private_key, {"sealing", "private_key"});
  if (!changed || !findings.empty()) return std::nullopt;
  return next;
}

} // namespace gramsetu::config
