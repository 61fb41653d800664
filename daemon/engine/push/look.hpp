// Asking the endpoint what it holds of single records.
#pragma once

#include "daemon/engine/push/intent.hpp"
#include "daemon/engine/push/outcome.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// What became of asking about one record.
struct Look {
  std::optional<connectors::Sighting> sighting; // nothing: it cannot be asked about this one
  std::string why;                              // then
};

// One look per row, in order. A row that cannot be asked about does not stand in the way of the others; the
// error is that of an endpoint that cannot be asked at all now.
Result<std::vector<Look>> look_at(Run& run, const std::vector<store::OutboxRow>& rows);

// What a look says of a row whose outcome is unknown, and the same in words for a person.
struct Reading {
  Shown shown = Shown::nothing;
  std::string words;
};
Result<Reading> read_look(store::Tx& tx, const Flow& flow, const store::OutboxRow& row,
                          const Look& look);

// False where a look may show what was there a while ago, and a pull will show what is there now.
bool shows_the_present(const Run& run);

// Puts what the endpoint holds now into the inbox, to be decided. False when it says nothing new.
Result<bool> take_sighting(store::Tx& tx, Run& run, const std::string& key,
                           const connectors::Sighting& sighting);

// Looks at rows whose write met another version than it expected, and takes what is there.
Result<void> read_back(Run& run, const std::vector<store::OutboxRow>& rows,
                       const std::vector<connectors::Receipt>& receipts);

} // namespace gramsetu::engine
