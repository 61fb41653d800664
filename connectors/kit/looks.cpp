// Forms of personal values, told generously: one too many costs nothing.
#include "connectors/kit/looks.hpp"

#include "schema/aadhaar.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gramsetu::connectors::kit {

namespace {

bool digit(char c)
{
  return c >= '0' && c <= '9';
}

// The digits of a number that is written with blanks, dashes or a country's code.
std::string digits_of(std::string_view text)
{
  std::string digits;
  for (const char c : text) {
    if (digit(c))
      digits += c;
    else if (c != ' ' && c != '-' && c != '+')
      return {};
  }
  return digits;
}

bool is_pan(std::string_view text)
{
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return text.size() == 10 && std::all_of(text.begin(), text.begin() + 5, upper) &&
         std::all_of(text.begin() + 5, text.begin() + 9, digit) && upper(text[9]);
}

std::string lower(std::string_view text)
{
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

template <typename Words>
bool holds_one(std::string_view name, const Words& words)
{
  const auto text = lower(name);
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != text.npos; });
}

} // namespace

bool has_letters(std::string_view text)
{
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || std::isalpha(static_cast<unsigned char>(c));
  });
}

bool looks_personal(std::string_view value)
{
  if (value.find('@') != value.npos || is_pan(value)) return true;
  const auto digits = digits_of(value);
  if (digits.size() < 9 || digits.size() > 18) return false;
  const bool phone =
      digits.size() >= 10 && digits.size() <= 12 && digits[digits.size() - 10] >= '6';
  const bool aadhaar = digits.size() == 12 && schema::passes_verhoeff(digits);
  return phone || aadhaar || digits.size() != 10; // accounts have 9 to 18 digits
}

bool named_personal(std::string_view member)
{
  static constexpr std::array words = {
      "name",  "father", "mother",  "husband", "spouse",   "guardian", "mobile", "phone",
      "email", "mail",   "aadhaar", "aadhar",  "uid",      "account",  "acct",   "bank",
      "ifsc",  "pan_",   "panno",   "address", "birth",    "dob",      "ration", "voter",
      "epic",  "person", "citizen", "user",    "operator", "uuid"};
  return holds_one(member, words);
}

bool is_moment(std::string_view member, std::string_view value)
{
  const bool digits = std::all_of(value.begin(), value.end(), digit);
  if (!digits || (value.size() != 10 && value.size() != 13) || value.front() != '1') return false;
  static constexpr std::array words = {"time", "date"};
  const auto text = lower(member);
  return holds_one(text, words) || text.ends_with("at") || text.ends_with("on");
}

bool named_secret(std::string_view name)
{
  static constexpr std::array words = {"key", "token", "secret", "passw", "pwd",    "auth",
                                       "sig", "hmac",  "otp",    "cred",  "session"};
  return holds_one(name, words);
}

} // namespace gramsetu::connectors::kit
