// A block of the operator's file, read by its table: what is not written has the table's default.
#pragma once

#include "config/options.hpp"
#include "schema/document.hpp"
#include "schema/rails.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::config {

// Reads what `check_block` has looked at, and says nothing about what is wrong: such a value reads
// as the default. A name that the table does not have is our mistake and ends the process.
class Section {
public:
  // `node` may be null, or no map: then every option has its default.
  Section(const schema::Node* node, const Table& table) : node_(node), table_(&table) {}

  Section block(std::string_view name) const;
  const schema::Node* node(std::string_view name) const; // null when it is not written
  bool has(std::string_view name) const { return node(name) != nullptr; }

  std::string text(std::string_view name) const; // empty when there is neither value nor default
  std::string path(std::string_view name) const; // relative ones from the folder of their file
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<std::int64_t> percent(std::string_view name) const;
  schema::Limit limit(std::string_view name) const; // neither share nor records: no default either
  std::optional<std::uint64_t> size(std::string_view name) const;
  std::optional<std::chrono::milliseconds> duration(std::string_view name) const;
  bool flag(std::string_view name) const;

private:
  template <typename Read>
  auto read(std::string_view name, Read reader) const;
  const Option& option(std::string_view name) const;

  const schema::Node* node_;
  const Table* table_;
};

} // namespace gramsetu::config
