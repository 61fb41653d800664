// Inserts and updates of records, with no look and no index in vain.
#include "daemon/store/sqlite/records.hpp"

#include "daemon/store/shared/row_sums.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <algorithm>

namespace gramsetu::store {

// Before an update the count needs to know what was there, and the page is then at hand for the write.
Result<bool> Records::look_for(std::int64_t entity, std::string_view key)
{
  if (is_last(entity, key)) return true;
  forget();
  Query query(db_, "SELECT id, deleted, body, place FROM gs_record WHERE entity = ? AND key = ?");
  TRY(const bool found, query.bind(entity, key).next());
  if (!found) return false;
  last_ = Known{entity, std::string(key)};
  last_->id = query.integer();
  last_->deleted = query.flag();
  last_->body = query.text();
  last_->place = query.text();
  return true;
}

Result<void> Records::was_missed(std::int64_t entity)
{
  if (last_keys_.contains(entity)) return {};
  Query query(db_, "SELECT coalesce(max(key), '') FROM gs_record WHERE entity = ?");
  TRY_VOID(query.bind(entity).next());
  last_keys_.emplace(entity, query.text());
  return {};
}

Result<void> Records::list_creation()
{
  if (!creation_) return {};
  Query query(db_, "UPDATE gs_change SET listed = 1 WHERE sequence = ?");
  TRY_VOID(query.bind(creation_->sequence).run());
  creation_.reset();
  return {};
}

// False when its key is there.
Result<bool> Records::insert(std::int64_t entity, const RecordRow& row, const KeptOrigin& origin)
{
  const bool created = creation_ && creation_->sequence == row.sequence &&
                       creation_->entity == entity && creation_->key == row.key;
  Query query(db_, "INSERT OR IGNORE INTO gs_record (entity, key, body, origin, origin_of, "
                   "origin_at, place, revision, sequence, deleted, changed_at, dead_until, sum, "
                   "created) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  query.bind(entity, row.key, row.body, origin.text, origin.frame, origin.at, row.place,
             row.revision, row.sequence, row.deleted, row.changed_at, row.dead_until, sum_of(row),
             created ? row.sequence : 0);
  TRY_VOID(query.run());
  const bool inserted = db_.rows_changed() == 1;
  if (!inserted) return false;
  newest_ = db_.last_id();
  if (const auto last = last_keys_.find(entity); last != last_keys_.end())
    last->second = std::max(last->second, row.key);
  if (created) creation_.reset();
  return true;
}

// Over the last one. Where its place is set, the index of places is written, also where it stays as it is, and that
// is a page: places come in no order.
Result<void> Records::update(const RecordRow& row, const KeptOrigin& origin)
{
  static const std::string set =
      "UPDATE gs_record SET body = ?, origin = ?, origin_of = ?, origin_at = ?, revision = ?, "
      "sequence = ?, deleted = ?, changed_at = ?, dead_until = ?, sum = ?";
  static const std::string here = set + " WHERE id = ?", moved = set + ", place = ? WHERE id = ?";
  const bool stays = row.place == last_->place;
  Query query(db_, stays ? here : moved);
  query.bind(row.body, origin.text, origin.frame, origin.at, row.revision, row.sequence,
             row.deleted, row.changed_at, row.dead_until, sum_of(row));
  if (!stays) query.bind(row.place);
  return query.bind(last_->id).run();
}

Result<Records::Before> Records::put(std::int64_t entity, const RecordRow& row)
{
  TRY(const auto origin, origins_.keep(row.origin, row.changed_at));
  Before before;
  // A record's first revision is nearly always new: one that is there makes it an update.
  bool inserted = false;
  if (row.revision == 1) {
    TRY(inserted, insert(entity, row, origin));
  }
  if (!inserted) {
    TRY(const bool known, look_for(entity, row.key));
    if (known) {
      TRY_VOID(update(row, origin));
      before.live = !last_->deleted;
      if (last_->body != row.body) before.body = std::move(last_->body);
    } else {
      TRY_VOID(insert(entity, row, origin));
    }
  }
  forget();
  return before;
}

} // namespace gramsetu::store
