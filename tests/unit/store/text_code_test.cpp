// Any bytes as PostgreSQL's text.
#include "daemon/store/postgresql/text_code.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace gramsetu::store::postgresql;

TEST_CASE("text stays as it is, and bytes that are none come back")
{
  for (const std::string text : {"", "ASCII, more than eight bytes", "ग्राम पंचायत क़",
                                 "\xf0\x9f\x8c\xbe", "\xf4\x8f\xbb\xbf"}) {
    CHECK(is_plain(text));
    CHECK(encoded(text) == text);
    CHECK(decoded(text) == text);
  }
  // A zero, half a character, a surrogate, an overlong form, and a character of the code itself.
  for (const std::string& bytes :
       {std::string("a\0b", 3), std::string("ab\xc3"), std::string("\xed\xa0\x80"),
        std::string("\xc0\xaf"), std::string("\xf4\x8f\xbc\x80"), std::string("\xff", 1)}) {
    CHECK_FALSE(is_plain(bytes));
    CHECK(is_plain(decoded(encoded(bytes))) == is_plain(bytes));
    CHECK(decoded(encoded(bytes)) == bytes);
    CHECK(encoded(bytes).find('\0') == std::string::npos);
  }
}

TEST_CASE("no two texts become one")
{
  std::mt19937 random(11);
  constexpr std::string_view letters("a\0\xf4\x8f\xbc\xbf\x80\xe0\xa4\xff", 10);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto length = random() % 24; length > 0; --length)
      bytes += letters[random() % letters.size()];
    REQUIRE(decoded(encoded(bytes)) == bytes);
  }
}
