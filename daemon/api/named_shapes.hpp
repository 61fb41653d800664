// The shapes that several answers share, in the words of shape.hpp.
#pragma once

#include <string_view>

namespace gramsetu::api {

extern const std::string_view kNamedShapes; // a YAML document: name, shape

} // namespace gramsetu::api
