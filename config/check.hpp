// The lint that a table can do: names, kinds, ranges, choices, secrets.
#pragma once

#include "config/options.hpp"
#include "config/references.hpp"
#include "schema/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::config {

// Checks `node` and everything in it against `table`; all problems become findings. References in
// values are replaced by what they stand for where `references` reads them; secrets stay
// references.
void check_block(schema::Node& node, const Table& table, const std::string& path,
                 References& references, std::vector<schema::Finding>& findings);

// "did you mean 'every'?", or "one of every, cron".
std::string suggest(std::string_view word, const std::vector<std::string>& words);

} // namespace gramsetu::config
