// Places in time: what the engine keeps of them with every record, and what it asks of them.
#pragma once

#include "base/log.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/places/succession.hpp"
#include "daemon/store/store.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// Look-ups of places that remember a bounded number of answers. What it gave is valid until the next look-up
// after `use`, so that a page of records can be counted in one transaction and the next in another.
class Atlas {
public:
  void use(store::Tx& tx) { tx_ = &tx; }
  Result<const PlaceFacts*> look_up(const PlaceName& place);

private:
  store::Tx* tx_ = nullptr;
  std::map<PlaceName, PlaceFacts> known_;
};

// Is there such a record, or was it a place once? A record that names an ended place is history.
Result<bool> is_known(store::Tx& tx, std::string_view entity, const std::string& key);

// A place's record was written.
struct PlaceWrite {
  const schema::Entity& entity;
  const std::string& key;
  const schema::Record& record;
  bool deleted = false;
  bool numbered = false;   // the side itself said which version it is
  bool taken_back = false; // a person put an older version back: what was newer is withdrawn
  Instant at{};
};
// Keeps the version and the successions that the record states. Nothing for entities that are neither.
Result<void> note_place(store::Tx& tx, const PlaceWrite& write);
// An older version came after a newer one: it is kept, and changes nothing else.
Result<void> note_older_version(store::Tx& tx, const PlaceWrite& write);

// Why what a record says of successions cannot be, beside what is known; nothing when it can.
Result<std::optional<Impossible>> check_successions(store::Tx& tx, const schema::Entity& entity,
                                                    const std::string& key,
                                                    const schema::Record& record);

// The day of a record: the first of its dated fields that is there, else empty.
std::string day_of(const schema::Entity& entity, const schema::Record& record);

// Fields of a new record that say which version a place was, where its source does not: the version in force
// on the record's day, or now. The fields that were filled in.
inline constexpr const char* kStamped = "the version of the place in force then";
Result<std::vector<std::size_t>> stamp(store::Tx& tx, const schema::Entity& entity,
                                       schema::Record& record, Instant now);

// The hub filled the field in, and `told` leaves it out.
bool is_unsaid_stamp(const schema::Entity& entity, std::size_t field, const schema::Record& told);

// Tells the log of a place that got another name, moved, left the area or is listed no more.
void report_place(const Log& log, const schema::Entity& entity, const std::string& key,
                  const std::vector<std::string>& news);
// What there is to tell; nothing for other entities. Pure.
std::vector<std::string> news_of_place(const schema::Entity& entity, const schema::Record& before,
                                       const schema::Record& after, bool deleted);

} // namespace gramsetu::engine
