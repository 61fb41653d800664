// What became of reading the configuration again.
#pragma once

#include "config/changes.hpp"

#include <functional>
#include <string>
#include <vector>

namespace gramsetu::runtime {

struct Reloaded {
  std::vector<std::string> refused; // "file:line:column: ..."; then nothing has changed
  config::Changes changes;
  std::vector<std::string> remarks; // what a person should know of them
  bool applied = false;
};

// `dry`: only says what would change. Any thread; `by`: who asks, empty for a signal.
using Reload = std::function<Reloaded(bool dry, const std::string& by)>;

} // namespace gramsetu::runtime
