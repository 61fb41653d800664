// Commands that are one request and one answer.
#pragma once

#include "daemon/commands/print.hpp"
#include "daemon/commands/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace gramsetu::commands {

using Print = std::function<void(const schema::Value& answer, const Times& times)>;

// Asks, and prints the answer: by `print`, or as JSON when that is asked for. The exit code; `kHeld` when what was
// asked for waits for somebody else's word.
int ask_and_print(const Common& common, const Ask& what, const Print& print);

// A printer: the members of each item of a list.
Print table(std::string list, std::vector<std::string> columns);
// A printer: every member on a line.
void pairs(const schema::Value& answer, const Times& times);

} // namespace gramsetu::commands
