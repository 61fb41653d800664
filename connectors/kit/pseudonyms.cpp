// Making other values of the same shape.
#include "connectors/kit/pseudonyms.hpp"

#include "base/digest.hpp"
#include "connectors/kit/looks.hpp"
#include "schema/aadhaar.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::size_t kUnique = 4;      // shorter texts may become the same
constexpr std::size_t kSweptText = 4;   // shorter ones stand in other words by chance
constexpr std::size_t kSweptDigits = 5; // a year is no person

// Consonants that every block of the Indian scripts has at the same place.
constexpr std::array<char32_t, 13> kConsonants = {0x15, 0x1A, 0x1F, 0x23, 0x24, 0x28, 0x2A,
                                                  0x2E, 0x2F, 0x30, 0x32, 0x38, 0x39};
constexpr std::array<char32_t, 8> kArabic = {0x628, 0x62A, 0x62C, 0x62F,
                                             0x631, 0x633, 0x645, 0x646};

// An endless row of bytes that follows from a text.
class Dice {
public:
  explicit Dice(std::string text) : text_(std::move(text)) {}
  unsigned next()
  {
    if (at_ == digest_.size()) {
      digest_ = sha256(text_ + std::to_string(turn_++));
      at_ = 0;
    }
    return digest_[at_++];
  }

private:
  std::string text_;
  Digest digest_{};
  std::size_t at_ = sizeof(Digest), turn_ = 0;
};

// The code point at `at`, which moves on. The text is UTF-8; a stray byte counts as itself.
char32_t take(const std::string& text, std::size_t& at)
{
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t size = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  if (size == 1 || at + size > text.size()) return static_cast<unsigned char>(text[at++]);
  char32_t point = byte & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i)
    point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  at += size;
  return point;
}

void put(std::string& text, char32_t point)
{
  const auto byte = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

// One of them, but not `but`.
template <typename Letters>
char32_t another(const Letters& letters, char32_t but, unsigned dice)
{
  const auto chosen = letters[dice % letters.size()];
  return chosen == but ? letters[(dice + 1) % letters.size()] : chosen;
}

char32_t turned(char32_t point, char32_t first, unsigned count, unsigned dice)
{
  return first + (point - first + 1 + dice % (count - 1)) % count;
}

char32_t other_letter(char32_t point, unsigned dice)
{
  if (point >= 'a' && point <= 'z') return turned(point, 'a', 26, dice);
  if (point >= 'A' && point <= 'Z') return turned(point, 'A', 26, dice);
  if (point < 0xC0) return point;
  if (point >= 0x900 && point < 0xD80) {
    const char32_t block = point & ~char32_t{0x7F}, place = point & 0x7F;
    if (place >= 0x66 && place <= 0x6F) return turned(point, block + 0x66, 10, dice);
    const bool letter = (place >= 0x05 && place <= 0x39) || (place >= 0x58 && place <= 0x61);
    return letter ? block + another(kConsonants, place, dice) : point; // marks stay
  }
  if (point >= 0x620 && point <= 0x6D3) return another(kArabic, point, dice);
  if (point >= 0x2000 && point <= 0x206F) return point; // punctuation and joiners
  return point == 0xF8 ? 0xE6 : 0xF8;
}

bool is_digit(char32_t point)
{
  return point >= '0' && point <= '9';
}

} // namespace

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
  if (what.empty()) return text;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string Pseudonyms::shaped(const std::string& text, int attempt) const
{
  Dice dice(fmt::format("{}\n{}\n{}\n", seed_, attempt, text));
  std::string made;
  bool inside = false; // of a number
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = take(text, at);
    const unsigned roll = dice.next();
    char32_t other = is_digit(point) ? turned(point, '0', 10, roll) : other_letter(point, roll);
    // A number keeps its length, and telephones begin as they do.
    if (is_digit(point) && !inside && point != '0' &&
        (other == '0' || (point >= '6' && other < '6')))
      other = point == '9' ? '8' : point + 1;
    inside = is_digit(point);
    put(made, other);
  }
  return made;
}

std::string Pseudonyms::of(const std::string& text)
{
  const auto known = given_.find(text);
  if (known != given_.end()) return known->second;
  std::string made = shaped(text, 0);
  if (made == text) return text; // nothing in it to replace
  for (int attempt = 1; attempt < 100; ++attempt) {
    const bool again = text.size() >= kUnique && taken_.contains(made);
    const bool aadhaar = made.size() == 12 && looks_personal(made) && schema::passes_verhoeff(made);
    if (!again && !aadhaar) break;
    made = shaped(text, attempt);
  }
  taken_.insert(made);
  given_[text] = made;
  return made;
}

std::string Pseudonyms::date(const std::string& text, const std::string& format)
{
  if (!schema::read_date(text, format)) return of(text);
  const auto known = given_.find(text);
  if (known != given_.end()) return known->second;
  Dice dice(seed_ + text);
  const auto year = 1950 + dice.next() % 50, month = 1 + dice.next() % 12,
             day = 1 + dice.next() % 28;
  const auto made = schema::write_date(fmt::format("{:04}-{:02}-{:02}", year, month, day), format);
  given_[text] = made;
  return made;
}

std::string Pseudonyms::word(const std::string& text, const std::vector<std::string>& words)
{
  if (words.empty()) return text;
  return words[Dice(seed_ + text).next() % words.size()];
}

std::string Pseudonyms::sweep(std::string text) const
{
  std::vector<std::pair<std::string, std::string>> all(given_.begin(), given_.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  for (const auto& [original, made] : all) {
    const auto least = has_letters(original) ? kSweptText : kSweptDigits;
    if (original.size() >= least) text = replaced(std::move(text), original, made);
  }
  return text;
}

} // namespace gramsetu::connectors::kit
