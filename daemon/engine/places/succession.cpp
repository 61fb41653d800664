// Following successions, and refusing those that cannot be.
#include "daemon/engine/places/succession.hpp"

#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Value;
using store::SuccessionRow;

// A chain is as long as a place was reorganised often; far beyond that something is wrong.
constexpr std::size_t kPlacesMax = 1'000;

constexpr std::string_view kFull = "full";

std::string text_of(const Record& record, std::optional<std::size_t> field)
{
  return field && record.fields[*field].is_text() ? record.fields[*field].text() : std::string();
}

// The codes of a list; what is no code is passed over.
std::vector<std::string> codes_of(const Record& record, std::optional<std::size_t> field)
{
  std::vector<std::string> codes;
  if (!field || !record.fields[*field].is_list()) return codes;
  for (const auto& item : record.fields[*field].list()) {
    const auto text = item.is_integer() ? std::to_string(item.integer())
                      : item.is_text()  ? item.text()
                                        : std::string();
    if (auto code = schema::read_code(text)) codes.push_back(std::move(*code));
  }
  return codes;
}

void fill(std::string& known, const std::string& said)
{
  if (known.empty()) known = said;
}

std::string shown(const PlaceName& place)
{
  return place.kind + " " + place.code;
}

// One walk over the chains from one place.
class Walk {
public:
  Walk(std::string_view day, std::string_view today, const LookUp& look_up)
      : day_(day), today_(today), look_up_(look_up)
  {
  }

  Result<std::set<PlaceName>> from(const PlaceName& place)
  {
    if (path_.contains(place) || ++visited_ > kPlacesMax) return std::set<PlaceName>{place};
    TRY(const auto* facts, look_up_(place));
    path_.insert(place);
    std::set<PlaceName> heirs;
    const auto next = steps(place, *facts);
    for (const auto& step : next) {
      if (step == place) {
        heirs.insert(place);
        continue;
      }
      TRY(const auto further, from(step));
      heirs.insert(further.begin(), further.end());
    }
    path_.erase(place);
    return heirs;
  }

private:
  // Where it went next: itself, where it goes on or nobody knows of a successor.
  std::vector<PlaceName> steps(const PlaceName& place, const PlaceFacts& facts) const
  {
    std::vector<PlaceName> wholes, parts;
    bool divided = false;
    for (const auto& successor : successors_of(place, facts.successors)) {
      if (!successor.effective.empty() && successor.effective > today_) continue;
      if (is_whole(successor, facts)) {
        wholes.push_back(successor.place);
        continue;
      }
      divided = true;
      // What is dated after a part had gone lay in the rest.
      const bool before = day_.empty() || successor.effective.empty() || day_ < successor.effective;
      if (before) parts.push_back(successor.place);
    }
    const bool rest = wholes.empty() && (goes_on(facts.history) || !divided);
    if (wholes.empty() && !rest && parts.empty()) {
      // It ended with its division, and its records went on for a while.
      for (const auto& successor : successors_of(place, facts.successors))
        if (successor.effective.empty() || successor.effective <= today_)
          parts.push_back(successor.place);
    }
    parts.insert(parts.end(), wholes.begin(), wholes.end());
    if (rest) parts.push_back(place);
    return parts;
  }

  std::string_view day_, today_;
  const LookUp& look_up_;
  std::set<PlaceName> path_;
  std::size_t visited_ = 0;
};

std::optional<Impossible> against_others(const SuccessionRow& told, const PlaceFacts& from)
{
  const bool whole = told.extent == kFull;
  for (const auto& other : successors_of({told.from_kind, told.from_code}, from.successors)) {
    const bool same = other.place == PlaceName{told.to_kind, told.to_code};
    if (same || other.extent.empty() || told.extent.empty()) continue;
    const bool other_whole = other.extent == kFull;
    if (!whole && !other_whole) continue;
    // A part may go first, and the rest as a whole later.
    const auto& part = whole ? other.effective : told.effective;
    const auto& rest = whole ? told.effective : other.effective;
    if (whole != other_whole && !part.empty() && !rest.empty() && part < rest) continue;
    return Impossible{
        "succession_extent",
        fmt::format("{} {} is said to have gone {} {}{} already; as a whole it goes to "
                    "one place only",
                    told.from_kind, told.from_code, other_whole ? "as a whole to" : "in part to",
                    shown(other.place), other.effective.empty() ? "" : " on " + other.effective)};
  }
  return std::nullopt;
}

std::optional<Impossible> against_reuse(const SuccessionRow& told, const PlaceFacts& to)
{
  const PlaceName heir{told.to_kind, told.to_code};
  for (const auto& successor : successors_of(heir, to.successors)) {
    const bool ended_before = successor.extent == kFull && !successor.effective.empty() &&
                              !told.effective.empty() && successor.effective <= told.effective;
    if (ended_before)
      return Impossible{"succession_reuse",
                        fmt::format("{} was replaced by {} on {}; a code is never used again",
                                    shown(heir), shown(successor.place), successor.effective)};
  }
  return std::nullopt;
}

} // namespace

