// Lines to words.
#include "tests/scenario/script.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <chrono>
#include <sstream>

namespace gramsetu::scenario {

namespace {

Result<std::vector<std::string>> words_of(const std::string& line)
{
  std::vector<std::string> words;
  bool quoted = false, open = false; // open: a word has begun
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      if (!open) words.emplace_back();
      open = true;
    } else if (!quoted && c == '#') {
      break;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      open = false;
    } else {
      if (!open) words.emplace_back();
      open = true;
      words.back() += c;
    }
  }
  if (quoted) return fail(ErrorKind::invalid, "a quote is never closed");
  return words;
}

} // namespace

Result<Script> read_script(const std::string& file, std::string_view text)
{
  Script script;
  script.file = file;
  std::istringstream input{std::string(text)};
  std::size_t number = 0;
  constexpr std::string_view kStory = "story: ";
  for (std::string line; std::getline(input, line);) {
    ++number;
    if (script.story.empty() && line.starts_with(kStory)) {
      script.story = line.substr(kStory.size());
      continue;
    }
    auto words = words_of(line);
    if (!words)
      return fail(ErrorKind::invalid, fmt::format("{}:{}: {}", file, number, words.error().what));
    if (words->empty()) continue;
    if (script.story.empty())
      return fail(ErrorKind::invalid, fmt::format("{}:{}: the story comes first", file, number));
    script.lines.push_back({number, std::move(*words)});
  }
  return script;
}

Result<Pairs> read_pairs(const std::vector<std::string>& words, std::size_t from)
{
  Pairs pairs;
  for (std::size_t i = from; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorKind::invalid, fmt::format("'{}' is not name=value", words[i]));
    pairs[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  }
  return pairs;
}

Result<std::chrono::milliseconds> read_wait(const std::string& word)
{
  using namespace std::chrono;
  const auto count = word.empty() ? std::nullopt : [&]() -> std::optional<std::int64_t> {
    const auto number = schema::read_integer(word.substr(0, word.size() - 1));
    return number ? std::optional(*number) : std::nullopt;
  }();
  if (count && *count > 0) {
    switch (word.back()) {
    case 's': return milliseconds(seconds(*count));
    case 'm': return milliseconds(minutes(*count));
    case 'h': return milliseconds(hours(*count));
    case 'd': return milliseconds(hours(24 * *count));
    default: break;
    }
  }
  return fail(ErrorKind::invalid, fmt::format("'{}' is no time such as 30s, 15m, 2h or 3d", word));
}

} // namespace gramsetu::scenario
