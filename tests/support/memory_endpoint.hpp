// An endpoint that lives in memory: versions, idempotency, a ledger of effects, and every way to misbehave.
#pragma once

#include "connectors/api/connector.hpp"
#include "schema/entity.hpp"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::test {

// One effect that the endpoint had, whoever asked for it.
struct Effect {
  std::string idempotency_key, verb, key;
  std::string body; // as it was sent
};

// What the endpoint remembers of a key.
struct Answer {
  std::string verb, key, body, version;
  std::int64_t at = 0;
};

struct Row {
  schema::Object
      fields; // "id" is the key, "v" the version, "m" the modification time, "gone" the marker
  std::int64_t version = 0;
};

// What goes wrong, as dials; all off.
struct Faults {
  int drop_answers = 0;   // the next N pushes take effect and are answered by nothing
  int hold_back = 0;      // the next N pushes are answered by nothing and arrive `late_ms` later
  int unauthorized = 0;   // the next N pushes are not let in
  int refuse_connect = 0; // the next N calls of any kind certainly have no effect
  int damage_pages = 0;   // the next N pages end in the middle
  int repeat_pages = 0;   // the next N pages come twice
  double chance = 0;      // of any of the first two, at every call
};

// What a clerk writes, as a value: "[a,b]" is a list of two texts, all else a text. And back.
schema::Value told(const std::string& text);
std::string shown(const schema::Value& value);

// Shared by endpoint handles, as a server outlives its clients. One thread, but for pushes: any.
class MemoryWorld {
public:
  explicit MemoryWorld(std::uint64_t seed = 1) : random_(seed) {}

  std::map<std::string, Row> rows; // by key
  std::vector<Effect> ledger;
  Faults faults;
  bool conditional = true; // refuses a write over another version
  bool idempotent = true;  // knows idempotency keys, and forgets them after `retention_ms`
  std::int64_t retention_ms = 86'400'000;
  bool probes = true;      // can be asked about single records
  std::int64_t lag_ms = 0; // so long after a write a probe shows what was there before
  std::int64_t late_ms = 20'000;
  std::set<std::string> refuses;   // texts: what holds one of them is not accepted
  std::size_t batch_max = 10;      // intents in one push
  std::size_t altered = 0;         // writes that came again under their key with other bytes
  std::size_t stale = 0;           // writes that came again under a key that was forgotten
  std::function<void()> on_effect; // after each; may throw, and that is how a hub dies in a batch
  bool marks_deletes = true;
  std::optional<connectors::ClockReading> clock; // what its answers show of its clock
  std::string key_field = "note";
  std::size_t page_size = 50;
  std::int64_t now_ms = 1'790'000'000'000;
  std::size_t pulls = 0, pages = 0;
  bool tags = false;         // says "not modified" to who knows the tag of what is there
  std::size_t unchanged = 0; // times that it said so

  // A clerk at the endpoint.
  void put(const std::string& key, const std::map<std::string, std::string>& fields);
  void erase(const std::string& key);
  std::string get(const std::string& key, const std::string& field) const; // empty: not there
  bool alive(const std::string& key) const;
  std::string version_of(const std::string& key) const; // "0": not there

  // The row of `key`, empty when it is new or was deleted.
  Row& entered(const std::string& key);
  bool chance(double probability);
  std::map<std::string, Answer> answered;                              // by idempotency key
  std::vector<std::pair<std::int64_t, connectors::Intent>> on_the_way; // when they arrive
  std::map<std::string, std::pair<std::int64_t, Row>>
      before; // by key: the last write, and the row before
  std::mt19937_64& random() { return random_; }

private:
  std::mt19937_64 random_;
  std::set<std::string> members_; // of what was deleted
};

// A connector over `world`, which it does not own.
std::unique_ptr<connectors::Connector> open_memory_endpoint(MemoryWorld& world);

// A stream of `entity` over such an endpoint, with every field mapped both ways under its own name.
// A feed is read from a cursor on, the time of change; the others are read whole each time.
std::shared_ptr<const connectors::Stream> memory_stream(const schema::Entity& entity,
                                                        bool snapshot = false, bool feed = false);

// A small entity for tests: note (key), title, amount, status (draft < open < done), tags, remark; the
// default rule is given, the fields may bring their own.
std::unique_ptr<schema::Entities> note_entity(const std::string& rule = "manual");

} // namespace gramsetu::test
