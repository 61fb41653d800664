// What becomes of names in the state's script, worked out without the hub's code; and what a test counts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace gramsetu::real_data {

struct Expected {
  std::size_t created = 0, updated = 0, deleted = 0, unchanged = 0;
  std::size_t ragged = 0; // rows that are none: what they were meant to be is not known
  std::size_t unfit = 0;  // rows with a key and something in the place of a code that is none
  std::size_t losers = 0; // names that lost against others
};

// The names in the state's script: each stays when the directory says nothing or repeats the English one.
class LocalNames {
public:
  // What the directory now says of the record's name. True when what is known stays as it is.
  bool hear(const std::string& key, const std::string& value, std::string& known,
            Expected& expected)
  {
    if (known.empty()) return std::exchange(known, value) == value;
    std::string& said = said_.try_emplace(key, known).first->second;
    const bool news = said != value, held_on = said != known;
    said = value;
    if (value.empty()) return true;
    const bool repeats = is_ascii(value) && !is_ascii(known);
    expected.losers += repeats ? news : held_on && known != value;
    return repeats || std::exchange(known, value) == value;
  }

  void forget(const std::string& key) { said_.erase(key); }

private:
  static bool is_ascii(const std::string& text)
  {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; });
  }

  std::map<std::string, std::string> said_; // the directory's last word
};

} // namespace gramsetu::real_data
