// Other values in the place of personal ones: the same for the same, and of the same shape.
#pragma once

#include "connectors/kit/fixture.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::kit {

// One recording's. `seed` is secret and forgotten, so that nobody can try names against the outcome.
class Pseudonyms {
public:
  explicit Pseudonyms(std::string seed) : seed_(std::move(seed)) {}

  // Letters become letters of their script and case, digits digits; everything else stays. No two texts
  // of four letters or more become the same.
  std::string of(const std::string& text);
  // Another day; a date that does not fit its format is treated as text.
  std::string date(const std::string& text, const std::string& format);
  // One of `words`.
  std::string word(const std::string& text, const std::vector<std::string>& words);

  // Takes the originals out of a text wherever they still stand, the longest first; short ones, which
  // may stand anywhere, are left.
  std::string sweep(std::string text) const;
  std::size_t count() const { return given_.size(); }

private:
  std::string shaped(const std::string& text, int attempt) const;

  std::string seed_;
  std::map<std::string, std::string> given_;
  std::set<std::string> taken_;
};

// Replaces every occurrence.
std::string replaced(std::string text, std::string_view what, std::string_view by);

} // namespace gramsetu::connectors::kit
