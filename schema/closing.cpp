// What a `closed:` block says about a record.
#include "schema/closing.hpp"

#include "schema/record.hpp"
#include "schema/types.hpp"

#include <algorithm>

namespace gramsetu::schema {

namespace {

constexpr std::size_t kMonthAt = 5; // in "2026-05-04"

std::string word_of(const Value& value)
{
  if (value.is_text()) return value.text();
  if (value == Value(true)) return "true";
  return value == Value(false) ? "false" : "";
}

std::string part_of(const KeyPattern::Part& part, const Record& record, bool one_of_several)
{
  const auto& value = record.fields[part.field];
  if (part.take == KeyPattern::Take::whole) return key_part(value, one_of_several);
  if (!value.is_text() || value.text().size() < kMonthAt + 2) return {};
  const auto& date = value.text();
  if (part.take == KeyPattern::Take::financial_year) return std::to_string(financial_year_of(date));
  return date.substr(date[kMonthAt] == '0' ? kMonthAt + 1 : kMonthAt,
                     date[kMonthAt] == '0' ? 1 : 2);
}

// Empty when the record does not say all of it.
std::string key_by(const KeyPattern& pattern, const Record& record)
{
  std::string key;
  const bool several =
      pattern.parts.size() > 1 || !pattern.after.empty() || !pattern.parts.front().before.empty();
  for (const auto& part : pattern.parts) {
    const auto text = part_of(part, record, several);
    if (text.empty()) return {};
    key += part.before + text;
  }
  return key + pattern.after;
}

} // namespace

bool holds(const Condition& condition, const Value& said)
{
  const auto word = word_of(said);
  return std::find(condition.values.begin(), condition.values.end(), word) !=
         condition.values.end();
}

std::optional<std::size_t> closed_by_itself(const Entity& entity, const Record& record)
{
  if (!entity.closing || record.fields.empty()) return std::nullopt;
  for (const auto& closer : entity.closing->by) {
    if (!closer.entity.empty()) continue;
    const auto index = entity.index_of(closer.when.field);
    if (index && holds(closer.when, record.fields[*index])) return index;
  }
  return std::nullopt;
}

bool is_closed(const Entity& entity, const Record& record)
{
  return closed_by_itself(entity, record).has_value();
}

bool stays_open(const Entity& entity, std::size_t field, const Value& value)
{
  if (!entity.closing) return true;
  const auto found = entity.closing->open.find(field);
  if (found == entity.closing->open.end()) return false;
  const auto& values = found->second;
  return values.empty() || holds({"", values}, value);
}

std::string book_of(const Entity& entity, const Record& record)
{
  std::string book;
  if (!entity.closing || record.fields.empty()) return book;
  for (const auto index : entity.closing->book) {
    const auto part = key_part(record.fields[index], false);
    if (part.empty()) return {};
    book += (book.empty() ? "" : "/") + part;
  }
  return book;
}

std::vector<BookKey> books_of(const Entity& entity, const Record& record)
{
  std::vector<BookKey> books;
  if (!entity.closing || record.fields.empty()) return books;
  for (const auto& closer : entity.closing->by) {
    for (const auto& pattern : closer.keys) {
      auto key = key_by(pattern, record);
      const bool known = std::any_of(books.begin(), books.end(), [&](const BookKey& book) {
        return book.entity == closer.entity && book.key == key;
      });
      if (!key.empty() && !known) books.push_back({closer.entity, std::move(key), &closer.when});
    }
  }
  return books;
}

} // namespace gramsetu::schema
