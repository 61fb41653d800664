// The audit log: who did what, in a chain of entries that no one can change without its showing.
#pragma once

#include "base/clock.hpp"
#include "daemon/audit/chain.hpp"
#include "daemon/audit/files.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::audit {

// What every error begins with while acts cannot be written.
inline constexpr std::string_view kBlocked = "AUDIT_BLOCKED: ";

struct Options {
  std::string folder, hub;
  std::string
      key_pem; // what signs its heads; empty: a key of its own in the folder, made when needed
  std::chrono::minutes offset{330};
  std::uint64_t file_bytes = 16 << 20; // then, or with a new month, it goes on in a new file
  OnTouch on_touch = {};
};

// Whether acts can be written. While not, what needs evidence must not be done.
struct State {
  bool blocked = false;
  std::string reason; // of being blocked
  std::optional<Instant> since;
  std::size_t waiting = 0; // entries that are still to be written; none is ever dropped
};

// Any thread; each call blocks for as long as the disk takes. Never call it from a callback of its own.
class Audit {
public:
  // Writes nothing, but for cutting off a line that a death left unfinished. A log that cannot be opened is
  // blocked from the start, and tried again like any other.
  static std::unique_ptr<Audit> open(Options options, Clock& clock);
  ~Audit();

  // Durable when it returns; the act may follow. The error begins with AUDIT_BLOCKED and says why: then the act
  // must not be done, and no entry speaks of it.
  Result<void> append(const Act& act);
  // What came of an act whose beginning is durable, or what happened without being asked: kept, with its time,
  // until it can be written. `sync` false: durable with the next entry that is.
  void note(const Act& act, bool sync = true);
  // Writes what waits. The error is that of `append`.
  Result<void> ready();

  // Once a minute or so: writes what waits; at the first call of a day signs a head.
  void tend();
  // Signs a head when something has been written since the last one: at a stop.
  void finish();
  // The newest entry, signed now, and not written. `not_found` when there is no entry yet.
  Result<Head> head();

  State state() const;
  const std::string& folder() const { return options_.folder; }
  // Deletes finished files whose entries are all older, after an entry that names where the chain begins then.
  Result<std::size_t> purge(Instant before);

  // Called, unlocked, when it becomes blocked or is so no more, and with each head that was written.
  void on_change(std::function<void(const State&)> tell) { on_change_ = std::move(tell); }
  void on_head(std::function<void(const Head&)> tell) { on_head_ = std::move(tell); }

private:
  Audit(Options options, Clock& clock);
  // Locks, works, notes whether it is blocked, and tells outside the lock.
  Result<void> locked(const std::function<Result<void>()>& work);
  Result<void> write_waiting();
  Result<void> write(Members members, bool sync);
  Result<void> make_room();
  Result<void> sign_and_write();
  Result<void> load_key();
  Result<bool> has_other_key();
  Members members_of(const Act& act) const;
  Members stamped(std::string kind) const;
  std::string local(Instant at) const { return to_rfc3339(at, options_.offset); }

  const Options options_;
  Clock& clock_;
  std::function<void(const State&)> on_change_;
  std::function<void(const Head&)> on_head_;

  mutable std::mutex mutex_; // guards what follows
  Files files_;
  bool opened_ = false, told_torn_ = false, key_compared_ = false;
  std::optional<SigningKey> key_;
  std::deque<Members> waiting_;
  std::size_t uncounted_ = 0; // beyond what memory holds: one entry will give their number
  State state_;
  std::optional<Head> written_head_; // to be told
};

} // namespace gramsetu::audit
