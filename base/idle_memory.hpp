// What a process holds and does not need while it waits.
#pragma once

#include <chrono>
#include <cstddef>

namespace gramsetu {

// Gives back to the system what the allocator holds of freed memory, and the pages of program text and constants of
// all objects that are loaded. Those are the file's own: what is needed again comes from the page cache, or from the
// file, as it came the first time; what only a start or a run needed stays out. Nothing that was ever written is
// touched. Any thread, at any time; the others go on, and pay a page fault, a microsecond without the disk, for each
// 64 KiB that they need again.
void give_back_memory();

// What this process has used and holds; zero where the system does not say.
struct Footprint {
  std::chrono::nanoseconds processor{}; // of all its threads, since it began
  std::size_t resident = 0;             // bytes that are in memory
};
Footprint footprint();

} // namespace gramsetu
