// A manifest and where it was read from; what its mapping says, line by line.
#pragma once

#include "connectors/api/manifest.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

struct System {
  std::string file;
  std::shared_ptr<const Manifest> manifest;

  const Stream* stream(std::string_view name) const; // null when there is none
};

// Findings for everything that is wrong, the transport's own blocks among it.
System read_system(const std::string& file, const schema::Entities& entities,
                   std::vector<schema::Finding>& findings);
System read_system(const schema::Node& document, const schema::Entities& entities,
                   std::vector<schema::Finding>& findings);

// One line of a stream's mapping.
struct MappedField {
  const schema::FieldSpec* spec = nullptr;
  std::size_t field = 0;         // of the entity
  std::vector<std::string> from; // pointers, with their first slash
  std::string as, format, zone;
  bool pulls = true, pushes = true, constant = false;
  bool is_key = false;
  bool values = false, list_of_objects = false; // it translates words; it maps the members of items
  std::vector<std::string> words; // that may stand there, where they are a closed list
};

// In the manifest's order; a stream without `fields` has the hub's own names.
std::vector<MappedField> mapped_fields(const Stream& stream);

// Pointers that the stream reads for itself: id, version, time, mark of deletion, cursor.
std::vector<std::string> envelope_of(const Stream& stream);

} // namespace gramsetu::connectors::kit
