// Parts of the engine to count the instructions of: the same for the same records, on a busy machine too.
#pragma once

#include <cstddef>
#include <string>

namespace gramsetu::bench {

// A first load, the same again with nothing changed, the same with every record changed, and the decision
// alone: each for so many records, each in one call of `bench_counted`, whose instructions instructions.py
// has callgrind count. The store is made in `folder`.
void count(const std::string& folder, std::size_t records);

} // namespace gramsetu::bench
