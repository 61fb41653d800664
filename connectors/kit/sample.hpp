// Looking at a sample: where its records are, and which member may be which field.
#pragma once

#include "base/result.hpp"
#include "connectors/kit/rows.hpp"
#include "schema/entity.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::kit {

struct Sample {
  RowShape shape;
  // Members of the records by pointers without their first slash, with some values of each.
  std::vector<std::pair<std::string, std::vector<schema::Value>>> members;

  const std::vector<schema::Value>* find(std::string_view pointer) const;
};

// The records are the longest list of objects that the document holds.
Result<Sample> read_sample(const std::string& text);

// What an address answers to a plain GET, at most 8 MiB: https, or http on this machine. Nobody logs in, and
// no redirect is followed.
Result<std::string> fetch_sample(const std::string& url);

// For each field of the entity the member that is most like it by its name; each member once.
std::map<std::string, std::string> matched(const schema::Entity& entity, const Sample& sample);

} // namespace gramsetu::connectors::kit
