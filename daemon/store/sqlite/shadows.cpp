// A base of its own costs as much as the record: it is written only where the two differ.
#include "daemon/store/sqlite/shadows.hpp"

#include "daemon/store/shared/read_rows.hpp"

namespace gramsetu::store {

namespace {

// In `gs_shadow.base` in place of the wide half's id.
constexpr std::int64_t kIdIsKey = 0, kNoId = -1;

std::int64_t sum_of_narrow(const ShadowRow& row, std::int64_t base)
{
  return base > 0 ? 0 : sum_of(row);
}

Result<std::optional<std::string>> flow_after(Connection& db, std::string_view entity,
                                              std::string_view flow)
{
  Query query(db, "SELECT flow FROM gs_slice_name WHERE flow > ? AND flow < ? || 'A' "
                  "ORDER BY flow LIMIT 1"); // 'A' follows '@'
  return query.bind(flow, entity).first([](Query& row) -> Result<std::string> {
    return row.text();
  });
}

} // namespace

std::string_view entity_of(std::string_view flow)
{
  return flow.substr(0, flow.find('@'));
}

namespace {

std::string select_shadow(const std::string& body)
{
  return "SELECT '', s.key, n.slice, CASE s.base WHEN 0 THEN s.key WHEN -1 THEN '' ELSE "
         "b.remote_id END, s.digest, s.version, s.deleted, CASE WHEN s.base > 0 THEN b.base ELSE " +
         body +
         " END, coalesce(b.absences, 0), CASE WHEN s.base > 0 THEN b.sum ELSE s.sum END, s.flow, "
         "s.base, s.slice FROM gs_shadow s "
         "JOIN gs_slice_name n ON n.id = s.slice "
         "LEFT JOIN gs_shadow_base b ON b.id = s.base";
}

} // namespace

const std::string kSelectShadow =
    select_shadow("r.body") +
    " LEFT JOIN gs_record r ON s.base <= 0 AND r.entity = ? AND r.key = s.key";
const std::string kSelectShadowOfKnown = select_shadow("?");

Result<ShadowRow> read_numbered_shadow(Query& query, Texts& names)
{
  return read_shadow_with(query, [&](ShadowRow& row) -> Result<void> {
    TRY(row.flow, names.text(query.integer()));
    return {};
  });
}

void Shadows::record_written(const RecordRow& row, std::optional<std::string> former)
{
  entity_ = row.entity;
  key_ = row.key;
  body_ = row.body;
  if (former) owed_ = Owed{row.entity, row.key, std::move(*former)};
}

Result<bool> Shadows::is_body(const ShadowRow& row)
{
  const auto entity = entity_of(row.flow);
  if (entity == entity_ && row.key == key_) return row.base == body_;
  TRY(const auto number, names_.find(entity));
  Query query(db_, "SELECT body = ? FROM gs_record WHERE entity = ? AND key = ?");
  TRY(const bool found, query.bind(row.base, number, row.key).next());
  return found && query.flag();
}

// A shadow that says more than the record has a wide half. What is gone has one, too: retention may take the
// record away.
Result<std::int64_t> Shadows::place_of_base(const ShadowRow& row)
{
  const bool plain = !row.mark.deleted && row.absences == 0 && !row.base.empty() &&
                     (row.remote_id.empty() || row.remote_id == row.key);
  if (!plain) return next_id();
  TRY(const bool lent, is_body(row));
  if (!lent) return next_id();
  return row.remote_id.empty() ? kNoId : kIdIsKey;
}

Result<std::int64_t> Shadows::next_id()
{
  if (!next_id_) {
    TRY(next_id_, db_.number("SELECT coalesce(max(id), 0) + 1 FROM gs_shadow_base"));
  }
  return *next_id_;
}

Result<bool> Shadows::insert_narrow(const ShadowRow& row, std::int64_t flow, std::int64_t slice,
                                    std::int64_t base)
{
  Query query(db_, "INSERT OR IGNORE INTO gs_shadow (flow, key, digest, version, deleted, "
                   "fingerprint, slice, base, sum) VALUES (?,?,?,?,?,?,?,?,?)");
  query.bind(flow, row.key, row.mark.digest, row.mark.version, row.mark.deleted,
             Blob{row.mark.fingerprint}, slice, base, sum_of_narrow(row, base));
  TRY_VOID(query.run());
  return db_.rows_changed() == 1;
}

Result<void> Shadows::insert_wide(const ShadowRow& row, std::int64_t flow, std::int64_t id)
{
  Query query(db_, "INSERT INTO gs_shadow_base (id, flow, key, remote_id, base, absences, sum) "
                   "VALUES (?,?,?,?,?,?,?)");
  query.bind(id, flow, row.key, row.remote_id, row.base, row.absences, sum_of(row));
  TRY_VOID(query.run());
  next_id_ = id + 1;
  return {};
}

// Writes the wide half where it is to be, and takes it away where it is not.
Result<void> Shadows::move_base(const ShadowRow& row, std::int64_t flow, std::int64_t from,
                                std::int64_t to)
{
  if (to > 0 && from <= 0) return insert_wide(row, flow, to);
  if (to > 0) {
    Query query(db_, "UPDATE gs_shadow_base SET remote_id = ?, base = ?, absences = ?, sum = ? "
                     "WHERE id = ?");
    return query.bind(row.remote_id, row.base, row.absences, sum_of(row), from).run();
  }
  if (from <= 0) return {};
  Query query(db_, "DELETE FROM gs_shadow_base WHERE id = ?");
  return query.bind(from).run();
}

Result<void> Shadows::look_for_narrow(std::int64_t flow, std::string_view key)
{
  Query query(db_, "SELECT base, slice, deleted FROM gs_shadow WHERE flow = ? AND key = ?");
  TRY_VOID(query.bind(flow, key).next());
  read_ = Narrow{flow, std::string(key)};
  read_->base = query.integer();
  read_->slice = query.integer();
  read_->deleted = query.flag();
  return {};
}

// Over the one that was read. A column that is set has its index written, also where it stays as it is.
Result<void> Shadows::update_narrow(const ShadowRow& row, std::int64_t slice, std::int64_t base)
{
  static const std::string set =
      "UPDATE gs_shadow SET digest = ?, version = ?, fingerprint = ?, base = ?, sum = ?";
  static const std::string of = " WHERE flow = ? AND key = ?", here = set + of,
                           moved = set + ", slice = ?, deleted = ?" + of;
  const bool stays = read_->slice == slice && read_->deleted == row.mark.deleted;
  Query query(db_, stays ? here : moved);
  query.bind(row.mark.digest, row.mark.version, Blob{row.mark.fingerprint}, base,
             sum_of_narrow(row, base));
  if (!stays) query.bind(slice, row.mark.deleted);
  return query.bind(read_->flow, row.key).run();
}

// The narrow half first, as it knows whether the key is new.
Result<void> Shadows::put(const ShadowRow& row, std::int64_t slice)
{
  const bool is_owed = owed_ && owed_->key == row.key && owed_->entity == entity_of(row.flow);
  TRY_VOID(pay(is_owed ? row.flow : std::string_view()));
  TRY(auto base, place_of_base(row));
  TRY(const auto flow, names_.number(row.flow));
  bool is_new = false;
  if (!is_read(flow, row.key)) {
    TRY(is_new, insert_narrow(row, flow, slice, base));
    if (!is_new) TRY_VOID(look_for_narrow(flow, row.key));
  }
  const std::int64_t from = is_new ? 0 : read_->base;
  TRY_VOID(move_base(row, flow, from, base));
  if (is_new) return {};
  if (base > 0 && from > 0) base = from;
  TRY_VOID(update_narrow(row, slice, base));
  forget_read();
  return {};
}

// One after the other, without reading all of their slices.
Result<const std::vector<std::string>*> Shadows::flows_of(const std::string& entity)
{
  const auto known = flows_.find(entity);
  if (known != flows_.end()) return &known->second;
  std::vector<std::string> flows;
  TRY(auto flow, flow_after(db_, entity, entity + "@"));
  while (flow) {
    flows.push_back(*flow);
    TRY(flow, flow_after(db_, entity, flows.back()));
  }
  return &(flows_[entity] = std::move(flows));
}

// The row says the same as before, so its checksum goes with it.
Result<void> Shadows::give_base(const std::string& flow)
{
  TRY(const auto id, next_id());
  TRY(const auto number, names_.find(flow));
  if (is_read(number, owed_->key)) forget_read();
  Query wide(db_, "INSERT INTO gs_shadow_base (id, flow, key, remote_id, base, absences, sum) "
                  "SELECT ?, flow, key, iif(base = 0, key, ''), ?, 0, sum FROM gs_shadow "
                  "WHERE flow = ? AND key = ? AND base <= 0");
  TRY_VOID(wide.bind(id, owed_->body, number, owed_->key).run());
  if (db_.rows_changed() == 0) return {};
  next_id_ = id + 1;
  Query narrow(db_, "UPDATE gs_shadow SET base = ?, sum = 0 WHERE flow = ? AND key = ?");
  return narrow.bind(id, number, owed_->key).run();
}

Result<void> Shadows::pay(std::string_view but_flow)
{
  if (!owed_) return {};
  TRY(const auto* flows, flows_of(owed_->entity));
  for (const auto& flow : *flows)
    if (flow != but_flow) TRY_VOID(give_base(flow));
  owed_.reset();
  return {};
}

Result<void> Shadows::settle()
{
  return pay("");
}

} // namespace gramsetu::store
