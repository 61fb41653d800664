// One line on a terminal that says what goes on, once it takes longer than two seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace gramsetu::commands {

// Shows nothing unless standard error is a terminal. One at a time.
class ProgressLine {
public:
  explicit ProgressLine(std::string text);
  ~ProgressLine(); // wipes the line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void say(std::string text);

  // To be called before anything else goes to the terminal: the line comes again below it.
  static void wipe();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// 1234567 as Indian eyes read it: 12,34,567.
std::string grouped(std::int64_t number);

} // namespace gramsetu::commands
