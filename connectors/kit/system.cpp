// Reading a manifest with its document.
#include "connectors/kit/system.hpp"

#include "connectors/api/transport.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::kit {

using schema::Node;

namespace {

std::string pointer_of(const std::string& from)
{
  return from.empty() || from.front() == '/' ? from : "/" + from;
}

std::string word(const Node& node, std::string_view key)
{
  const Node* found = node.find(key);
  return found && found->is_scalar() ? found->scalar : std::string();
}

void read_line(const Node& node, MappedField& made)
{
  if (node.is_scalar()) {
    made.from.push_back(pointer_of(node.scalar));
    return;
  }
  if (const Node* from = node.find("from")) {
    if (from->is_scalar()) made.from.push_back(pointer_of(from->scalar));
    for (const Node& item : from->items)
      made.from.push_back(pointer_of(item.scalar));
  }
  made.as = word(node, "as");
  made.format = word(node, "format");
  made.zone = word(node, "zone");
  made.constant = node.find("const") != nullptr;
  if (const Node* values = node.find("values")) {
    made.values = true;
    made.words.clear();
    for (const auto& entry : values->entries)
      made.words.push_back(entry.key);
  }
  made.list_of_objects = node.find("each") != nullptr;
  made.pulls = word(node, "push_only") != "true" && !made.constant;
  made.pushes = word(node, "pull_only") != "true";
}

} // namespace

const Stream* System::stream(std::string_view name) const
{
  const auto found = std::find_if(manifest->streams.begin(), manifest->streams.end(),
                                  [&](const auto& one) { return one.name == name; });
  return found == manifest->streams.end() ? nullptr : &*found;
}

System read_system(const Node& document, const schema::Entities& entities,
                   std::vector<schema::Finding>& findings)
{
  System system;
  system.file = document.place.file;
  system.manifest = read_manifest(document, entities, findings);
  const auto* type = find_transport(system.manifest->transport);
  if (type && type->check_manifest) type->check_manifest(*system.manifest, findings);
  if (!type && !system.manifest->transport.empty())
    findings.push_back({document.place,
                        fmt::format("there is no transport '{}'", system.manifest->transport), ""});
  return system;
}

System read_system(const std::string& file, const schema::Entities& entities,
                   std::vector<schema::Finding>& findings)
{
  auto system = read_system(schema::read_document(file, findings), entities, findings);
  system.file = file;
  return system;
}

std::vector<MappedField> mapped_fields(const Stream& stream)
{
  const auto& entity = *stream.entity;
  std::vector<MappedField> all;
  const auto add = [&](std::size_t index) -> MappedField& {
    MappedField made;
    made.field = index;
    made.spec = &entity.fields[index];
    made.words = made.spec->choices;
    made.is_key = std::find(entity.key.begin(), entity.key.end(), index) != entity.key.end();
    all.push_back(std::move(made));
    return all.back();
  };
  if (!stream.fields.is_map()) {
    for (std::size_t i = 0; i < entity.fields.size(); ++i)
      add(i).from.push_back("/" + entity.fields[i].name);
    return all;
  }
  for (const auto& entry : stream.fields.entries) {
    const auto index =
        entry.key == "place" && entity.place ? entity.place : entity.index_of(entry.key);
    if (index) read_line(entry.value, add(*index));
  }
  return all;
}

std::vector<std::string> envelope_of(const Stream& stream)
{
  std::vector<std::string> all;
  for (const auto& pointer : {stream.id_pointer, stream.version_pointer, stream.modified_pointer,
                              stream.deleted_pointer, stream.cursor_pointer})
    if (!pointer.empty()) all.push_back(pointer_of(pointer));
  return all;
}

} // namespace gramsetu::connectors::kit
