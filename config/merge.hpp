// The operator's file and conf.d/*.yaml beside it, as one tree.
#pragma once

#include "schema/document.hpp"

#include <string>
#include <vector>

namespace gramsetu::config {

// Reads `file`, then every *.yaml of conf.d/ beside it in name order. Maps are joined key by key;
// anything else given twice is a finding that names both places, and the first stays.
schema::Node read_merged(const std::string& file, std::vector<schema::Finding>& findings);

} // namespace gramsetu::config
