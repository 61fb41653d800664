// Keeping versions and successions of places beside their records.
#include "daemon/engine/places/places.hpp"

#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Value;
using store::PlaceRow;
using store::SuccessionRow;

// Codes that an atlas remembers: a large district has some thousands.
constexpr std::size_t kAtlasMax = 10'000;

std::string text_of(const Record& record, std::size_t field)
{
  return record.fields[field].is_text() ? record.fields[field].text() : std::string();
}

Result<PlaceFacts> facts_of(store::Tx& tx, const PlaceName& place)
{
  PlaceFacts facts;
  TRY(const auto rows, tx.places(place.kind, place.code));
  TRY(facts.history, history_of(rows));
  TRY(facts.successors, tx.successors(place.kind, place.code));
  return facts;
}

// The newest version of the listing has ended.
Result<void> end_listing(store::Tx& tx, std::vector<PlaceRow> known, const ToldVersion& told)
{
  for (auto row = known.rbegin(); row != known.rend(); ++row) {
    if (row->listing != told.listing) continue;
    if (row->ended_at) return {};
    row->ended_at = told.at;
    return tx.put_place(*row);
  }
  return {};
}

Result<void> withdraw_newer(store::Tx& tx, std::vector<PlaceRow>& known, const ToldVersion& told)
{
  const auto is_newer = [&](const PlaceRow& row) {
    return row.listing == told.listing && told.version && row.version > *told.version;
  };
  for (const auto& row : known)
    if (is_newer(row)) TRY_VOID(tx.erase_place(row));
  std::erase_if(known, is_newer);
  return {};
}

// What a record said first of a day stays: its own day moves on with its later versions.
Result<void> put_lists(store::Tx& tx, const std::string& source, std::vector<SuccessionRow> rows)
{
  for (auto& row : rows) {
    TRY(const auto known, tx.successors(row.from_kind, row.from_code));
    for (const auto& before : known)
      if (before.source == source && before.to_code == row.to_code)
        row.effective = before.effective;
  }
  return tx.put_successions(source, rows);
}

Result<void> keep(store::Tx& tx, const PlaceWrite& write)
{
  auto told = told_version(write.entity, write.key, write.record, write.at);
  if (!write.numbered) told.version.reset();
  TRY(auto known, tx.places(told.kind, told.code));
  if (write.deleted) return end_listing(tx, std::move(known), told);
  if (write.taken_back) TRY_VOID(withdraw_newer(tx, known, told));
  const auto row = keep_version(write.entity, known, told);
  return row ? tx.put_place(*row) : Result<void>{};
}

} // namespace

Result<const PlaceFacts*> Atlas::look_up(const PlaceName& place)
{
  if (const auto found = known_.find(place); found != known_.end()) return &found->second;
  if (known_.size() >= kAtlasMax) known_.clear();
  TRY(auto facts, facts_of(*tx_, place));
  return &(known_[place] = std::move(facts));
}

Result<bool> is_known(store::Tx& tx, std::string_view entity, const std::string& key)
{
  TRY(const auto row, tx.record(entity, key));
  if (row && !row->deleted) return true;
  TRY(const auto versions, tx.places(entity, key));
  return !versions.empty();
}

Result<void> note_place(store::Tx& tx, const PlaceWrite& write)
{
  const auto& entity = write.entity;
  const auto source = entity.name + "/" + write.key;
  if (entity.succession) {
    const auto rows = told_successions(entity, write.key, write.record);
    return tx.put_successions(source, write.deleted ? std::vector<SuccessionRow>() : rows);
  }
  if (!entity.versions) return {};
  TRY_VOID(keep(tx, write));
  // The lists of a place that is listed no more stay true.
  const bool lists = entity.versions->replaces || entity.versions->replaced_by;
  if (write.deleted || !lists) return {};
  return put_lists(tx, source, told_successions(entity, write.key, write.record));
}

Result<void> note_older_version(store::Tx& tx, const PlaceWrite& write)
{
  return write.entity.versions ? keep(tx, write) : Result<void>{};
}

