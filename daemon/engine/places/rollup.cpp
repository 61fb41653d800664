// Rolling records up: each goes to one group, and the groups add up to the whole.
#include "daemon/engine/places/rollup.hpp"

#include "daemon/engine/limits.hpp"
#include "daemon/engine/origin.hpp"
#include "schema/json.hpp"
#include "schema/node_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace gramsetu::engine {

namespace {

using schema::FieldType;
using schema::Record;
using schema::Value;

std::string text_of(const Record& record, std::optional<std::size_t> field)
{
  if (!field || record.fields[*field].is_empty()) return {};
  const auto& value = record.fields[*field];
  return value.is_text() ? value.text() : schema::to_json(value);
}

std::string joined(const std::set<std::string>& words)
{
  return schema::join({words.begin(), words.end()});
}

// The fields by which a place says in what it lies.
std::vector<std::string> levels_of(const schema::Entity& kind)
{
  std::vector<std::string> levels;
  for (const auto index : kind.versions->parents)
    levels.push_back(kind.fields[index].name);
  return levels;
}

std::optional<std::size_t> version_field(const schema::Entity& entity, std::size_t place)
{
  for (const auto& stamp : entity.stamps)
    if (stamp.place == place) return stamp.version;
  return std::nullopt;
}

// The entity of the places whose codes the field holds; null when it holds none.
const schema::Entity* kind_of(const schema::Entity& entity, const schema::Entities& entities,
                              std::optional<std::size_t> field)
{
  if (!field || entity.fields[*field].type != FieldType::code) return nullptr;
  const auto* kind = entities.find(entity.fields[*field].code_kind);
  return kind && kind->versions ? kind : nullptr;
}

Result<void> find_group(const schema::Entity& entity, const schema::Entities& entities,
                        const std::string& by, Grouping& grouping)
{
  const auto* place = kind_of(entity, entities, entity.place);
  std::vector<std::string> known;
  if (place) {
    known = levels_of(*place);
    const bool level = std::find(known.begin(), known.end(), by) != known.end();
    if (by == "place" || by == place->name || level) {
      grouping.field = entity.place;
      grouping.kind = place->name;
      if (level) grouping.level = by;
      if (level) grouping.level_kind = place->fields[*place->index_of(by)].code_kind;
    }
    known.insert(known.begin(), "place");
  }
  if (!grouping.field) {
    grouping.field = entity.index_of(by);
    const auto* kind = kind_of(entity, entities, grouping.field);
    if (kind) grouping.kind = kind->name;
  }
  if (!grouping.field)
    return fail(ErrorKind::invalid,
                fmt::format("a {} cannot be counted by '{}'; name a field, or one of: {}",
                            entity.name, by, schema::join(known)));
  grouping.version = version_field(entity, *grouping.field);
  return {};
}

// One count on its way.
class Count {
public:
  Count(const schema::Entity& entity, const schema::Entities& entities, Grouping grouping,
        const CountOptions& options)
      : entity_(entity), entities_(entities), grouping_(std::move(grouping)), options_(options)
  {
    look_up_ = [this](const PlaceName& place) { return atlas_.look_up(place); };
  }

  Result<void> take(store::Tx& tx, const store::RecordRow& row, std::string_view today)
  {
    atlas_.use(tx);
    TRY(const auto record, decode_record(entity_, row.body));
    Group into;
    if (grouping_.kind.empty())
      into.label = text_of(record, grouping_.field);
    else if (options_.as_is)
      TRY_VOID(find_as_is(record, row, today, into));
    else
      TRY_VOID(find_as_was(record, row, into));
    return add(record, into);
  }

  Result<Counted> finish(store::Tx& tx)
  {
    atlas_.use(tx);
    Counted counted;
    for (auto& [label, group] : groups_) {
      if (!grouping_.level.empty() && names_[label].empty()) {
        TRY(const auto name, name_of({grouping_.level_kind, label}));
        names_[label].insert(name);
      }
      names_[label].erase("");
      const auto& names = names_[label];
      group.name = schema::join({names.begin(), names.end()}, " / ");
      counted.groups.push_back(group);
    }
    counted.total = total_;
    return counted;
  }

private:
  // The day that the record is of; when it does not say, that on which it was taken in.
  std::string day(const Record& record, const store::RecordRow& row) const
  {
    auto said = day_of(entity_, record);
    return said.empty() ? day_of(read_origins(row.origin).whole.at) : said;
  }

  Result<std::string> name_of(const PlaceName& place)
  {
    TRY(const auto* facts, atlas_.look_up(place));
    const auto now = in_force(facts->history, "");
    return now.empty() ? std::string() : name_in(place.kind, *now.front());
  }

  std::string name_in(const std::string& kind, const PlaceVersion& version) const
  {
    const auto* entity = entities_.find(kind);
    if (!entity || !entity->versions) return {};
    return version.text(entity->fields[entity->versions->names.front()].name);
  }

  // The versions that the record speaks of: the one that it states, else those in force on its day.
  std::vector<const PlaceVersion*> versions_for(const Record& record, const History& history,
                                                const std::string& on) const
  {
    auto held = in_force(history, on);
    const auto& stated = grouping_.version ? record.fields[*grouping_.version] : Value();
    if (!stated.is_integer()) return held;
    const auto is_stated = [&](const PlaceVersion* one) {
      return one->version == stated.integer();
    };
    if (std::any_of(held.begin(), held.end(), is_stated)) return held;
    const PlaceVersion* found = nullptr;
    for (const auto& version : history)
      if (is_stated(&version)) found = &version;
    if (found) held.assign(1, found);
    return held;
  }