std::vector<Successor> successors_of(const PlaceName& place, const std::vector<SuccessionRow>& rows)
{
  std::map<PlaceName, Successor> found;
  for (const auto& row : rows) {
    PlaceName to{row.to_kind, row.to_code};
    if (to == place) continue;
    auto& successor = found[to];
    successor.place = to;
    fill(successor.extent, row.extent);
    fill(successor.cause, row.cause);
    fill(successor.effective, row.effective);
    fill(successor.order, row.order);
    fill(successor.order_date, row.order_date);
  }
  std::vector<Successor> successors;
  for (auto& [name, successor] : found)
    successors.push_back(std::move(successor));
  return successors;
}

bool is_whole(const Successor& successor, const PlaceFacts& facts)
{
  if (!successor.extent.empty()) return successor.extent == kFull;
  if (goes_on(facts.history)) return false;
  // Every other way out goes to the same place, or there is none.
  return std::all_of(facts.successors.begin(), facts.successors.end(), [&](const auto& row) {
    const bool itself = row.to_kind == row.from_kind && row.to_code == row.from_code;
    return itself || PlaceName{row.to_kind, row.to_code} == successor.place;
  });
}

Result<std::set<PlaceName>> heirs_of(const PlaceName& place, std::string_view day,
                                     std::string_view today, const LookUp& look_up)
{
  return Walk(day, today, look_up).from(place);
}

Result<bool> leads_to(const PlaceName& from, const PlaceName& to, const LookUp& look_up)
{
  std::set<PlaceName> seen;
  std::vector<PlaceName> open{from};
  while (!open.empty() && seen.size() < kPlacesMax) {
    const auto place = open.back();
    open.pop_back();
    if (place == to) return true;
    if (!seen.insert(place).second) continue;
    TRY(const auto* facts, look_up(place));
    for (const auto& successor : successors_of(place, facts->successors))
      open.push_back(successor.place);
  }
  return false;
}

std::vector<SuccessionRow> told_successions(const schema::Entity& entity, const std::string& key,
                                            const Record& record)
{
  std::vector<SuccessionRow> rows;
  SuccessionRow row;
  row.source = entity.name + "/" + key;
  if (const auto& fields = entity.succession) {
    row.from_kind = text_of(record, fields->from_kind);
    row.from_code = text_of(record, fields->from_code);
    row.to_kind = text_of(record, fields->to_kind);
    row.to_code = text_of(record, fields->to_code);
    row.extent = text_of(record, fields->extent);
    row.cause = text_of(record, fields->cause);
    row.effective = text_of(record, fields->effective);
    row.order = text_of(record, fields->order);
    row.order_date = text_of(record, fields->order_date);
    return {row};
  }
  if (!entity.versions) return rows;
  const auto own = key.substr(0, key.find('/'));
  row.from_kind = row.to_kind = entity.name;
  const auto replaces = codes_of(record, entity.versions->replaces);
  const auto replaced_by = codes_of(record, entity.versions->replaced_by);
  for (const auto& code : replaced_by) {
    row.from_code = own;
    row.to_code = code;
    row.cause = replaced_by.size() > 1 ? "split" : "";
    if (code != own) rows.push_back(row);
  }
  row.effective = text_of(record, entity.versions->from);
  for (const auto& code : replaces) {
    row.from_code = code;
    row.to_code = own;
    row.cause = replaces.size() > 1 ? "merge" : "";
    if (code != own) rows.push_back(row);
  }
  return rows;
}

std::optional<Impossible> why_impossible(const SuccessionRow& told, const PlaceFacts& from,
                                         const PlaceFacts& to)
{
  for (const auto* code : {&told.from_code, &told.to_code}) {
    const auto read = schema::read_code(*code);
    if (!read || *read != *code)
      return Impossible{"succession_code", fmt::format("'{}' is no LGD code; write its digits, "
                                                       "without leading zeros",
                                                       *code)};
  }
  const bool itself = told.from_kind == told.to_kind && told.from_code == told.to_code;
  const bool keeps_code = told.cause == "rename" || told.cause == "reparent";
  if (itself && !keeps_code)
    return Impossible{"succession_self", fmt::format("{} {} cannot follow itself by a {}",
                                                     told.from_kind, told.from_code, told.cause)};
  if (itself) return std::nullopt;
  if (told.cause == "split" && told.extent == kFull)
    return Impossible{"succession_extent", "what is split goes to each successor in part; for a "
                                           "whole name another cause"};
  if (auto impossible = against_others(told, from)) return impossible;
  return against_reuse(told, to);
}

} // namespace gramsetu::engine
