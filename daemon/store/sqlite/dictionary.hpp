// Texts that many rows repeat: kept once, and referred to by number.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "daemon/store/sqlite/connection.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gramsetu::store {

// One table of such texts. What was looked up stays known over transactions of its connection, but for what a
// rollback took back.
class Texts {
public:
  static constexpr std::int64_t kNone = -1; // no row has that number

  // `word`: of which the table is made up, for errors.
  Texts(Connection& connection, std::string word, const std::string& table,
        const std::string& column);

  // The number of a text, which is made for one that has none. Within a transaction.
  Result<std::int64_t> number(std::string_view text);
  // The number of a text, or kNone: a condition with it finds nothing.
  Result<std::int64_t> find(std::string_view text);
  // The text of a number, valid until the next call; empty when there is none, which the checksum of the row notices
  // that refers to it.
  Result<std::string_view> text(std::int64_t number);
  // To be called once a number was taken away.
  void forget();

  // Reads all of them, the first few thousand for good, so that a changed letter is noticed before it makes a name look
  // new. What a migration made gets its checksum. Outside of a transaction.
  Result<void> load();
  // Calls `each` for every text that does not match its checksum.
  Result<void> scrub(const std::function<Result<void>(Error)>& each);
  // Puts such texts right from the index, which has them, too, and says which numbers they have; `corrupt` when both
  // are wrong. Within a transaction.
  Result<std::vector<std::int64_t>> mend();

private:
  void forget_what_was_rolled_back();
  const std::string& know(std::string_view text, std::int64_t number);

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  Connection& db_;
  const std::string word_, table_, column_, select_number_, select_text_, insert_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::unordered_map<std::int64_t, const std::string*> texts_; // of the keys of `numbers_`
  std::uint64_t rollbacks_ = 0;                                // that it knows of
};

// The origin of a record as its row has it.
struct KeptOrigin {
  std::string_view text;          // all of it, or what its frame does not say
  std::int64_t frame = 0;         // its number in gs_origin, or 0
  std::optional<std::int64_t> at; // the time in it that is not the record's `changed_at`
};

// Origins are JSON that daemon/engine/origin.hpp writes. What it says of a record that one side made is a frame and two
// times; where nobody has changed the record since, that is all, and its `changed_at` is the first of them. What others
// changed later is kept as it is, and so is whatever else it is: no text is lost, and no person comes into a frame.
class Origins {
public:
  explicit Origins(Connection& connection) : frames_(connection, "origin", "gs_origin", "text") {}

  // As it is to be kept; the result is valid for as long as the text, and until the next call. A frame is made for what
  // was said a few times.
  Result<KeptOrigin> keep(std::string_view origin, Instant changed_at);
  Texts& frames() { return frames_; }
  // The very text that was kept.
  Result<std::string> restore(const KeptOrigin& kept, Instant changed_at);

private:
  Result<std::int64_t> number_of(std::string_view head, std::string_view tail);

  Texts frames_;
  std::string last_,
      own_; // the frame that was asked for last, and what the last origin says itself
  std::map<std::string, int> said_; // how often, of frames without a number
};

// What a connection knows of the texts that its store keeps once.
struct Dictionary {
  explicit Dictionary(Connection& connection)
      : names(connection, "name", "gs_name", "name"), origins(connection)
  {
  }
  Texts names; // of entities, flows and runs
  Origins origins;
};

} // namespace gramsetu::store
