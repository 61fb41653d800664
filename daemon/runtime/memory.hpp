// What the hub remembers of its flows and endpoints from run to run, as facts in the store.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "daemon/store/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::runtime {

// A flow whose runs killed the process twice without getting further is put aside, so that the others go
// on. It is tried again after a while: what killed it may have passed.
struct Aside {
  Instant since{}, until{};
  std::string run; // the last that died
};

struct Down {
  Instant since{};
  std::string reason;
};

struct FlowMemory {
  std::string last_run;          // the id of the last run that moves data
  std::optional<Instant> agreed; // when a run last ended well
  unsigned failures = 0;         // in a row
  std::optional<Aside> aside;
};

Result<FlowMemory> recall(store::Tx& tx, std::string_view flow);

// Before a run and after it: the dirty mark says that the run was not seen to end.
Result<void> mark_started(store::Tx& tx, std::string_view flow, std::string_view entity,
                          std::string_view run);
struct Ending {
  bool well = false; // done, or done in part
  bool failed = false;
  Instant at{};
};
Result<void> mark_ended(store::Tx& tx, std::string_view flow, const Ending& ending);

// At the start of the process: a dirty mark means that the last run died with its process. Says so
// when that puts the flow aside.
Result<std::optional<Aside>> review(store::Tx& tx, std::string_view flow, std::string_view entity,
                                    Instant now);

// The flow's newest certificate, which the next one names.
struct LastCertificate {
  std::int64_t number = 0; // 0: there is none yet
  std::string digest;
};
Result<LastCertificate> last_certificate(store::Tx& tx, std::string_view flow);
Result<void> note_certificate(store::Tx& tx, std::string_view flow, const LastCertificate& last);

// Endpoints: since when they have been down. `went_down` is true when it is news.
Result<std::optional<Down>> down_since(store::Tx& tx, std::string_view endpoint);
Result<bool> went_down(store::Tx& tx, std::string_view endpoint, const Down& down);
Result<std::optional<Down>> came_back(store::Tx& tx, std::string_view endpoint);

} // namespace gramsetu::runtime
