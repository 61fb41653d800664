// The pages of a slice, as many at a time as are stored in one transaction.
#pragma once

#include "daemon/engine/pull/page_workers.hpp"

#include <optional>
#include <vector>

namespace gramsetu::engine {

// What goes wrong with a page is said when its turn comes: after the pages before.
class Ahead {
public:
  // `first` asks for the slice's first page; `run` outlives this.
  Ahead(Run& run, const connectors::PullRequest& first, bool direct) : workers_(run, first, direct)
  {
  }

  // The next pages, at least one: as many as hold little enough to be stored at once, and come soon. Not to be called
  // after the last page, or after an error.
  Result<std::vector<Fetched>> next();

private:
  PageWorkers workers_;
  std::optional<Error> failed_; // what ended the reading, until its turn
};

} // namespace gramsetu::engine
