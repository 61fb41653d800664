// Statements, put together so that values stay beside their text.
#include "connectors/sql/session.hpp"

#include <algorithm>

namespace gramsetu::connectors::sql {

namespace {

constexpr unsigned kInt8 = 20, kText = 25; // PostgreSQL's numbers, fixed for ever

std::string wrapped(std::string_view text, char mark)
{
  std::string made(1, mark);
  for (const char letter : text) {
    if (letter == mark) made.push_back(mark);
    made.push_back(letter);
  }
  made.push_back(mark);
  return made;
}

} // namespace

const Column* Table::find(std::string_view column) const
{
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const Column& each) { return each.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

std::string quoted(std::string_view name)
{
  return wrapped(name, '"');
}

std::string quoted(const std::vector<std::string>& name)
{
  std::string made;
  for (const auto& part : name)
    made += (made.empty() ? "" : ".") + quoted(part);
  return made;
}

std::string literal(std::string_view text)
{
  return wrapped(text, '\'');
}

Statement& Statement::add(std::string_view text)
{
  text_ += text;
  return *this;
}

Statement& Statement::name(std::string_view identifier)
{
  return add(quoted(identifier));
}

Statement& Statement::names(const std::vector<std::string>& columns, std::string_view before)
{
  for (std::size_t i = 0; i < columns.size(); ++i)
    add(i ? ", " : "").add(before).name(columns[i]);
  return *this;
}

Statement& Statement::value(Cell cell, const Column& column)
{
  return bind({std::move(cell), column.oid});
}

Statement& Statement::number(std::int64_t value)
{
  return bind({Cell::of(value), kInt8});
}

Statement& Statement::plain(std::string text)
{
  return bind({Cell::of(std::move(text)), kText});
}

Statement& Statement::bind(Bound bound)
{
  values_.push_back(std::move(bound));
  text_ += (dialect_ == Dialect::sqlite ? "?" : "$") + std::to_string(values_.size());
  return *this;
}

std::string masked(std::string words, const Statement& statement)
{
  constexpr std::size_t kTelling = 3; // a shorter one could be part of any word
  for (const auto& [cell, oid] : statement.values()) {
    const auto& value = cell.text;
    if (value.size() < kTelling) continue;
    for (auto at = words.find(value); at != std::string::npos; at = words.find(value, at))
      words.replace(at, value.size(), "***");
  }
  return words;
}

} // namespace gramsetu::connectors::sql
