// Input of a command: a file, or standard input.
#pragma once

#include "base/result.hpp"

#include <fstream>
#include <functional>
#include <string>

namespace gramsetu::commands {

// The whole text of a file, or of standard input for "-". An error when it cannot be read or is larger
// than a request may be.
Result<std::string> read_input(const std::string& path);

// Line by line, however long the file is; empty lines are passed over. Ends early when `take` says so.
Result<void>
read_lines(const std::string& path,
           const std::function<bool(std::size_t number, const std::string& line)>& take);

// A file for what only some may see: nobody but its owner reads it.
std::ofstream own_file(const std::string& path);

} // namespace gramsetu::commands
