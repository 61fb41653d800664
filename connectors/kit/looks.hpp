// What a value that no mapping explains looks like: whether it may say who somebody is.
#pragma once

#include <string>
#include <string_view>

namespace gramsetu::connectors::kit {

bool has_letters(std::string_view text); // any, of any script

// A telephone, a mail address, an Aadhaar, an account, a PAN: by its form alone.
bool looks_personal(std::string_view value);
// A member called name, mobile, aadhaar_no, accountNumber, ...
bool named_personal(std::string_view member);
// A member called createdTime, updated_at, dueDate, ... that holds a moment as a number.
bool is_moment(std::string_view member, std::string_view value);
// A parameter or option called key, token, password, signature, ...
bool named_secret(std::string_view name);

} // namespace gramsetu::connectors::kit
