// The texts that are made from the tables: what people read and what editors check by.
#pragma once

#include <string>

namespace gramsetu::config {

std::string reference_page();  // config/reference.md
std::string schema_json();     // config/gramsetu.schema.json, JSON Schema draft-07
std::string manifest_schema(); // config/manifest.schema.json, likewise

} // namespace gramsetu::config
