// A world that a connector reaches, and everything that a contract test does behind the connector's back.
#pragma once

#include "connectors/api/connector.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::contract {

// One way in which a world misbehaves, once.
enum class Mishap {
  latency,       // the answer comes late, and is right
  throttled,     // 429 with Retry-After: 7
  down,          // 503
  broken,        // 500
  forbidden,     // 403
  truncated,     // half of the answer, whatever length it promised
  chunk_cut,     // the last chunk is missing
  two_lengths,   // the answer states two lengths
  closed,        // no answer, and no effect
  answer_lost,   // the effect, and no answer
  repeated_page, // the first page, whatever page was asked for
  half_page,     // the second half of a page is left out
  empty_page,    // no records where there are some
  html,          // a login page
  malformed,     // the document breaks off in its middle
  redirect,      // elsewhere
  not_found,     // 404 with a page of HTML: not the endpoint's word, but a proxy's before it
  revoked,       // the token is forgotten
  refused,       // nobody listens for a while
};
std::string_view name_of(Mishap mishap);
const std::vector<Mishap>& all_mishaps();

class World {
public:
  virtual ~World() = default;

  // A fresh handle on the same world: what a restart has.
  virtual std::unique_ptr<connectors::Connector> open() = 0;
  virtual const connectors::Stream& stream() const = 0;
  virtual connectors::Slice slice() const { return {"all", {}}; }

  // Behind the connector's back. `touch` changes a record there; `empty` takes all of them away.
  virtual void touch() = 0;
  virtual void empty() = 0;

  // The next request to the stream misbehaves, after `skip` others passed. False: not in this world.
  virtual bool strike(Mishap mishap, int skip = 0) = 0;
  virtual bool strike_slow(std::chrono::milliseconds) { return false; } // one late answer
  virtual void calm() = 0; // no mishap is left, and the world can be reached again

  // Does a page tell how many records the slice has, so that a short walk can be told from a whole one?
  virtual bool tells_total() const = 0;
  virtual bool reads() const { return true; }     // else it is only written
  virtual bool has_pages() const { return true; } // more than one
  virtual bool has_windows() const
  {
    return false;
  } // it is asked by two times, the end is the cursor
  // Is there a place to go on from? Its later ones are larger as text, unless it is a list of what was taken.
  virtual bool has_cursor() const { return !stream().cursor_type.empty() || has_windows(); }
  virtual bool cursor_grows() const { return true; }
  // What the mishap spoiled lies apart for a person, with its reason: a walk is whole without it.
  virtual bool has_set_aside() { return false; }
  virtual bool looks_by_key() const { return true; } // else a look needs the endpoint's identity
  virtual bool is_thread_safe() const { return true; }
  virtual bool is_remote() const { return true; } // what fails there may pass by itself

  // Effects that the records had from outside; of one idempotency key.
  virtual std::size_t effects() = 0;
  virtual std::size_t effects_of(const std::string& idempotency_key) = 0;

  // A record that is not there yet, as a create; and another content for a record, as an update.
  virtual connectors::Intent fresh(int number) = 0;
  virtual schema::Value changed(const schema::Value& body, int number) = 0;
  // A key in the manner of the stream's that is certainly not there.
  virtual std::string unknown_key() = 0;
};

// What is in the world, read page by page.
struct Walk {
  std::vector<std::string> ids; // in the order they came; of tombstones too
  std::vector<connectors::RemoteRecord> records;
  std::vector<connectors::Page> pages;
  std::vector<std::string> at; // where each page was asked for
  bool damaged = false;        // something was not seen, or not readable
  std::string cursor;
};

// Whether the stream claims the verb; any of them.
bool claims(const connectors::Capabilities& able, connectors::Verb verb);
bool writes(const connectors::Capabilities& able);

// A record as it is there, as an update of it: for streams in which none can be made.
connectors::Intent standing(World& world, int number);

Result<Walk> walk(connectors::Connector& connector, const World& world,
                  const std::string& since = "", std::stop_token stop = {});

} // namespace gramsetu::contract
