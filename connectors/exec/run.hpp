// One run of a program, from its start to its end: what it is told, what it says, and how long it may take.
#pragma once

#include "base/clock.hpp"
#include "connectors/exec/process.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace gramsetu::connectors::exec {

struct Patience {
  std::chrono::milliseconds first_byte{60'000}; // until it says something on stdout
  std::chrono::milliseconds total{300'000};
  std::chrono::milliseconds grace{3'000}; // between being asked to end and being killed
};

struct Talk {
  Patience patience;
  std::string input;                       // for its stdin, which is closed after it
  std::size_t line_bytes = 4 << 20;        // of one line on stdout
  std::uint64_t total_bytes = 64ull << 20; // of all of stdout
  bool loose_end = false;                  // the last line may lack its end
  // Each whole line, without its end. An error ends the run and is the outcome's.
  std::function<Result<void>(std::string_view line)> on_line;
  // Each line on stderr, cut at `kErrorLine` bytes.
  std::function<void(std::string_view line)> on_error_line;
};
inline constexpr std::size_t kErrorLine = 16 << 10;

struct Outcome {
  std::optional<Error>
      error; // why it is no good: it did not start, was ended by us, or ended badly
  bool started = false;
  bool took_input = false; // it has, or may have, read some of its input
  std::size_t bytes = 0;   // of stdout
  std::string last_words;  // the last line of stderr, for a person; not masked
};

// Runs it to its end, or ends it: SIGTERM to its whole group, then SIGKILL. It is good when it ended with
// code 0, its last line was whole and no callback objected. `cancelled` when `stop` was requested,
// `transient` when it was late or ended badly, `invalid` for what would be the same the next time.
Outcome run_program(const Launch& launch, const Talk& talk, Clock& clock, std::stop_token stop);

} // namespace gramsetu::connectors::exec
