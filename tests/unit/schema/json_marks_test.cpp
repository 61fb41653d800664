// Marks are what a byte-by-byte reading finds, wherever a block of sixty-four ends.
#include "schema/json_marks.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace gramsetu::schema;

namespace {

// Offsets, one byte at a time.
std::vector<std::size_t> expected(std::string_view text, const char* marks)
{
  std::vector<std::size_t> found;
  bool in_string = false, escaped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool quote = c == '"' && !escaped;
    escaped = c == '\\' && !escaped;
    if (quote) in_string = !in_string;
    if (!in_string && !quote && std::strchr(marks, c) != nullptr) found.push_back(i);
  }
  return found;
}

template <typename Next>
std::vector<std::size_t> found_by(std::string_view text, Next next)
{
  JsonMarks marks(text);
  std::vector<std::size_t> found;
  while (const char* const mark = next(marks))
    found.push_back(static_cast<std::size_t>(mark - text.data()));
  return found;
}

std::string any_text(std::mt19937& random)
{
  std::string text(random() % 300, ' ');
  for (char& c : text)
    c = "{}[]:,\"\\a\xe0 "[random() % 11];
  return text;
}

constexpr const char* kBrackets = "{}[]";
constexpr const char* kMarks = "{}[]:,";

} // namespace

TEST_CASE("marks are found as one who reads byte by byte finds them")
{
  std::mt19937 random(11);
  std::size_t marks = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto text = any_text(random);
    const auto all = expected(text, kMarks);
    REQUIRE(found_by(text, [](JsonMarks& at) { return at.next(); }) == all);
    REQUIRE(found_by(text, [](JsonMarks& at) { return at.next_bracket(); }) ==
            expected(text, kBrackets));
    marks += all.size();
  }
  CHECK(marks > 100'000);
}

TEST_CASE("a bracket passes over what stands before it, and the next mark stands behind it")
{
  const std::string text = R"({"a":1,"b":[2,3],"c":"]"})";
  JsonMarks marks(text);
  CHECK(*marks.next() == '{');
  CHECK(marks.next_bracket() == text.data() + text.find('['));
  CHECK(marks.next() == text.data() + text.find(",3"));
  CHECK(*marks.next_bracket() == ']');
  CHECK(marks.next() == text.data() + text.find(R"(,"c")"));
  CHECK(*marks.next_bracket() == '}');
  CHECK(marks.next() == nullptr);
  CHECK(marks.next_bracket() == nullptr);
}

TEST_CASE("a backslash is said to be there once its block was looked at")
{
  const std::string text = R"({"a":1})" + std::string(100, ' ') + R"({"b\n":1})";
  JsonMarks marks(text);
  marks.next();
  CHECK_FALSE(marks.saw_backslash());
  while (marks.next() != nullptr) {
  }
  CHECK(marks.saw_backslash());
}

TEST_CASE("a backslash at the end of a block escapes the first byte of the next")
{
  for (std::size_t slashes = 1; slashes < 5; ++slashes) {
    const std::string text =
        "\"" + std::string(63 - slashes, 'x') + std::string(slashes, '\\') + "\":,\"]";
    const auto all = expected(text, kMarks);
    CHECK(found_by(text, [](JsonMarks& at) { return at.next(); }) == all);
    CHECK(all.size() == (slashes % 2 == 1 ? 1 : 2));
  }
}
