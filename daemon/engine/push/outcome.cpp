// The ruling on an outcome that nobody told us.
#include "daemon/engine/push/outcome.hpp"

#include "daemon/engine/limits.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

// Whether what the endpoint shows is the last word: a write becomes visible late, and where nothing keeps it
// from happening twice, it may also arrive late.
bool is_settled(const Evidence& evidence)
{
  const bool exposed = evidence.closed || (!evidence.keyed && !evidence.guarded);
  const auto wait = exposed ? std::max(evidence.lag, kLateArrival) : evidence.lag;
  return evidence.now >= evidence.last_sent + wait;
}

// What was not known to be closed when it was sent is not sent again once it is.
bool may_replay(const Evidence& evidence)
{
  return evidence.keyed && evidence.whole && !evidence.closed && is_remembered(evidence);
}

} // namespace

bool is_remembered(const Evidence& evidence)
{
  if (evidence.now < evidence.first_sent) return false;
  return evidence.now + evidence.doubt + kReplayMargin < evidence.first_sent + evidence.retention;
}

Ruling judge(const Evidence& evidence)
{
  switch (evidence.shown) {
  case Shown::ours: return Ruling::took_effect;
  case Shown::nothing: return may_replay(evidence) ? Ruling::replay : Ruling::person;
  case Shown::other: return is_settled(evidence) ? Ruling::decide_again : Ruling::wait;
  case Shown::untouched: break;
  }
  if (may_replay(evidence)) return Ruling::replay;
  if (!is_settled(evidence)) return Ruling::wait;
  // Keys that are forgotten protect nothing any more; a version does. An endpoint that never knew keys has
  // only its word, and has given it.
  const bool anew = evidence.guarded || !evidence.keyed ||
                    (evidence.closed && evidence.whole && is_remembered(evidence));
  return anew ? Ruling::no_effect : Ruling::person;
}

Evidence evidence_of(const store::OutboxRow& row, const connectors::Capabilities& able,
                     std::chrono::milliseconds doubt, Instant now)
{
  Evidence evidence;
  evidence.keyed = able.idempotent;
  evidence.guarded = able.if_version && !row.expected_version.empty();
  evidence.now = now;
  evidence.first_sent = row.first_sent.value_or(row.created_at);
  evidence.last_sent = row.last_sent.value_or(row.created_at);
  evidence.retention = able.retention;
  evidence.lag = able.probe_lag;
  evidence.doubt = doubt;
  return evidence;
}

} // namespace gramsetu::engine
