// The blanks of a manifest's texts: "{options.folder}", "{slice.local_body}", "{auth.password}", "{path}", "{hub}".
#pragma once

#include "base/result.hpp"
#include "connectors/api/node_reader.hpp"
#include "schema/document.hpp"
#include "schema/value.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::connectors::exec {

// What stands for the blanks, by name.
struct Values {
  std::map<std::string, std::string> texts;
  std::set<std::string>
      typed; // options that are numbers or flags: alone in a text, they are written as such
};

// The blanks in a tree, each once. Other braces are text.
std::set<std::string> blanks_of(const schema::Node& node);

// A finding for each blank that is not among `names`.
void check_blanks(const schema::Node& node, const std::set<std::string>& names, NodeReader& reader);

// An error (`invalid`) names a blank that has no value.
Result<std::string> fill(const std::string& text, const Values& values);

// A block as JSON has it: what stands in quotes is text; the rest is a number, true, false or null where it
// looks like one.
Result<schema::Value> to_value(const schema::Node& node, const Values& values);

} // namespace gramsetu::connectors::exec
