// A scenario as it is written: a story, and lines of words.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::scenario {

struct Line {
  std::size_t number = 0;
  std::vector<std::string> words; // "csc:", "set", "SR1", "remarks=to be seen"
};

struct Script {
  std::string file, story;
  std::vector<Line> lines;
};

// The first line is the story: `story: what happens, in a sentence`. Words are parted by blanks; quotes hold
// words together, and # begins a remark. `invalid` names the file and the line.
Result<Script> read_script(const std::string& file, std::string_view text);

// "name=value" words as pairs; `invalid` for any other word.
using Pairs = std::map<std::string, std::string>;
Result<Pairs> read_pairs(const std::vector<std::string>& words, std::size_t from);

// "2h", "15m", "3d", "30s".
Result<std::chrono::milliseconds> read_wait(const std::string& word);

} // namespace gramsetu::scenario
