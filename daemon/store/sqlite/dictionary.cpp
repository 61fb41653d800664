// Texts by number, and numbers by text.
#include "daemon/store/sqlite/dictionary.hpp"

#include "daemon/store/shared/sum.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <fmt/format.h>

#include <utility>

namespace gramsetu::store {

namespace {

// More than a hub has entities and flows, and runs that are looked at in one go.
constexpr std::size_t kKnownMost = 2000;

} // namespace

Texts::Texts(Connection& connection, std::string word, const std::string& table,
             const std::string& column)
    : db_(connection),
      word_(std::move(word)),
      table_(table),
      column_(column),
      select_number_(fmt::format("SELECT id FROM {} WHERE {} = ?", table, column)),
      select_text_(fmt::format("SELECT {} FROM {} WHERE id = ?", column, table)),
      insert_(fmt::format("INSERT INTO {} ({}, sum) VALUES (?, ?)", table, column)),
      rollbacks_(connection.rollbacks())
{
}

void Texts::forget()
{
  texts_.clear();
  numbers_.clear();
}

void Texts::forget_what_was_rolled_back()
{
  if (rollbacks_ == db_.rollbacks()) return;
  rollbacks_ = db_.rollbacks();
  forget();
}

const std::string& Texts::know(std::string_view text, std::int64_t number)
{
  if (numbers_.size() >= kKnownMost) forget();
  const auto& known = numbers_.insert_or_assign(std::string(text), number).first->first;
  texts_[number] = &known;
  return known;
}

Result<std::int64_t> Texts::find(std::string_view text)
{
  forget_what_was_rolled_back();
  if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
  Query query(db_, select_number_);
  TRY(const bool found, query.bind(text).next());
  if (!found) return kNone;
  const auto number = query.integer();
  know(text, number);
  return number;
}

Result<std::int64_t> Texts::number(std::string_view text)
{
  TRY(const auto found, find(text));
  if (found != kNone) return found;
  Query query(db_, insert_);
  TRY_VOID(query.bind(text, row_sum({text}, {})).run());
  const auto number = db_.last_id();
  know(text, number);
  return number;
}

Result<void> Texts::load()
{
  std::vector<std::pair<std::int64_t, std::string>> bare;
  {
    Query query(db_, fmt::format("SELECT id, {} FROM {} WHERE sum IS NULL", column_, table_));
    TRY(bare, query.all([](Query& row) -> Result<std::pair<std::int64_t, std::string>> {
      const auto id = row.integer();
      return std::pair(id, row.text());
    }));
  }
  if (!bare.empty()) TRY_VOID(db_.execute("BEGIN IMMEDIATE"));
  for (const auto& [id, text] : bare) {
    Query seal(db_, fmt::format("UPDATE {} SET sum = ? WHERE id = ?", table_));
    TRY_VOID(seal.bind(row_sum({text}, {}), id).run());
  }
  if (!bare.empty()) TRY_VOID(db_.execute("COMMIT"));
  TRY_VOID(
      scrub([](Error error) -> Result<void> { return tl::unexpected<Error>(std::move(error)); }));
  Query query(db_, fmt::format("SELECT id, {} FROM {} ORDER BY id LIMIT {}", column_, table_,
                               kKnownMost - 1));
  return query.each([&](Query& row) -> Result<void> {
    const auto id = row.integer();
    know(row.view(), id);
    return {};
  });
}

Result<void> Texts::scrub(const std::function<Result<void>(Error)>& each)
{
  Query query(db_,
              fmt::format("SELECT id, {}, sum FROM {} WHERE sum IS NOT NULL", column_, table_));
  return query.each([&](Query& row) -> Result<void> {
    const auto id = row.integer();
    const auto computed = row_sum({row.view()}, {});
    const auto sound = check_sum(row.integer(), computed, word_, std::to_string(id));
    return sound ? sound : each(sound.error());
  });
}

Result<std::vector<std::int64_t>> Texts::mend()
{
  std::map<std::int64_t, std::optional<std::string>> right; // of those that are wrong
  TRY_VOID(scrub([&](const Error& error) -> Result<void> {
    right[std::stoll(bad_row_of(error.what)->row)];
    return {};
  }));
  std::vector<std::int64_t> mended;
  if (right.empty()) return mended;
  {
    // In the index's order, so that the text is the index's and the checksum the table's.
    Query query(db_,
                fmt::format("SELECT i.id, i.{0}, t.sum FROM {1} i CROSS JOIN {1} t ON t.id = i.id "
                            "ORDER BY i.{0}",
                            column_, table_));
    TRY_VOID(query.each([&](Query& row) -> Result<void> {
      const auto wrong = right.find(row.integer());
      const auto text = row.view();
      if (wrong != right.end() && row_sum({text}, {}) == row.integer())
        wrong->second = std::string(text);
      return {};
    }));
  }
  TRY_VOID(db_.execute("REINDEX " + table_)); // by the wrong ones, which are then replaced
  for (const auto& [id, text] : right) {
    if (!text)
      return fail(ErrorKind::corrupt, fmt::format("store: {} {} is wrong in its table and in its "
                                                  "index: restore a backup",
                                                  word_, id));
    Query query(db_, fmt::format("UPDATE {} SET {} = ? WHERE id = ?", table_, column_));
    TRY_VOID(query.bind(*text, id).run());
    mended.push_back(id);
  }
  forget();
  return mended;
}

Result<std::string_view> Texts::text(std::int64_t number)
{
  forget_what_was_rolled_back();
  if (const auto known = texts_.find(number); known != texts_.end())
    return std::string_view(*known->second);
  Query query(db_, select_text_);
  TRY(const bool found, query.bind(number).next());
  if (!found) return std::string_view();
  return std::string_view(know(query.view(), number));
}

} // namespace gramsetu::store
