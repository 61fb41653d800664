// Versions of places: which days they hold, and how the hub comes to know them.
#include "daemon/engine/places/history.hpp"

#include "schema/canonical.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::engine {

namespace {

using schema::Record;
using schema::Value;
using store::PlaceRow;

constexpr std::chrono::minutes kIndia{330};

// Letters and digits of a name, however it is written; letters of every script.
std::string letters_of(std::string_view name)
{
  std::string letters;
  for (const char c : schema::match_key(name)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool stop = byte < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
    if (!stop) letters += c;
  }
  return letters;
}

std::string text_of(const schema::Object& body, std::string_view field)
{
  const auto* value = body.find(field);
  return value && value->is_text() ? value->text() : std::string();
}

std::optional<std::int64_t> number_in(const Record& record, std::optional<std::size_t> field)
{
  if (!field || !record.fields[*field].is_integer()) return std::nullopt;
  return record.fields[*field].integer();
}

Result<schema::Object> body_of(const PlaceRow& row)
{
  TRY(auto body, schema::parse_json(row.body));
  if (!body.is_object())
    return fail(ErrorKind::corrupt,
                fmt::format("store: place {}/{} has no body", row.kind, row.code));
  return std::move(body.object());
}

// The day from which a row holds. One that came after a newer one has no day but that which it states.
std::string from_of(const std::vector<PlaceRow>& rows, std::size_t index)
{
  const auto& row = rows[index];
  if (!row.effective.empty()) return row.effective;
  for (std::size_t i = index + 1; i < rows.size() && rows[i].listing == row.listing; ++i)
    if (rows[i].heard_at < row.heard_at) return {};
  return day_of(row.heard_at);
}

// Until the next version that has a day, or the end of the place.
void close_version(const History& history, std::size_t index, const std::string& ended,
                   PlaceVersion& version)
{
  version.until = ended;
  for (std::size_t i = index + 1; i < history.size(); ++i) {
    const auto& next = history[i];
    if (next.listing != version.listing) break;
    version.ended = false;
    if (next.from.empty()) continue;
    if (version.until.empty() || next.from < version.until) version.until = next.from;
    return;
  }
}

bool holds(const PlaceVersion& version, std::string_view day)
{
  if (version.from.empty()) return false;
  const bool open = version.until.empty();
  if (day.empty()) return open;
  return version.from <= day && (open || day < version.until);
}

using Chosen = std::vector<const PlaceVersion*>;

// Of the versions with a day: those that begin first, or those that began last before `day`.
Chosen nearest_to(const History& history, std::string_view day)
{
  std::string first, last;
  for (const auto& version : history) {
    if (version.from.empty()) continue;
    if (first.empty() || version.from < first) first = version.from;
    if ((day.empty() || version.from <= day) && version.from > last) last = version.from;
  }
  const auto& wanted = last.empty() ? first : last;
  Chosen chosen;
  for (const auto& version : history) {
    if (version.from != wanted) continue;
    // Of several that began on one day the newest counts.
    if (!chosen.empty() && chosen.back()->listing == version.listing) chosen.pop_back();
    chosen.push_back(&version);
  }
  return chosen;
}

// Another name, or another parent where there was one: what is news of the place and not of its record.
bool has_moved_on(const schema::Entity& entity, const schema::Object& before,
                  const schema::Object& after)
{
  const auto& versions = *entity.versions;
  const auto& name = entity.fields[versions.names.front()].name;
  if (is_rename(text_of(before, name), text_of(after, name))) return true;
  return std::any_of(versions.parents.begin(), versions.parents.end(), [&](std::size_t index) {
    const auto& parent = entity.fields[index].name;
    const auto was = text_of(before, parent);
    return !was.empty() && was != text_of(after, parent);
  });
}

// Everything that was said before is said still.
bool only_adds(const schema::Object& before, const schema::Object& after)
{
  return std::all_of(before.members().begin(), before.members().end(), [&](const auto& member) {
    const auto* now = after.find(member.name);
    return now && *now == member.value;
  });
}

// The row that the told version is, by its number or, where none was stated, as the current one.
const PlaceRow* row_of(const std::vector<const PlaceRow*>& listing, const ToldVersion& told)
{
  const PlaceRow* found = nullptr;
  for (const auto* row : listing) {
    const bool same = !told.version ||
                      (row->version == *told.version && (!told.minor || row->minor == *told.minor));
    if (same) found = row;
  }
  return found;
}

} // namespace

std::string day_of(Instant at)
{
  return to_rfc3339(at, kIndia).substr(0, 10);
}

std::string PlaceVersion::text(std::string_view field) const
{
  return text_of(body, field);
}

