// Reading one stream of a manifest.
#pragma once

#include "connectors/api/node_reader.hpp"
#include "connectors/api/stream.hpp"

#include <optional>

namespace gramsetu::connectors {

// Reads `streams.<name>`. Nothing when its entity is not known. A stream whose fields could not be
// compiled is returned with a mapping of every field to its own name, so that later checks have one to
// look at; the findings say that it is not to be used.
std::optional<Stream> read_stream(const schema::Node::Entry& entry,
                                  const schema::Entities& entities, NodeReader& reader,
                                  std::vector<schema::Finding>& findings);

} // namespace gramsetu::connectors
