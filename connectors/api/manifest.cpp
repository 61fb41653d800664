// Reading a manifest document, and finding manifest files.
#include "connectors/api/manifest.hpp"

#include "connectors/api/read_stream.hpp"
#include "connectors/api/shared_words.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace gramsetu::connectors {

using schema::Node;

namespace {

const std::vector<std::string> kKnown = {"connector", "title", "role",    "transport", "options",
                                         "errors",    "each",  "streams", "notes"};
const std::vector<std::string> kRoles = {"directory", "central", "state", "csc", "local", "peer"};

bool fits(const std::string& type, const std::string& text)
{
  if (type == "integer") return schema::read_integer(text).has_value();
  if (type == "flag") return schema::read_flag(text).has_value();
  if (type == "duration") return schema::read_duration(text).has_value();
  return true;
}

std::vector<ManifestOption> read_options(const Node& document, NodeReader& reader)
{
  std::vector<ManifestOption> options;
  const Node* block = reader.block(document, "options");
  if (!block) return options;
  for (const auto& entry : block->entries) {
    const std::string what = fmt::format("option '{}'", entry.key);
    if (!entry.value.is_map()) {
      reader.wrong(entry.value.place, what + " must be a block of keys");
      continue;
    }
    reader.only(entry.value, {"type", "default", "min", "max", "help"}, what);
    ManifestOption option;
    option.name = entry.key;
    option.type = reader.choice(entry.value, "type", {"text", "integer", "flag", "duration"});
    option.default_text = reader.text(entry.value, "default");
    option.min = reader.integer(entry.value, "min", INT64_MIN);
    option.max = reader.integer(entry.value, "max", INT64_MIN);
    option.help = reader.text(entry.value, "help");
    if (const Node* given = entry.value.find("default"); given && given->is_scalar()) {
      const auto number = schema::read_integer(given->scalar);
      const bool outside =
          option.type == "integer" && number &&
          ((option.min && *number < *option.min) || (option.max && *number > *option.max));
      if (!fits(option.type, given->scalar) || outside)
        reader.wrong(given->place, fmt::format("the default '{}' is no {} that {} allows",
                                               given->scalar, option.type, what));
    }
    options.push_back(std::move(option));
  }
  return options;
}

void read_streams(const Node& document, const schema::Entities& entities, Manifest& manifest,
                  NodeReader& reader, std::vector<schema::Finding>& findings)
{
  const Node* streams = document.find("streams");
  if (streams && streams->is_map() && !streams->entries.empty()) {
    const Node* each = reader.block(document, "each");
    for (const auto& entry : streams->entries) {
      if (auto stream =
              read_stream(with_shared(each ? *each : Node(), entry), entities, reader, findings))
        manifest.streams.push_back(std::move(*stream));
    }
    return;
  }
  std::vector<std::string> others;
  for (const auto& entry : document.entries)
    others.push_back(entry.key);
  const std::string near = streams ? std::string() : schema::nearest("streams", others);
  reader.wrong(streams ? streams->place : document.place, "the manifest offers no stream",
               near.empty() ? "streams: { name: { entity: ..., pull: ..., fields: ... } }"
                            : fmt::format("is '{}' meant to be 'streams'?", near));
}

} // namespace

const Stream* Manifest::stream_of(std::string_view entity) const
{
  const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& stream) {
    return stream.entity->name == entity;
  });
  return found == streams.end() ? nullptr : &*found;
}

std::shared_ptr<const Manifest> read_manifest(const Node& document,
                                              const schema::Entities& entities,
                                              std::vector<schema::Finding>& findings)
{
  NodeReader reader(findings);
  auto manifest = std::make_shared<Manifest>();
  manifest->place = document.place;
  manifest->common.kind = Node::Kind::map;
  manifest->common.place = document.place;
  if (!document.is_map()) {
    reader.wrong(document.place, "a manifest must be a block of keys",
                 "connector, title, role, transport, streams");
    return manifest;
  }
  manifest->name = reader.text(document, "connector");
  manifest->title = reader.text(document, "title", manifest->name);
  manifest->notes = reader.text(document, "notes");
  if (document.find("role")) manifest->role = reader.choice(document, "role", kRoles);
  manifest->transport = reader.text(document, "transport");
  if (manifest->transport.empty())
    reader.wrong(document.place, "the manifest names no transport", "transport: http");
  manifest->options = read_options(document, reader);
  if (const Node* errors = document.find("errors")) {
    manifest->errors = *errors;
    if (!errors->is_list())
      reader.wrong(errors->place, "'errors' must be a list of rules",
                   "- { status: 429, action: throttled }");
  }
  for (const auto& entry : document.entries) {
    if (std::find(kKnown.begin(), kKnown.end(), entry.key) == kKnown.end())
      manifest->common.entries.push_back(entry);
  }
  read_streams(document, entities, *manifest, reader, findings);
  return manifest;
}

void refuse_state_cursor(const Manifest& manifest, NodeReader& reader)
{
  for (const Stream& stream : manifest.streams)
    if (stream.cursor_type == kStateCursor)
      reader.wrong(
          stream.pull.find("cursor")->place,
          fmt::format("the transport '{}' knows no state to go on from", manifest.transport),
          "cursor: { field: /changedAt, type: timestamp }");
}

std::map<std::string, std::string> find_manifests(const std::vector<std::string>& folders)
{
  namespace fs = std::filesystem;
  std::map<std::string, std::string> found;
  for (const std::string& folder : folders) {
    std::error_code error; // a folder that is not there holds no manifest
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      std::error_code kind;
      if (at->path().extension() == ".yaml" && at->is_regular_file(kind))
        found[at->path().stem().string()] = at->path().string();
    }
  }
  return found;
}

} // namespace gramsetu::connectors
