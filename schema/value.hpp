// A value as it is in a document, and as it is in a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gramsetu::schema {

struct Member;
class Value;

using List = std::vector<Value>;

// Members in the order they came; names are unique. Equality does not depend on the order.
class Object {
public:
  Object();
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  const Value* find(std::string_view name) const; // null when it is not there
  Value* find(std::string_view name);
  void set(std::string name, Value value);    // replaces, or appends
  void append(std::string name, Value value); // the caller knows that the name is new
  bool erase(std::string_view name);

  const std::vector<Member>& members() const { return members_; }
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  bool operator==(const Object& other) const;

private:
  std::vector<Member> members_;
};

// A number as it was written, where an int64 does not hold it exactly ("0.10", "1e3", 30 digits).
struct Number {
  std::string literal;
  bool operator==(const Number&) const = default;
};

struct Absent {
  bool operator==(const Absent&) const = default;
};
struct Null {
  bool operator==(const Null&) const = default;
};

// Floats are not in the list on purpose (design promise 9).
//
// In a remote document any kind may stand anywhere. In a record the field's type fixes the kind:
//   text, code, enumeration, state   text
//   integer, financial_year          integer (a financial year is the year of its April)
//   money                            integer, in paise
//   decimal                          text in canonical form: "-12.5", no exponent, no trailing zeros
//   boolean                          boolean
//   date                             text "2026-11-23"
//   timestamp                        text, RFC 3339 in UTC with milliseconds
//   list, object                     list, object
// and every field may be null (known to be empty) or absent (nobody has said).
class Value {
public:
  enum class Kind { absent, null, boolean, integer, number, text, list, object };

  Value() = default; // absent
  Value(Null) : data_(Null{}) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}
  Value(Number value) : data_(std::move(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(List value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_absent() const { return kind() == Kind::absent; }
  bool is_null() const { return kind() == Kind::null; }
  bool is_text() const { return kind() == Kind::text; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_list() const { return kind() == Kind::list; }
  // Absent, null or blank text: nothing that a reader would call a value.
  bool is_empty() const;

  // Each must only be called on its kind.
  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return std::get<std::int64_t>(data_); }
  const std::string& literal() const { return std::get<Number>(data_).literal; }
  const std::string& text() const { return std::get<std::string>(data_); }
  const List& list() const { return std::get<List>(data_); }
  List& list() { return std::get<List>(data_); }
  const Object& object() const { return std::get<Object>(data_); }
  Object& object() { return std::get<Object>(data_); }

  // Exact: text byte for byte. Whether two values *mean* the same is `same_value` in canonical.hpp.
  bool operator==(const Value&) const = default;

private:
  std::variant<Absent, Null, bool, std::int64_t, Number, std::string, List, Object> data_;
};

struct Member {
  std::string name;
  Value value;
  bool operator==(const Member&) const = default;
};

std::string_view name_of(Value::Kind kind);

// The value that a JSON Pointer (RFC 6901) leads to, or null. The leading slash may be left out;
// an empty pointer is the whole. List indices are decimal.
const Value* at_pointer(const Value& root, std::string_view pointer);

// Sets the value at a pointer, making objects on the way. False when something that is no object, and
// no list with that item, stands in the way.
bool set_at_pointer(Value& root, std::string_view pointer, Value value);

} // namespace gramsetu::schema
