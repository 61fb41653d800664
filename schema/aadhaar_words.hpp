// What numbers are called: Aadhaar numbers, and those that are something else.
#pragma once

#include <string_view>

namespace gramsetu::schema {

// "aadhaar_no", "uidNumber", "आधार संख्या": anywhere in the words.
bool names_aadhaar(std::string_view words);

// "phoneNo", "voucher_id", "createdAt": the name of a member whose numbers are something else, or may be.
bool names_other_number(std::string_view member);

// What the last name in the words before a number calls it.
enum class Named { nothing, aadhaar, other };
Named nearest_name(std::string_view words);

} // namespace gramsetu::schema
