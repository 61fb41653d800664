// What a child of the bench does with a hub: the daemon's own, assembled from a file.
#pragma once

#include <string>

namespace gramsetu::bench {

struct HubWork {
  // "load", "again" (all of it is read), "cursor", "both" (edits first), "verify", "reconcile"
  std::string kind;
  std::string config; // the hub's file
  unsigned round = 0; // of the changes
  std::size_t records = 0;
};

// Does it, and tells what it took and what the run counted.
void work(const HubWork& asked);

} // namespace gramsetu::bench
