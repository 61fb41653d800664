// The contract between the engine and every foreign system.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connectors/api/glance.hpp"
#include "connectors/api/intent.hpp"
#include "connectors/api/stream.hpp"
#include "schema/record.hpp"
#include "schema/value.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace gramsetu::connectors {

// One record as the endpoint gave it, with what its envelope says.
struct RemoteRecord {
  schema::Value body;              // an object; empty for a bare tombstone
  std::string remote_id;           // the endpoint's own identity of it; may be empty
  std::string version;             // row version or entity tag; empty when there is none
  bool deleted = false;            // a tombstone: the marker says so
  std::optional<Instant> modified; // when the endpoint says it last changed
  std::string fingerprint = "";    // what its bytes are known by (`PullRequest::look`), or empty
};

// Part of a page that could not be read as records. Kept whole in quarantine.
struct BadPiece {
  std::string bytes;   // as it came, at most 1 MiB
  std::string pointer; // JSON Pointer, or "line 17"
  std::string code;    // "malformed", "bad_encoding", ...
  std::string text;    // for a person
};

// One page. A failed request is an Error, never an empty page.
struct Page {
  std::vector<RemoteRecord> records;
  std::vector<BadPiece> bad; // the rest of the page goes on
  std::string next;          // where the next page starts; opaque; meaningless when `last`
  bool last = true;          // there is no next page
  bool damaged = false;      // something of this slice was not seen: it proves no absence
  bool not_modified = false; // the slice is as `PullRequest::tag` says (304): no records
  std::string tag;           // what this state of the slice is known by; may be empty
  std::string cursor;        // the highest cursor value seen so far in this pull; may be empty
  bool covers = false;       // all that `cursor` stands for has come: it is a place to go on from
  std::optional<std::size_t> total; // how many records the endpoint says the slice has
  std::size_t bytes = 0;            // received for it
  std::size_t left_out = 0;         // records that the asker knows by their bytes
};

// Told where the next page starts, `Page::next`, as soon as an answer shows it: who is told may ask for that page
// while this one is still read. By the thread that pulls; perhaps never, perhaps again by another attempt. Void once
// this page fails, or says otherwise.
using Onward = std::function<void(const std::string& next)>;

struct PullRequest {
  const Stream* stream = nullptr;
  Slice slice;
  std::string page;   // `Page::next` of the page before; empty for the first
  std::string since;  // cursor to read from, lookback already applied; empty: everything
  std::string seen;   // `Page::cursor` of the page before
  std::string tag;    // `Page::tag` of the last reading that counted; empty: send everything
  Look look = {};     // may be empty, and need not be asked: what it knows is left out of the page
  Onward onward = {}; // may be empty
};

// Which record to look at.
struct Reference {
  std::string key;
  std::string remote_id; // may be empty
};

// What is there now.
struct Sighting {
  bool found = false;
  RemoteRecord record; // when found
};

// An endpoint that does not say how long it remembers a key is trusted for so long, and no longer.
inline constexpr std::chrono::milliseconds kUnstatedRetention = std::chrono::hours(1);

// What a stream of this endpoint can do; the engine asks and never guesses.
struct Capabilities {
  bool creates = false, updates = false, removes = false;
  bool probes = false;        // can read one record back by key or id
  bool if_version = false;    // refuses a write when the version has moved
  bool idempotent = false;    // knows idempotency keys: repeating one is safe while it remembers it
  bool keys_by_batch = false; // it knows a batch, not its intents: only a whole one may come again
  std::size_t batch_max = 1;  // intents in one push
  std::chrono::milliseconds retention = kUnstatedRetention; // how long it remembers a key
  std::chrono::milliseconds probe_lag{0}; // so long after a write a probe may not show it yet
};

// How an endpoint's clock stands against ours, as an answer of its showed.
struct ClockReading {
  std::chrono::milliseconds ahead{0}; // of ours; negative: behind
  std::chrono::milliseconds error{0}; // how far `ahead` itself may be wrong
  Instant at{};
};

// One foreign system as configured. Calls block, may come from several threads, return soon after
// `stop` is requested (`cancelled`), and never throw. Retries and rate limits are wrappers (wrap/); a
// connector contains neither.
class Connector {
public:
  virtual ~Connector() = default;
  virtual Capabilities capabilities(const Stream& stream) const = 0;
  // The next page. Asking twice for the same page is safe.
  virtual Result<Page> pull(const PullRequest& request, std::stop_token stop) = 0;
  // One receipt per intent, in order, whatever happens.
  virtual std::vector<Receipt> push(const Stream& stream, std::span<const Intent> intents,
                                    std::stop_token stop) = 0;
  // One sighting per reference, in order.
  virtual Result<std::vector<Sighting>>
  probe(const Stream& stream, std::span<const Reference> references, std::stop_token stop) = 0;
  // Can it be reached, and are we let in? Changes nothing. A sentence for a person when it can.
  virtual Result<std::string> reach(std::stop_token stop) = 0;
  // The best that recent answers showed of its clock; nothing where they do not tell.
  virtual std::optional<ClockReading> clock() const { return std::nullopt; }
};

} // namespace gramsetu::connectors