Result<History> history_of(const std::vector<PlaceRow>& rows)
{
  History history;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    PlaceVersion version;
    version.listing = rows[i].listing;
    version.version = rows[i].version;
    version.minor = rows[i].minor;
    TRY(version.body, body_of(rows[i]));
    version.from = from_of(rows, i);
    version.corrected = rows[i].corrected_at.has_value();
    const auto* active = version.body.find("active");
    version.ended = rows[i].ended_at || (active && *active == Value(false));
    history.push_back(std::move(version));
  }
  for (std::size_t i = 0; i < history.size(); ++i)
    close_version(history, i, rows[i].ended_at ? day_of(*rows[i].ended_at) : std::string(),
                  history[i]);
  return history;
}

std::vector<const PlaceVersion*> in_force(const History& history, std::string_view day)
{
  Chosen chosen;
  for (const auto& version : history) {
    if (!holds(version, day)) continue;
    // Days may overlap where the directory dates versions out of order: the newest counts.
    if (!chosen.empty() && chosen.back()->listing == version.listing) chosen.pop_back();
    chosen.push_back(&version);
  }
  return chosen.empty() ? nearest_to(history, day) : chosen;
}

bool goes_on(const History& history)
{
  for (std::size_t i = 0; i < history.size(); ++i) {
    const bool last = i + 1 == history.size() || history[i + 1].listing != history[i].listing;
    if (last && !history[i].ended) return true;
  }
  return false;
}

std::string number_of(const PlaceVersion& version)
{
  if (version.minor > 0) return fmt::format("{}.{}", version.version, version.minor);
  return version.version > 0 ? std::to_string(version.version) : "-";
}

bool is_rename(std::string_view before, std::string_view after)
{
  const auto was = letters_of(before), is = letters_of(after);
  return !was.empty() && !is.empty() && was != is;
}

ToldVersion told_version(const schema::Entity& entity, const std::string& key, const Record& record,
                         Instant at)
{
  const auto& versions = *entity.versions;
  ToldVersion told;
  told.kind = entity.name;
  told.code = key.substr(0, key.find('/'));
  if (told.code.size() < key.size()) told.listing = key.substr(told.code.size() + 1);
  told.version = number_in(record, versions.number);
  told.minor = number_in(record, versions.minor);
  told.at = at;
  schema::Object body;
  for (const auto* fields : {&versions.names, &versions.parents})
    for (const auto index : *fields)
      if (const auto& value = record.fields[index]; value.is_text() && !value.is_empty())
        body.append(entity.fields[index].name, value);
  if (versions.active && record.fields[*versions.active] == Value(false))
    body.append("active", Value(false));
  told.body = schema::to_json(Value(std::move(body)));
  if (versions.from && record.fields[*versions.from].is_text())
    told.effective = record.fields[*versions.from].text();
  return told;
}

std::optional<PlaceRow> keep_version(const schema::Entity& entity,
                                     const std::vector<PlaceRow>& known, const ToldVersion& told)
{
  std::vector<const PlaceRow*> listing;
  for (const auto& row : known)
    if (row.listing == told.listing) listing.push_back(&row);
  PlaceRow fresh{told.kind,
                 told.code,
                 told.listing,
                 told.version.value_or(0),
                 told.minor.value_or(0),
                 told.body,
                 told.effective,
                 told.at,
                 {},
                 {}};
  // A record keeps its day until another is stated: an old day says nothing about a new version.
  for (const auto* row : listing)
    if (row->effective == fresh.effective) fresh.effective.clear();
  const auto* target = row_of(listing, told);
  if (!target) return fresh;
  const auto before = body_of(*target), after = body_of(fresh);
  if (!before || !after) return fresh;
  if (!told.version && has_moved_on(entity, *before, *after)) {
    fresh.version = target->version;
    fresh.minor = target->minor + 1;
    return fresh;
  }
  PlaceRow row = *target;
  row.body = told.body;
  if (!fresh.effective.empty()) row.effective = fresh.effective;
  row.ended_at.reset();
  if (!only_adds(*before, *after)) row.corrected_at = told.at;
  const bool same =
      row.body == target->body && row.effective == target->effective && !target->ended_at;
  return same ? std::nullopt : std::optional(row);
}

bool is_numbered(const schema::Entity& entity, const Record& record)
{
  return entity.versions && !record.fields.empty() &&
         number_in(record, entity.versions->number).has_value();
}

bool is_older_version(const schema::Entity& entity, const Record& news, const Record& known)
{
  if (!entity.versions) return false;
  const auto& versions = *entity.versions;
  const auto theirs = number_in(news, versions.number), ours = number_in(known, versions.number);
  if (!theirs || !ours) return false;
  if (*theirs != *ours) return *theirs < *ours;
  const auto their_minor = number_in(news, versions.minor);
  const auto our_minor = number_in(known, versions.minor);
  return their_minor && our_minor && *their_minor < *our_minor;
}

} // namespace gramsetu::engine