Result<std::optional<Impossible>> check_successions(store::Tx& tx, const schema::Entity& entity,
                                                    const std::string& key, const Record& record)
{
  if (!entity.succession && !entity.versions) return std::optional<Impossible>();
  const LookUp look_up = [atlas = std::make_shared<Atlas>(), &tx](const PlaceName& place) {
    atlas->use(tx);
    return atlas->look_up(place);
  };
  for (const auto& told : told_successions(entity, key, record)) {
    const PlaceName from{told.from_kind, told.from_code}, to{told.to_kind, told.to_code};
    TRY(auto before, facts_of(tx, from));
    TRY(const auto after, facts_of(tx, to));
    // What the record said before gives way to what it says now.
    std::erase_if(before.successors, [&](const auto& row) { return row.source == told.source; });
    if (auto impossible = why_impossible(told, before, after)) return impossible;
    if (from == to) continue;
    TRY(const bool circle, leads_to(to, from, look_up));
    if (circle)
      return std::optional(
          Impossible{"succession_circle", fmt::format("{} {} is already a successor of {} {}; a "
                                                      "place cannot follow what followed it",
                                                      from.kind, from.code, to.kind, to.code)});
  }
  return std::optional<Impossible>();
}

std::string day_of(const schema::Entity& entity, const Record& record)
{
  for (const auto index : entity.dated) {
    const auto& value = record.fields[index];
    switch (entity.fields[index].type) {
    case schema::FieldType::date:
      if (value.is_text()) return value.text();
      break;
    case schema::FieldType::timestamp:
      if (value.is_text()) {
        if (const auto at = from_rfc3339(value.text())) return day_of(*at);
      }
      break;
    default: // a financial year begins in April
      if (value.is_integer()) return fmt::format("{:04}-04-01", value.integer());
    }
  }
  return {};
}

Result<std::vector<std::size_t>> stamp(store::Tx& tx, const schema::Entity& entity, Record& record,
                                       Instant now)
{
  std::vector<std::size_t> stamped;
  for (const auto& [version, place] : entity.stamps) {
    const auto code = text_of(record, place);
    if (code.empty() || !record.fields[version].is_empty()) continue;
    TRY(const auto rows, tx.places(entity.fields[place].code_kind, code));
    TRY(const auto history, history_of(rows));
    const auto day = day_of(entity, record);
    std::int64_t number = 0;
    for (const auto* held : in_force(history, day.empty() ? day_of(now) : day))
      number = std::max(number, held->version);
    if (number == 0) continue; // unknown, or the directory does not count
    record.fields[version] = Value(number);
    stamped.push_back(version);
  }
  return stamped;
}

bool is_unsaid_stamp(const schema::Entity& entity, std::size_t field, const Record& told)
{
  return told.fields[field].is_absent() && schema::is_stamp(entity, field);
}

std::vector<std::string> news_of_place(const schema::Entity& entity, const Record& before,
                                       const Record& after, bool deleted)
{
  std::vector<std::string> news;
  if (!entity.versions) return news;
  if (deleted) return {"listed no more; what it was stays known, and so do its records"};
  const auto name = entity.versions->names.front();
  const auto was = text_of(before, name), is = text_of(after, name);
  if (is_rename(was, is)) news.push_back(fmt::format("'{}' is now '{}'", was, is));
  for (const auto parent : entity.versions->parents) {
    const auto lay = text_of(before, parent), lies = text_of(after, parent);
    if (!lay.empty() && lay != lies)
      news.push_back(fmt::format("moved from {} {} to {}", entity.fields[parent].name, lay,
                                 lies.empty() ? std::string("none") : lies));
  }
  return news;
}

void report_place(const Log& log, const schema::Entity& entity, const std::string& key,
                  const std::vector<std::string>& news)
{
  for (const auto& one : news)
    log.event(Event::place_changed, one, {{"entity", entity.name}, {"key", key}});
}

} // namespace gramsetu::engine
