// Which place took over from which: reading what records say, and following it to today. Pure but for the
// look-ups that it is given.
#pragma once

#include "daemon/engine/places/history.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::engine {

struct PlaceName {
  std::string kind, code;
  auto operator<=>(const PlaceName&) const = default;
};

// What is known of one code.
struct PlaceFacts {
  History history;
  std::vector<store::SuccessionRow> successors;
};
using LookUp = std::function<Result<const PlaceFacts*>(const PlaceName& place)>;

// One way out of a code, whoever spoke of it; what one record leaves open another may say.
struct Successor {
  PlaceName place;
  std::string extent, cause, effective, order, order_date;
};
// Each successor once, by name. The code itself is none: a place that takes in another goes on.
std::vector<Successor> successors_of(const PlaceName& place,
                                     const std::vector<store::SuccessionRow>& rows);
// All of it went there: it was said, or there is one successor and the place does not go on.
bool is_whole(const Successor& successor, const PlaceFacts& facts);

// The places that today are what `place` was on `day` (empty: not known). One: all of it went there. Several: it
// was divided, and where in it something lay cannot be told. Successions after `today` do not count yet. A
// chain that leads back to where it came from ends there.
Result<std::set<PlaceName>> heirs_of(const PlaceName& place, std::string_view day,
                                     std::string_view today, const LookUp& look_up);

// Does the chain from `from` lead to `to`?
Result<bool> leads_to(const PlaceName& from, const PlaceName& to, const LookUp& look_up);

// What a record says: the lists of a place, or the one succession of an entity of those.
std::vector<store::SuccessionRow> told_successions(const schema::Entity& entity,
                                                   const std::string& key,
                                                   const schema::Record& record);

// Why a succession cannot be, beside what is known of both its ends; nothing when it can.
struct Impossible {
  std::string code, reason;
};
std::optional<Impossible> why_impossible(const store::SuccessionRow& told, const PlaceFacts& from,
                                         const PlaceFacts& to);

} // namespace gramsetu::engine
