// The reference page of a manifest: what it reads and writes, field by field.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/kit/system.hpp"

#include <string>

namespace gramsetu::connectors::kit {

// Markdown. What the manifest's first comment says of documented and assumed is on it.
std::string reference_page(const System& system);

// The same for programs.
schema::Object reference_json(const System& system);

// What its streams can do, from a connector that is opened and never used; nothing for a stream whose
// transport cannot be opened like that.
std::map<std::string, Capabilities> capabilities_of(const System& system);

} // namespace gramsetu::connectors::kit
