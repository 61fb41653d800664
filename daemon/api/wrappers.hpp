// What stands around the routes of a running daemon: repeats are answered once, and status does not wait for a store.
#pragma once

#include "base/clock.hpp"
#include "daemon/api/router.hpp"

#include <chrono>
#include <cstddef>

namespace gramsetu::api {

struct RepeatLimits {
  std::size_t kept = 1000; // answers; the oldest is forgotten
  std::chrono::hours lasting{
      24}; // a retry comes within minutes, a person's second try within the day
};

// A POST that says an Idempotency-Key is carried out once: the same one again, by the same asker, gets the answer
// that the first one got. Another request under that key is refused (422), and one that comes while the first is worked
// on as well (409). An answer of 500 and more is not kept: then the second try is a try. Nothing outlives the
// process, where the acts themselves know what was done already. `clock` outlives it.
Handler once(Handler handler, Clock& clock, RepeatLimits limits = {});

// GET /api/v1/status within `patience`: where it takes longer, with what was last known and the time since when
// (`stale_since`). While nothing is known, it waits ten times as long, and then says 503. The others are handed on.
Handler prompt(Handler handler, Clock& clock,
               std::chrono::milliseconds patience = std::chrono::milliseconds{700});

// For a thread that is kept free for them: they tell whether anything works.
bool is_prompt_path(std::string_view path);

} // namespace gramsetu::api
