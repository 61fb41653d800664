// Writes records, and remembers the one that was read or written last: who reads a record often writes it next, or
// reads a shadow that relies on it.
#pragma once

#include "daemon/store/rows.hpp"
#include "daemon/store/sqlite/dictionary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::store {

// One transaction's writer. Entities are given by their numbers.
class Records {
public:
  explicit Records(Connection& connection, Origins& origins) : db_(connection), origins_(origins) {}

  // As it stands in the store.
  struct Known {
    std::int64_t entity = 0;
    std::string key = {};
    std::int64_t id = 0;
    bool deleted = false;
    std::string body = {}, place = {};
  };
  void was_read(Known known) { last_ = std::move(known); }
  void forget() { last_.reset(); } // others write records
  // The body of that record, where it was the last that was read.
  std::optional<std::string_view> body_of(std::int64_t entity, std::string_view key) const
  {
    return is_last(entity, key) ? std::optional<std::string_view>(last_->body) : std::nullopt;
  }

  // A record was looked for and not found: the next ones, in a first load, come after all that there are.
  Result<void> was_missed(std::int64_t entity);
  // Is it known, from then on, that the entity has no such key?
  bool is_beyond(std::int64_t entity, std::string_view key) const
  {
    const auto last = last_keys_.find(entity);
    return last != last_keys_.end() && key > last->second;
  }

  // What was there before.
  struct Before {
    bool live = false;
    std::optional<std::string> body; // where it was another
  };
  Result<Before> put(std::int64_t entity, const RecordRow& row);
  // The number of the last one that was inserted.
  std::optional<std::int64_t> newest() const { return newest_; }

  // A record that is inserted next may be what this change created: then it says so, and the index of changes need not.
  struct Creation {
    std::int64_t sequence = 0, entity = 0;
    std::string key = {};
  };
  void was_created(Creation creation) { creation_ = std::move(creation); }
  // That did not happen. Before changes are looked for, another one comes, and at the end.
  Result<void> list_creation();

private:
  bool is_last(std::int64_t entity, std::string_view key) const
  {
    return last_ && last_->entity == entity && last_->key == key;
  }
  Result<bool> look_for(std::int64_t entity, std::string_view key); // into `last_`
  Result<bool> insert(std::int64_t entity, const RecordRow& row, const KeptOrigin& origin);
  Result<void> update(const RecordRow& row, const KeptOrigin& origin);

  Connection& db_;
  Origins& origins_;
  std::optional<Known> last_;        // nobody has changed it since
  std::optional<Creation> creation_; // neither listed nor said by its record
  std::optional<std::int64_t> newest_;
  // By entity; or one that came after its last and is gone.
  std::map<std::int64_t, std::string> last_keys_;
};

} // namespace gramsetu::store
