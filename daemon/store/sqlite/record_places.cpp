// Places in sorted thousands: what a page of the index gets, it gets at once.
#include "daemon/store/sqlite/record_places.hpp"

#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>

namespace gramsetu::store {

Result<void> enter_places(Connection& db, std::int64_t newest)
{
  TRY(const auto upto, db.number("SELECT upto FROM gs_record_placed"));
  if (newest - upto < kEnteredTogether) return {};
  Query enter(db,
              "INSERT OR IGNORE INTO gs_record_place (entity, place, key) SELECT entity, place, "
              "key FROM gs_record WHERE id > ? AND id <= ? AND place <> '' ORDER BY entity, "
              "place, key");
  TRY_VOID(enter.bind(upto, newest).run());
  Query entered(db, "UPDATE gs_record_placed SET upto = ?");
  return entered.bind(newest).run();
}

Result<void> scrub_record_places(Connection& db)
{
  Query query(db, "WITH placed AS (SELECT r.entity, r.place, r.key FROM gs_record r WHERE r.id <= "
                  "(SELECT upto FROM gs_record_placed) AND r.place <> '') "
                  "SELECT (SELECT count(*) FROM gs_record_place) AS entered, "
                  "(SELECT count(*) FROM placed) AS said, (SELECT count(*) FROM placed CROSS JOIN "
                  "gs_record_place USING (entity, place, key)) AS matching "
                  "WHERE entered <> said OR said <> matching");
  return query.each([](Query& row) -> Result<void> {
    const auto entered = row.integer(), said = row.integer();
    return fail(
        ErrorKind::corrupt,
        fmt::format("store: {} places of records are counted, of {} that should be; {} are right",
                    entered, said, row.integer()));
  });
}

Result<void> rewrite_record_places(Connection& db)
{
  return db.execute("DELETE FROM gs_record_place; INSERT INTO gs_record_place (entity, place, key) "
                    "SELECT entity, place, key FROM gs_record WHERE place <> '' "
                    "ORDER BY entity, place, key; DELETE FROM gs_record_placed; INSERT INTO "
                    "gs_record_placed (upto) SELECT coalesce(max(id), 0) FROM gs_record");
}

} // namespace gramsetu::store
