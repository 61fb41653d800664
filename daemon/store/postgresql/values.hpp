// What goes into a statement beside its text, in PostgreSQL's binary form.
#pragma once

#include "base/clock.hpp"
#include "base/digest.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store::postgresql {

// Bytes that are kept as they are, text or not.
struct Blob {
  std::string_view bytes;
};

// PostgreSQL's numbers of its types, fixed for ever.
enum Type : unsigned { kBoolean = 16, kBytes = 17, kNumber = 20, kText = 25 };

// Values one after the other, each behind its length: in arrays, and in the rows of COPY.
class Elements {
public:
  void add(std::string_view text);
  void add(std::int64_t number);
  void add(std::same_as<bool> auto flag) { add_flag(flag); }
  void add(Blob blob) { add_bytes(blob.bytes); }
  void add(const Digest& digest) { add_bytes(as_bytes(digest)); }
  void add(Instant at) { add(std::int64_t{at.time_since_epoch().count()}); }
  void add(const std::optional<Instant>& at);

  void begin_row(std::size_t fields); // in COPY only

  std::uint32_t count() const { return count_; }
  bool has_null() const { return has_null_; }
  const std::string& bytes() const { return bytes_; }
  void forget_bytes() { bytes_.clear(); }

private:
  void add_flag(bool flag);
  void add_bytes(std::string_view bytes);

  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

// A column of values: one parameter that a statement unnests.
class Column {
public:
  explicit Column(Type type) : type_(type) {}
  void add(const auto& value) { elements_.add(value); }

  Type type() const { return type_; }
  std::string binary() const; // an array of one dimension

private:
  Type type_;
  Elements elements_;
};

// Rows for COPY in its binary form, handed on in pieces: the server works on one while the next is made.
class CopyRows {
public:
  using Put =
      std::function<bool(std::string_view piece)>; // whether it was taken; else it is the last call

  explicit CopyRows(Put put);

  // One row: a value for each of the columns that the COPY names.
  template <typename... Given>
  void add(const Given&... given)
  {
    row_.begin_row(sizeof...(given));
    (row_.add(given), ...);
    if (row_.bytes().size() >= kPiece) hand_on(row_.bytes());
  }
  bool end(); // whether all of it was taken

private:
  static constexpr std::size_t kPiece = 32 << 10;

  void hand_on(std::string_view piece);

  Put put_;
  Elements row_; // and those before it that wait
  bool taken_ = true;
};

// In the order of the statement's question marks. Texts and blobs are the caller's and must live until it is
// sent.
class Values {
public:
  void add(std::string_view text);
  void add(std::int64_t number);
  void add(std::same_as<bool> auto flag) { add_flag(flag); }
  void add(Blob blob) { push(kBytes, blob.bytes); }
  void add(const Digest& digest) { push(kBytes, as_bytes(digest)); }
  void add(const std::optional<Instant>& at);
  void add(const Column& column);

  // As libpq takes them.
  int size() const { return static_cast<int>(types_.size()); }
  const unsigned* types() const { return types_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

private:
  void push(unsigned type, std::string_view bytes);
  void add_flag(bool flag);
  std::string_view own(std::string bytes);

  std::vector<unsigned> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
  std::deque<std::string> owned_; // their addresses stay
};

} // namespace gramsetu::store::postgresql
