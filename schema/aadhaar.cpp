// The search goes over the bytes once; only twelve digits that pass the check are looked at any closer.
#include "schema/aadhaar.hpp"

#include "schema/aadhaar_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace gramsetu::schema {

namespace {

using Table = std::array<unsigned char, 10>;

constexpr std::array<Table, 10> kProduct = {
    Table{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Table{1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
    Table{2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, Table{3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
    Table{4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, Table{5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
    Table{6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, Table{7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
    Table{8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, Table{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
constexpr Table kStep = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}; // the permutation, one place on

constexpr std::size_t kDigits = 12;
constexpr std::string_view kMask = "XXXX-XXXX-";
// How far before and behind a number its name may stand, in bytes: a letter of an Indian script has three.
constexpr std::size_t kBefore = 96, kBehind = 48;

// The zeros of the scripts in which people here write numbers; nine more follow each.
constexpr std::array<std::uint32_t, 15> kZeros = {0x660, 0x6F0,  0x966,  0x9E6,  0xA66,
                                                  0xAE6, 0xB66,  0xBE6,  0xC66,  0xCE6,
                                                  0xD66, 0x1C50, 0xA8D0, 0xABF0, 0xFF10};
constexpr std::array<std::uint32_t, 12> kBetween = {0x20,   0x2D,   0xA0,   0x2009, 0x202F, 0x2010,
                                                    0x2011, 0x2012, 0x2013, 0x2014, 0x2212, 0x9};

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Letter {
  std::uint32_t code = 0;
  std::size_t size = 1;
};

// What is no UTF-8 is a letter by itself, and nothing that matters here.
Letter letter_at(std::string_view text, std::size_t at)
{
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned lead = byte(0);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1 || at + size > text.size()) return {lead, 1};
  std::uint32_t code = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i)
    code = (code << 6) | (byte(i) & 0x3Fu);
  return {code, size};
}

std::optional<char> digit_of(std::uint32_t code)
{
  if (code < 0x80)
    return code >= '0' && code <= '9' ? std::optional(static_cast<char>(code)) : std::nullopt;
  for (const auto zero : kZeros)
    if (code >= zero && code < zero + 10) return static_cast<char>('0' + (code - zero));
  return std::nullopt;
}

bool is_between(std::uint32_t code)
{
  return std::find(kBetween.begin(), kBetween.end(), code) != kBetween.end();
}

// Digits without anything between them.
struct Group {
  std::size_t begin = 0, end = 0;
  std::string digits;
};

// Groups with one blank or hyphen between each two, from the digit at `at` on.
std::vector<Group> chain_at(std::string_view text, std::size_t at)
{
  std::vector<Group> chain;
  while (at < text.size()) {
    Group group{at, at, {}};
    for (; at < text.size();) {
      const auto letter = letter_at(text, at);
      const auto digit = digit_of(letter.code);
      if (!digit) break;
      group.digits += *digit;
      group.end = at += letter.size;
    }
    if (group.digits.empty()) break;
    chain.push_back(std::move(group));
    if (at >= text.size()) break;
    const auto between = letter_at(text, at);
    if (!is_between(between.code)) break;
    at += between.size;
  }
  return chain;
}

// A number as it stands in its text.
struct Candidate {
  std::size_t begin = 0, end = 0;
  std::string digits;
  bool in_longer = false; // four more digits stand beside it: a card, a virtual id
};

// 91 before a mobile's ten digits; a minute of our time as digits: what passes the check by chance.
bool is_likely_other(const std::string& digits)
{
  if (digits.starts_with("91") && digits[2] >= '6') return true;
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(digits.substr(at, size));
  };
  const auto is_time = [&](int year, int month, int day) {
    return year >= 1950 && year < 2050 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
           number(8, 2) < 24 && number(10, 2) < 60;
  };
  return is_time(number(0, 4), number(4, 2), number(6, 2)) ||
         is_time(number(4, 4), number(2, 2), number(0, 2));
}

// Part of a name, of a decimal or of a telephone's number with its country.
bool is_part_of_more(std::string_view text, const Candidate& candidate)
{
  const auto before = text.substr(0, candidate.begin), behind = text.substr(candidate.end);
  if (behind.size() > 1 && behind[0] == '.' && digit_of(letter_at(behind, 1).code)) return true;
  if (!behind.empty() && (is_letter(behind[0]) || behind[0] == '_')) return true;
  if (before.empty()) return false;
  if (before.back() == '+') return true;
  if (before.back() == '.') return before.size() > 1 && is_digit(before[before.size() - 2]);
  if (!is_letter(before.back()) && before.back() != '_') return false;
  auto from = before.size();
  while (from > 0 && (is_letter(before[from - 1]) || before[from - 1] == '_'))
    --from;
  return !names_aadhaar(before.substr(from));
}

// "voucherNo" of `{"voucherNo":"`.
std::string_view last_word(std::string_view text)
{
  const auto in_word = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  while (!text.empty() && !in_word(text.back()))
    text.remove_suffix(1);
  auto from = text.size();
  while (from > 0 && in_word(text[from - 1]))
    --from;
  return text.substr(from);
}

bool is_blank(std::string_view text)
{
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; });
}

bool is_one(std::string_view text, const Candidate& candidate, Hint hint)
{
  if (is_part_of_more(text, candidate)) return false;
  const auto from = candidate.begin > kBefore ? candidate.begin - kBefore : 0;
  const auto before = text.substr(from, candidate.begin - from);
  const auto called = nearest_name(before);
  if (called != Named::nothing) return called == Named::aadhaar;
  if (hint == Hint::named) return true;
  if (names_aadhaar(text.substr(candidate.end, kBehind))) return true;
  if (candidate.in_longer || is_likely_other(candidate.digits)) return false;
  if (hint == Hint::broken) return !names_other_number(last_word(before));
  return hint == Hint::whole && is_blank(text.substr(0, candidate.begin)) &&
         is_blank(text.substr(candidate.end));
}

void add(std::vector<Candidate>& all, const std::vector<Group>& chain, std::size_t first,
         std::size_t count)
{
  Candidate made{chain[first].begin, chain[first + count - 1].end, {}, false};
  for (std::size_t i = first; i < first + count; ++i)
    made.digits += chain[i].digits;
  const auto last = first + count;
  made.in_longer = (first > 0 && chain[first - 1].digits.size() == 4) ||
                   (last < chain.size() && chain[last].digits.size() == 4);
  if (made.digits[0] >= '2' && passes_verhoeff(made.digits)) all.push_back(std::move(made));
}

// In one piece, in fours, or in whatever groups where there is nothing else.
void find_in(const std::vector<Group>& chain, bool whole, std::vector<Candidate>& all)
{
  std::size_t digits = 0;
  for (const auto& group : chain)
    digits += group.digits.size();
  if (whole && digits == kDigits) return add(all, chain, 0, chain.size());
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto four = [&](std::size_t at) { return chain[at].digits.size() == 4; };
    if (chain[i].digits.size() == kDigits) {
      add(all, chain, i, 1);
    } else if (i + 2 < chain.size() && four(i) && four(i + 1) && four(i + 2)) {
      const auto found = all.size();
      add(all, chain, i, 3);
      if (all.size() > found) i += 2;
    }
  }
}

// From Devanagari to Malayalam a digit is E0, an odd byte, and one from A6 to AF. Elsewhere any letter may be one.
bool may_be_digit(std::string_view letter)
{
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(letter[i]); };
  if (byte(0) < 0xC0) return is_digit(letter[0]);
  return byte(0) != 0xE0 || letter.size() < 3 || (byte(1) % 2 == 1 && byte(2) >= 0xA6);
}

// Most texts have no twelve digits: that is seen without reading letters.
bool may_hold_one(std::string_view text)
{
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    digits += may_be_digit(text.substr(i, 3)) ? 1 : 0;
  return digits >= kDigits;
}

std::vector<Candidate> candidates_in(std::string_view text)
{
  std::vector<Candidate> all;
  if (!may_hold_one(text)) return all;
  for (std::size_t at = 0; at < text.size();) {
    const auto letter = letter_at(text, at);
    if (!digit_of(letter.code)) {
      at += letter.size;
      continue;
    }
    const auto chain = chain_at(text, at);
    const bool whole = is_blank(text.substr(0, at)) && is_blank(text.substr(chain.back().end));
    find_in(chain, whole, all);
    at = chain.back().end;
  }
  return all;
}

bool text_has_mask(std::string_view text)
{
  for (auto at = text.find(kMask); at != text.npos; at = text.find(kMask, at + 1)) {
    const auto kept = text.substr(at + kMask.size(), 4);
    if (kept.size() == 4 && std::all_of(kept.begin(), kept.end(), is_digit)) return true;
  }
  return false;
}

} // namespace

bool passes_verhoeff(std::string_view digits)
{
  unsigned check = 0;
  for (std::size_t place = 0; place < digits.size(); ++place) {
    unsigned value = static_cast<unsigned>(digits[digits.size() - 1 - place] - '0');
    for (std::size_t step = 0; step < place % 8; ++step)
      value = kStep[value];
    check = kProduct[check][value];
  }
  return !digits.empty() && check == 0;
}

bool holds_number(std::string_view text)
{
  return !candidates_in(text).empty();
}

std::optional<std::string> mask_numbers(std::string_view text, Hint hint)
{
  std::optional<std::string> masked;
  std::size_t from = 0;
  for (const auto& candidate : candidates_in(text)) {
    if (!is_one(text, candidate, hint)) continue;
    if (!masked) masked.emplace();
    masked->append(text.substr(from, candidate.begin - from)).append(kMask);
    masked->append(candidate.digits.substr(kDigits - 4));
    from = candidate.end;
  }
  if (masked) masked->append(text.substr(from));
  return masked;
}

bool has_mask(const Value& value)
{
  switch (value.kind()) {
  case Value::Kind::text: return text_has_mask(value.text());
  case Value::Kind::list:
    return std::any_of(value.list().begin(), value.list().end(),
                       [](const Value& item) { return has_mask(item); });
  case Value::Kind::object: {
    const auto& members = value.object().members();
    return std::any_of(members.begin(), members.end(), [](const Member& member) {
      return has_mask(member.value) || text_has_mask(member.name);
    });
  }
  default: return false;
  }
}

std::string mask_text(std::string_view text)
{
  std::vector<std::size_t> letters;
  std::string digits;
  bool is_number = true;
  for (std::size_t at = 0; at < text.size(); at += letter_at(text, at).size) {
    const auto code = letter_at(text, at).code;
    const auto digit = digit_of(code);
    if (digit) digits += *digit;
    is_number = is_number && (digit || is_between(code));
    letters.push_back(at);
  }
  if (is_number && digits.size() == kDigits) return std::string(kMask) + digits.substr(8);
  if (text.starts_with(kMask) && text_has_mask(text)) return std::string(text);
  // Of what is short, four letters would be most of it.
  if (letters.size() < 8) return std::string(kMask.substr(0, 4));
  return std::string(kMask.substr(0, 4)).append(text.substr(letters[letters.size() - 4]));
}

} // namespace gramsetu::schema
