// Aadhaar numbers in texts: told by their form and by what is said around them, and what stands in their place.
#pragma once

#include "schema/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::schema {

bool passes_verhoeff(std::string_view digits); // the check of Aadhaar numbers

// Whether twelve digits in the text could be one, whatever they are called. Quick where there are none.
bool holds_number(std::string_view text);

// What is known of a text before it is read.
enum class Hint {
  none,   // only words beside the number tell what it is
  whole,  // a person's text: nothing but a number, and it is taken for one
  named,  // what it is called says that it is one
  broken, // a piece that nobody could read: a number is taken for one unless it is called another
};

// The text with each Aadhaar number in it as UIDAI masks it, `XXXX-XXXX-1234`; nothing when there is none. A
// number has twelve digits of any Indian script, blanks or hyphens between them, does not begin with 0 or 1 and
// passes Verhoeff's check; longer numbers are left alone, and so is what is called telephone, account or voucher.
std::optional<std::string> mask_numbers(std::string_view text, Hint hint);

// Whether a text, or any text in a value, holds such a mask.
bool has_mask(const Value& value);

// The mask of a value that is not to be kept whatever it is: no more of it than its last four characters.
std::string mask_text(std::string_view text);

} // namespace gramsetu::schema
