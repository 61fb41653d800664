// Reading the values of a block.
#include "config/section.hpp"

#include "base/check.hpp"
#include "config/references.hpp"
#include "schema/scalar.hpp"

namespace gramsetu::config {

const Option& Section::option(std::string_view name) const
{
  const Option* option = table_->find(name);
  check(option != nullptr, "an option is read by the name that its table gives it");
  return *option;
}

const schema::Node* Section::node(std::string_view name) const
{
  option(name);
  const schema::Node* found = node_ ? node_->find(name) : nullptr;
  return found && !found->is_null() ? found : nullptr;
}

Section Section::block(std::string_view name) const
{
  const Option& wanted = option(name);
  check(wanted.members != nullptr, "only a block has a table");
  return {node(name), *wanted.members};
}

template <typename Read>
auto Section::read(std::string_view name, Read reader) const
{
  const schema::Node* found = node(name);
  auto value = found && found->is_scalar() ? reader(found->scalar) : decltype(reader(""))();
  const std::string_view otherwise = option(name).default_text;
  return value || otherwise.empty() ? value : reader(otherwise);
}

std::string Section::text(std::string_view name) const
{
  const schema::Node* found = node(name);
  if (found && found->is_scalar()) return found->scalar;
  return std::string(option(name).default_text);
}

std::string Section::path(std::string_view name) const
{
  const schema::Node* found = node(name);
  return found ? beside(found->place.file, text(name)) : text(name);
}

std::optional<std::int64_t> Section::integer(std::string_view name) const
{
  return read(name, [](std::string_view text) { return schema::read_integer(text); });
}

std::optional<std::int64_t> Section::percent(std::string_view name) const
{
  return read(name, [](std::string_view text) { return schema::read_percent(text); });
}

schema::Limit Section::limit(std::string_view name) const
{
  const auto read_limit = [](std::string_view text) {
    return schema::Limit{schema::read_percent(text), schema::read_integer(text)};
  };
  const schema::Node* found = node(name);
  if (!found) return read_limit(option(name).default_text);
  if (found->is_scalar()) return read_limit(found->scalar);
  const Section both(found, limit_options());
  return {both.percent("share"), both.integer("records")};
}

std::optional<std::uint64_t> Section::size(std::string_view name) const
{
  return read(name, [](std::string_view text) { return schema::read_size(text); });
}

std::optional<std::chrono::milliseconds> Section::duration(std::string_view name) const
{
  return read(name, [](std::string_view text) { return schema::read_duration(text); });
}

bool Section::flag(std::string_view name) const
{
  return read(name, [](std::string_view text) { return schema::read_flag(text); }).value_or(false);
}

} // namespace gramsetu::config
