// A store that is older than it once was: restored from a backup, copied back, or another one altogether.
#pragma once

#include "daemon/runtime/hub.hpp"

#include <optional>
#include <string>

namespace gramsetu::runtime {

// What restore leaves in the store that it puts in place.
struct Restored {
  std::string file;  // of the backup
  Instant made_at{}; // when the backup was made; zero: it does not say
  Instant at{};
};
inline constexpr const char* kRestoredFact = "store/restored";
std::string restored_json(const Restored& restored);

struct Rewind {
  Instant since{};          // when it was noticed
  std::string cause;        // for a person
  std::int64_t changes = 0; // of the change log that are missing, as far as is known
  std::int64_t before = 0;  // the last sequence number that there is from before
};

// Looks whether the store went back, once, before anything runs. The numbers that the lost time gave out are
// passed over, so that readers of the change feed miss nothing. Until a person accepts it, nothing is sent
// that an endpoint was not asked about first.
Result<std::optional<Rewind>> notice_rewind(Hub& hub);

Result<std::optional<Rewind>> rewind_of(store::Tx& tx);
// `not_found` when there is nothing to accept.
Result<void> accept_rewind(Hub& hub, const std::string& by, const std::string& note);

// Says how far the store has come, for the next start.
Result<void> drop_anchor(Hub& hub);

} // namespace gramsetu::runtime
