// A manifest: what one kind of system looks like, as data.
#pragma once

#include "base/result.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/api/stream.hpp"
#include "schema/document.hpp"
#include "schema/entity.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors {

// A setting that a manifest offers to the operator (`endpoints.<name>.options`).
struct ManifestOption {
  std::string name;
  std::string type; // "integer", "text", "flag", "duration"
  std::string default_text;
  std::optional<std::int64_t> min, max;
  std::string help;
};

struct Manifest {
  std::string name, title, role, transport, notes;
  std::vector<ManifestOption> options;
  schema::Node errors; // first match wins; the transport's words
  schema::Node common; // further top-level blocks that the transport knows, as one map
  std::vector<Stream> streams;
  schema::Place place;

  const Stream* stream_of(std::string_view entity) const; // the first for that entity
};

// Reads a manifest document; `entities` resolves its streams. Findings for everything that is wrong with
// the common part; the transport checks its own blocks when it is asked (`check_manifest` of its type).
std::shared_ptr<const Manifest> read_manifest(const schema::Node& document,
                                              const schema::Entities& entities,
                                              std::vector<schema::Finding>& findings);

// For transports whose endpoints keep no state for us: a finding for each stream that goes by one.
void refuse_state_cursor(const Manifest& manifest, NodeReader& reader);

// Every manifest file of the given folders, by name; a later folder's replaces an earlier one's
// (an operator's manifest over a shipped one).
std::map<std::string, std::string> find_manifests(const std::vector<std::string>& folders);

} // namespace gramsetu::connectors