  Result<void> find_as_was(const Record& record, const store::RecordRow& row, Group& into)
  {
    const auto code = text_of(record, grouping_.field);
    TRY(const auto* facts, atlas_.look_up({grouping_.kind, code}));
    const auto held = versions_for(record, facts->history, day(record, row));
    if (grouping_.level.empty()) {
      into.label = code;
      if (!held.empty()) into.name = name_in(grouping_.kind, *held.front());
      return {};
    }
    std::set<std::string> above;
    for (const auto* version : held)
      above.insert(version->text(grouping_.level));
    above.erase("");
    // What the directory does not say, the record itself may.
    if (above.empty()) above.insert(text_of(record, entity_.index_of(grouping_.level)));
    into.label = above.size() == 1 ? *above.begin()
                                   : fmt::format("{} (listed under {})", code, joined(above));
    return {};
  }

  Result<void> find_as_is(const Record& record, const store::RecordRow& row, std::string_view today,
                          Group& into)
  {
    const auto code = text_of(record, grouping_.field);
    const PlaceName place{grouping_.kind, code};
    if (code.empty()) return {};
    const auto on = day(record, row);
    TRY(const auto heirs, heirs_of(place, on, today, look_up_));
    std::set<std::string> places, above;
    for (const auto& heir : heirs) {
      places.insert(heir.kind == place.kind ? heir.code : heir.kind + " " + heir.code);
      TRY(const auto* facts, atlas_.look_up(heir));
      for (const auto* version : in_force(facts->history, ""))
        above.insert(version->text(grouping_.level));
    }
    const auto& wanted = grouping_.level.empty() ? places : above;
    if (wanted.size() > 1) {
      // Where in a divided place a record lay is not for us to guess.
      into.label =
          fmt::format("{} ({} {})", code, places.size() > 1 ? "split into" : "listed under",
                      joined(places.size() > 1 ? places : above));
      return {};
    }
    if (!wanted.empty()) into.label = *wanted.begin();
    if (grouping_.level.empty()) {
      TRY(into.name, name_of(*heirs.begin()));
    }
    return {};
  }

  Result<void> add(const Record& record, const Group& into)
  {
    if (!groups_.contains(into.label) && groups_.size() >= kGroupsMax)
      return fail(ErrorKind::invalid, fmt::format("'{}' has more than {} values; count by another "
                                                  "field",
                                                  options_.by, kGroupsMax));
    auto& group = groups_[into.label];
    group.label = into.label;
    auto& names = names_[into.label];
    if (names.size() < kNamesMax) names.insert(into.name);
    std::int64_t amount = 0;
    if (grouping_.sum && record.fields[*grouping_.sum].is_integer())
      amount = record.fields[*grouping_.sum].integer();
    ++group.records;
    ++total_.records;
    const bool beyond = __builtin_add_overflow(group.sum, amount, &group.sum) ||
                        __builtin_add_overflow(total_.sum, amount, &total_.sum);
    if (beyond) return fail(ErrorKind::invalid, "the sum is larger than can be counted exactly");
    return {};
  }

  // A name for each place of a state is some thousands; what has more groups is better exported.
  static constexpr std::size_t kGroupsMax = 100'000;
  // A place that was renamed within what is counted is shown with the names it had.
  static constexpr std::size_t kNamesMax = 3;

  const schema::Entity& entity_;
  const schema::Entities& entities_;
  const Grouping grouping_;
  const CountOptions& options_;
  Atlas atlas_;
  LookUp look_up_;
  std::map<std::string, Group> groups_;
  std::map<std::string, std::set<std::string>> names_; // of each group
  Group total_;
};

} // namespace

Result<Grouping> grouping_of(const schema::Entity& entity, const schema::Entities& entities,
                             const CountOptions& options)
{
  Grouping grouping;
  if (!options.by.empty()) TRY_VOID(find_group(entity, entities, options.by, grouping));
  if (options.sum.empty()) return grouping;
  grouping.sum = entity.index_of(options.sum);
  const auto type = grouping.sum ? entity.fields[*grouping.sum].type : FieldType::text;
  if (type != FieldType::money && type != FieldType::integer)
    return fail(ErrorKind::invalid, fmt::format("'{}' of a {} cannot be summed; name a field of "
                                                "money or whole numbers",
                                                options.sum, entity.name));
  return grouping;
}

Result<Counted> count_records(const schema::Entity& entity, const schema::Entities& entities,
                              const CountOptions& options, const Services& services)
{
  TRY(auto grouping, grouping_of(entity, entities, options));
  Count count(entity, entities, std::move(grouping), options);
  const auto today = day_of(services.clock.now());
  store::RecordQuery query;
  query.entity = entity.name;
  query.limit = kBatchRecords;
  Counted counted;
  for (bool more = true; more;) {
    TRY_VOID(services.store.transact([&](store::Tx& tx) -> Result<void> {
      TRY(const auto rows, tx.records(query));
      for (const auto& row : rows)
        TRY_VOID(count.take(tx, row, today));
      more = rows.size() == query.limit;
      if (!rows.empty()) query.after_key = rows.back().key;
      if (more) return {};
      TRY(counted, count.finish(tx));
      return {};
    }));
  }
  return counted;
}

} // namespace gramsetu::engine
