// Putting back what a run changed at the hub, where nothing has changed since.
#pragma once

#include "daemon/engine/cycle.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/report.hpp"

#include <stop_token>
#include <string>

namespace gramsetu::engine {

struct Undoing {
  const Flow& flow;     // whose run is undone
  const FlowsOf& flows; // all of the entity
  std::string run_id;   // of the undo itself: it can be undone in its turn
  std::string run;      // what is undone
  std::string by;       // a person's name
};

// Works batch by batch, each in one transaction; after a death, or said twice, it goes on where it was. What
// every pushing flow of `flows` then lacks goes out with its next run, but for the deletion of a record at
// the endpoint that brought it. A closed book and the order of states hold here, too. What was left,
// and what may not last, is remarked upon.
Result<Report> undo_run(const Undoing& undoing, const Services& services, std::stop_token stop);

} // namespace gramsetu::engine
