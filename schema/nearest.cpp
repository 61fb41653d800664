// "Did you mean": the nearest word by edit distance.
#include "schema/document.hpp"

#include <algorithm>

namespace gramsetu::schema {

namespace {

// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b)
{
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0u : 1u;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

} // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& words)
{
  constexpr std::size_t kLongest = 64; // a longer word is no slip of the finger
  if (word.empty() || word.size() > kLongest) return {};
  // One slip in three letters still looks like the word.
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : words) {
    if (candidate.size() > kLongest) continue;
    const std::size_t apart = distance(word, candidate);
    if (apart < best) {
      best = apart;
      found = candidate;
    }
  }
  return found;
}

} // namespace gramsetu::schema
