// Members of small JSON objects that the hub wrote itself; what is not there, or is something else, is empty.
#pragma once

#include "base/clock.hpp"
#include "daemon/store/store.hpp"
#include "schema/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gramsetu::runtime {

std::string text_of(const schema::Object& object, std::string_view member);
std::int64_t number_of(const schema::Object& object, std::string_view member);
Instant instant_of(const schema::Object& object, std::string_view member);

// A fact that is not there, or that cannot be read, is an empty object.
Result<schema::Object> fact_object(store::Tx& tx, std::string_view fact);

} // namespace gramsetu::runtime
