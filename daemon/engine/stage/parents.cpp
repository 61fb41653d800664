// A few hundred panchayats are the parents of a million records.
#include "daemon/engine/stage/parents.hpp"

#include "daemon/engine/places/places.hpp"

#include <algorithm>

namespace gramsetu::engine {

namespace {

// More than a district has panchayats; beyond them it is asked again.
constexpr std::size_t kParentsKept = 20'000;

} // namespace

bool is_enforced(const Flow& flow, const schema::Parent& parent)
{
  return std::find(flow.parents.begin(), flow.parents.end(), parent.entity) != flow.parents.end();
}

Result<void> Parents::refresh(store::Tx& tx, const Flow& flow)
{
  store::ChangeQuery query;
  query.newest_first = true;
  query.limit = 1;
  TRY(const auto changes, tx.changes(query));
  const auto newest = changes.empty() ? 0 : changes.front().sequence;
  if (newest == as_of_) return {};
  for (const auto& entity : flow.parents) {
    if (there_.empty()) break;
    store::RecordQuery moved;
    moved.entity = entity;
    moved.after_sequence = as_of_;
    moved.with_deleted = true;
    moved.limit = 1;
    TRY(const auto rows, tx.records(moved));
    if (!rows.empty()) there_.clear();
  }
  as_of_ = newest;
  return {};
}

Result<bool> Parents::is_there(store::Tx& tx, const Flow& flow, const std::string& entity,
                               std::string_view key)
{
  auto& there = there_[entity];
  if (there.contains(key)) return true;
  TRY(const bool known, is_known(tx, entity, std::string(key)));
  if (!known || entity == flow.entity->name) return known;
  if (there.size() >= kParentsKept) there.clear();
  there.emplace(key);
  return true;
}

} // namespace gramsetu::engine
