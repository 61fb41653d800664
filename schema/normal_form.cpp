// Unicode forms of text, by ICU.
#include "schema/normal_form.hpp"

#include "base/check.hpp"
#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace gramsetu::schema {

namespace {

const icu::Normalizer2& nfc()
{
  static const icu::Normalizer2* const kNfc = [] {
    UErrorCode error = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFCInstance(error);
    check(U_SUCCESS(error) && found != nullptr, "ICU has its normalisation data built in");
    return found;
  }();
  return *kNfc;
}

bool is_ascii(std::string_view text)
{
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (eight & 0x8080808080808080u) return false;
  }
  for (; at < text.size(); ++at)
    if (static_cast<unsigned char>(text[at]) & 0x80) return false;
  return true;
}

icu::StringPiece piece(std::string_view text)
{
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

// ICU counts in int32; longer text than this never gets past the limits of a document.
bool fits_icu(std::string_view text)
{
  return text.size() < 0x10000000;
}

// What stands for one blank in a match key: every space of Unicode, line ends, the no-break ones.
bool is_blank(UChar32 c)
{
  return u_isUWhiteSpace(c) || c == 0xA0 || c == 0x202F;
}

// Joiners, zero-width spaces, byte order marks and direction marks: seen by nobody.
bool is_invisible(UChar32 c)
{
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0xAD;
}

constexpr UChar32 kZeroWidthJoiner = 0x200D;

// A consonant with virama and joiner, as it was written before Unicode 5.1 had the letter itself.
struct Legacy {
  UChar32 consonant, virama, letter;
};
constexpr std::array<Legacy, 11> kLegacy = {{{0x0D23, 0x0D4D, 0x0D7A},
                                             {0x0D28, 0x0D4D, 0x0D7B},
                                             {0x0D30, 0x0D4D, 0x0D7C},
                                             {0x0D31, 0x0D4D, 0x0D7C},
                                             {0x0D32, 0x0D4D, 0x0D7D},
                                             {0x0D33, 0x0D4D, 0x0D7E},
                                             {0x0D15, 0x0D4D, 0x0D7F},
                                             {0x0D2E, 0x0D4D, 0x0D54},
                                             {0x0D2F, 0x0D4D, 0x0D55},
                                             {0x0D34, 0x0D4D, 0x0D56},
                                             {0x09A4, 0x09CD, 0x09CE}}};

void append_point(std::string& out, UChar32 c)
{
  char bytes[U8_MAX_LENGTH];
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, c);
  out.append(bytes, static_cast<std::size_t>(size));
}

std::u32string points_of(const std::string& text)
{
  const auto utf16 = icu::UnicodeString::fromUTF8(piece(text));
  std::u32string points(static_cast<std::size_t>(utf16.countChar32()), U'\0');
  UErrorCode error = U_ZERO_ERROR;
  utf16.toUTF32(reinterpret_cast<UChar32*>(points.data()), static_cast<std::int32_t>(points.size()),
                error);
  return points;
}

// The letter that the three points from `at` are the old spelling of, or 0.
UChar32 legacy_letter(const std::u32string& points, std::size_t at)
{
  if (at + 2 >= points.size() || points[at + 2] != kZeroWidthJoiner) return 0;
  for (const auto& legacy : kLegacy)
    if (points[at] == static_cast<char32_t>(legacy.consonant) &&
        points[at + 1] == static_cast<char32_t>(legacy.virama))
      return legacy.letter;
  return 0;
}

std::string folded(const std::u32string& points)
{
  std::string out;
  bool blank = false; // one is owed before the next letter
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto c = static_cast<UChar32>(points[i]);
    if (const UChar32 letter = legacy_letter(points, i)) {
      c = letter;
      i += 2;
    }
    if (is_blank(c)) {
      blank = true;
      continue;
    }
    if (is_invisible(c)) continue;
    if (blank && !out.empty()) out += ' ';
    blank = false;
    const std::int32_t digit = u_charDigitValue(c);
    append_point(out, digit >= 0 ? '0' + digit : u_foldCase(c, U_FOLD_CASE_DEFAULT));
  }
  return out;
}

} // namespace

bool is_comparison_form(std::string_view text)
{
  if (is_ascii(text) || !fits_icu(text)) return true;
  UErrorCode error = U_ZERO_ERROR;
  if (nfc().isNormalizedUTF8(piece(text), error) && U_SUCCESS(error)) return true;
  return !is_utf8(text); // bad bytes stay as they are
}

std::string comparison_form(std::string_view text)
{
  if (is_comparison_form(text)) return std::string(text);
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal);
  UErrorCode error = U_ZERO_ERROR;
  nfc().normalizeUTF8(0, piece(text), sink, nullptr, error);
  return U_SUCCESS(error) ? normal : std::string(text);
}

std::string match_key(std::string_view text)
{
  // Once more at the end: letters that a joiner kept apart may compose.
  return comparison_form(folded(points_of(comparison_form(text))));
}

} // namespace gramsetu::schema
