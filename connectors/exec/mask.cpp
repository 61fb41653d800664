// Hiding secrets in foreign words.
#include "connectors/exec/mask.hpp"

#include "schema/aadhaar.hpp"
#include "schema/json.hpp"
#include "schema/value.hpp"

#include <algorithm>

namespace gramsetu::connectors::exec {

namespace {

constexpr std::size_t kShown = 2'048;
// Hiding a shorter one would hide half of every line, and guards nothing.
constexpr std::size_t kShortest = 4;

void add(std::vector<std::string>& all, std::string_view secret)
{
  if (secret.size() >= kShortest) all.emplace_back(secret);
}

// Not in the middle of a character.
std::size_t cut_at(std::string_view text, std::size_t at)
{
  if (text.size() <= at) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
    --at;
  return at;
}

} // namespace

Mask::Mask(const std::vector<std::string>& secrets)
{
  for (const auto& secret : secrets) {
    add(secrets_, secret);
    const auto quoted = schema::to_json(schema::Value(secret));
    add(secrets_, std::string_view(quoted).substr(1, quoted.size() - 2));
    for (std::size_t from = 0; from < secret.size();) {
      const auto end = std::min(secret.find('\n', from), secret.size());
      add(secrets_, std::string_view(secret).substr(from, end - from));
      from = end + 1;
    }
  }
  std::sort(secrets_.begin(), secrets_.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  secrets_.erase(std::unique(secrets_.begin(), secrets_.end()), secrets_.end());
}

std::string Mask::operator()(std::string_view line) const
{
  std::string text(line);
  for (const auto& secret : secrets_)
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 8))
      text.replace(at, secret.size(), "********");
  if (auto masked = schema::mask_numbers(text, schema::Hint::none)) text = std::move(*masked);
  text.resize(cut_at(text, kShown));
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = ' ';
  while (!text.empty() && text.back() == ' ')
    text.pop_back();
  return text;
}

} // namespace gramsetu::connectors::exec
