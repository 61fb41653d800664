// Everything that an endpoint lists, gathered by key in the store's scratch.
#pragma once

#include "daemon/engine/apply/apply.hpp"

namespace gramsetu::engine {

struct Listing {
  bool keep_texts = false;    // of every record; else of those that are not as the shadow says
  std::size_t slices = 0;     // read, each to its end
  std::size_t records = 0;    // as they came, repeats and all
  std::size_t unreadable = 0; // without a readable key
};

// Reads all slices of the flow to their end into twins, with what is to be left out. A key counts once, as
// it was last listed, whatever pages and slices repeat it. Memory is that of a page.
Result<void> read_listing(const Run& run, Listing& listing);

} // namespace gramsetu::engine
