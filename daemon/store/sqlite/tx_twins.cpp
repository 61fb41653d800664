// Twins: the scratch of a comparison.
#include "daemon/store/shared/read_history.hpp"
#include "daemon/store/sqlite/query.hpp"
#include "daemon/store/sqlite/tx.hpp"

namespace gramsetu::store {

Result<void> SqliteTx::twins_clear(std::string_view flow)
{
  Query query(db_, "DELETE FROM temp.gs_twin WHERE flow = ?");
  return query.bind(flow).run();
}

Result<void> SqliteTx::put_twin(const TwinRow& row)
{
  Query query(db_, "INSERT INTO temp.gs_twin (flow, key, slice, there, left_out, differs, digest, "
                   "theirs, ours) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (flow, key) DO UPDATE SET "
                   "slice = excluded.slice, there = excluded.there, "
                   "left_out = max(left_out, excluded.left_out), differs = excluded.differs, "
                   "digest = excluded.digest, theirs = excluded.theirs, ours = excluded.ours");
  return query
      .bind(row.flow, row.key, row.slice, row.there, row.left_out, row.differs, row.digest,
            row.theirs, row.ours)
      .run();
}

Result<std::vector<TwinRow>> SqliteTx::twins(std::string_view flow, std::string_view after_key,
                                             std::size_t limit, bool differing)
{
  Select select("SELECT flow, key, slice, there, left_out, differs, digest, theirs, ours "
                "FROM temp.gs_twin");
  select.where("flow = ?", flow).where_given("key > ?", after_key);
  if (differing) select.where("differs = 1");
  select.then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_twin<Query>);
}

} // namespace gramsetu::store
