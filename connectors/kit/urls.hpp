// Reading what a request's address and form say.
#pragma once

#include "connectors/kit/fixture.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::kit {

std::string decoded(std::string_view text, bool plus = false); // percent-encoding undone
Pairs decoded_pairs(std::string_view text);                    // "a=1&b=2"

} // namespace gramsetu::connectors::kit
