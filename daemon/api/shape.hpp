// What a JSON value must look like, in a few words: bodies are held to it, and the OpenAPI document says it.
#pragma once

#include "base/result.hpp"
#include "schema/document.hpp"
#include "schema/value.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

//   text integer flag time object any   a kind; `object` has any members
//   ours|theirs                         one of these words
//   Run                                 a shape with a name (named_shapes.cpp)
//   [X]                                 a list of X
//   {key, at: time, age~: integer}      an object with these members and no others: text unless stated, a
//                                       tilde for those that may be missing; `"*": X` for all others
// A tilde (YAML's null) after a kind or a name: it may be null, too.
class Shape {
public:
  // A mistake in `text` is ours and ends the process; every shape is read when the API starts.
  static Shape of(std::string_view text);
  static Shape named(std::string_view name);
  static std::vector<std::string> names();

  // `invalid`, with the place and what would be right, when the value is not like this.
  Result<void> fits(const schema::Value& value) const;
  // As JSON Schema 2020-12, with names as references to an OpenAPI document's components.
  schema::Value json_schema() const;
  std::set<std::string> mentions() const; // the names in it

private:
  explicit Shape(schema::Node node) : node_(std::move(node)) {}
  schema::Node node_;
};

} // namespace gramsetu::api
