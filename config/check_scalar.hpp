// The lint of one value by its row of the table.
#pragma once

#include "config/options.hpp"
#include "config/references.hpp"
#include "schema/document.hpp"

#include <string>
#include <vector>

namespace gramsetu::config {

// Replaces references that can be read, then checks kind, range and choice.
void check_scalar(schema::Node& node, const Option& option, const std::string& path,
                  References& references, std::vector<schema::Finding>& findings);

} // namespace gramsetu::config
