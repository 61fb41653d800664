// Records by place: an index that is written for thousands of records at once (migration 8).
#pragma once

#include "daemon/store/sqlite/connection.hpp"

#include <cstdint>
#include <string_view>

namespace gramsetu::store {

// A condition on records: takes the entity's number and the place. Pluses keep SQLite from indexes, the entity's
// or one made for the question, that have all records: few came later.
inline constexpr std::string_view kIsAtPlace =
    "key IN (WITH asked (entity, place) AS (SELECT ?, ?) "
    "SELECT p.key FROM asked a CROSS JOIN gs_record_place p USING (entity, place) UNION ALL "
    "SELECT r.key FROM asked a CROSS JOIN gs_record r ON +r.entity = a.entity AND "
    "+r.place = a.place WHERE r.id > (SELECT upto FROM gs_record_placed))";

// Records that wait to be entered together: to look through them takes ten milliseconds, and each of the some hundred
// places that a district has gets some tens of entries at once.
inline constexpr std::int64_t kEnteredTogether = 16'384;

// Enters the records that came since it was last done, where there are so many by now. `newest` is the number of one
// that was inserted just now.
Result<void> enter_places(Connection& db, std::int64_t newest);

// What the index says is what the records say; `corrupt`.
Result<void> scrub_record_places(Connection& db);

// Writes it anew, from the records.
Result<void> rewrite_record_places(Connection& db);

} // namespace gramsetu::store
