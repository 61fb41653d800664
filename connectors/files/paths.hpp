// The places of a path that are filled in when it is used.
#pragma once

#include "base/result.hpp"

#include <map>
#include <string>

namespace gramsetu::connectors::files {

// Replaces each {name} by its value. A name without a value is `invalid`, and so is a value that would
// leave its place in the path: one with a slash, a leading dot, a control or a pattern character.
Result<std::string> fill_path(const std::string& path,
                              const std::map<std::string, std::string>& values);

} // namespace gramsetu::connectors::files
