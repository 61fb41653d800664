// Twins: the scratch of a comparison.
#include "daemon/store/postgresql/tx.hpp"
#include "daemon/store/shared/read_history.hpp"

namespace gramsetu::store::postgresql {

Result<void> PostgresTx::twins_clear(std::string_view flow)
{
  Query query(db_, "DELETE FROM gs_twin WHERE flow = ?");
  return query.bind(flow).run();
}

Result<void> PostgresTx::put_twin(const TwinRow& row)
{
  Query query(db_, "INSERT INTO gs_twin AS t (flow, key, slice, there, left_out, differs, digest, "
                   "theirs, ours) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (flow, key) DO UPDATE SET "
                   "slice = excluded.slice, there = excluded.there, "
                   "left_out = t.left_out OR excluded.left_out, differs = excluded.differs, "
                   "digest = excluded.digest, theirs = excluded.theirs, ours = excluded.ours");
  return query
      .bind(row.flow, row.key, row.slice, row.there, row.left_out, row.differs, row.digest,
            row.theirs, row.ours)
      .run();
}

Result<std::vector<TwinRow>> PostgresTx::twins(std::string_view flow, std::string_view after_key,
                                               std::size_t limit, bool differing)
{
  Select select("SELECT flow, key, slice, there, left_out, differs, digest, theirs, ours "
                "FROM gs_twin");
  select.where("flow = ?", flow).where_given("key > ?", after_key);
  if (differing) select.where("differs");
  select.then("ORDER BY key", limit);
  Query query(db_, select.sql());
  select.bind_to(query);
  return query.all(read_twin<Query>);
}

} // namespace gramsetu::store::postgresql
