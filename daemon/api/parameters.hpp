// What may stand in a route's query and in its path, as the route declares it.
#pragma once

#include "base/result.hpp"
#include "schema/value.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// Written `name:kind`, with an exclamation mark after a name that must be given: "after:number limit:1000
// all:flag side!:hub|endpoint place". The kinds:
//   (none)    a text
//   flag      true or false
//   number    a whole number from 0
//   1000      a whole number from 1 to 1000
//   hub|csc   one of these words
struct Parameter {
  std::string_view name;
  bool required = false;
  enum class Kind { text, flag, number, choice } kind = Kind::text;
  std::int64_t least = 0, most = 0; // of a number; most 0: no end
  std::vector<std::string_view> choices = {};

  Result<void> fits(std::string_view value) const; // `invalid`, and says what would be right
  schema::Value json_schema() const;
};

// By blanks. `text` must live as long; a mistake in it is ours and ends the process.
std::vector<Parameter> read_parameters(std::string_view text);

// Everything in `query` is known and fits, and what is required is there. `place`: who knows them, for the error.
Result<void> check_query(const std::vector<Parameter>& known,
                         const std::map<std::string, std::string>& query, std::string_view place);

// Parts between `separator`, without empty ones.
std::vector<std::string_view> split(std::string_view text, char separator);

} // namespace gramsetu::api
