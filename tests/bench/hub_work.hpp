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

// Bytes of the store's file that hold the present, and those that hold history: the change log, runs, the
// sync log. The store must be closed.
void tell_size(const std::string& store);

} // namespace gramsetu::bench
