// Writes shadows: in two halves, or in one where the hub's record says what both sides agreed on.
#pragma once

#include "daemon/store/rows.hpp"
#include "daemon/store/sqlite/dictionary.hpp"
#include "daemon/store/sqlite/query.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// One transaction's writer. A flow's id begins with its entity, "voucher@central": that is how a shadow finds
// the record that it is about.
class Shadows {
public:
  Shadows(Connection& connection, Texts& names) : db_(connection), names_(names) {}

  // `slice`: the number of the row's slice.
  Result<void> put(const ShadowRow& row, std::int64_t slice);

  // The narrow half as it stands in the store. Who reads a shadow often writes it next.
  struct Narrow {
    std::int64_t flow = 0;
    std::string key = {};
    std::int64_t base = 0, slice = 0;
    bool deleted = false;
  };
  void was_read(Narrow narrow) { read_ = std::move(narrow); }
  void forget_read() { read_.reset(); } // others write it

  // What was written last needs no look when the shadow comes that agrees with it. `former`: the body before, where
  // that was another: shadows that rely on it are owed one of their own.
  void record_written(const RecordRow& row, std::optional<std::string> former);

  // Pays what is owed. Called before anybody reads a base, and before COMMIT: until then the shadow itself may be
  // written anew, as it is after each record that an endpoint changed.
  Result<void> settle();

  // A flow has a slice that it had not: it may be its first.
  void slice_added() { flows_.clear(); }

private:
  // Of one record.
  struct Owed {
    std::string entity, key, body;
  };

  Result<std::int64_t> place_of_base(const ShadowRow& row);
  Result<bool> is_body(const ShadowRow& row);
  bool is_read(std::int64_t flow, std::string_view key) const
  {
    return read_ && read_->flow == flow && read_->key == key;
  }
  Result<bool> insert_narrow(const ShadowRow& row, std::int64_t flow, std::int64_t slice,
                             std::int64_t base);
  Result<void> look_for_narrow(std::int64_t flow, std::string_view key); // into `read_`
  Result<void> update_narrow(const ShadowRow& row, std::int64_t slice, std::int64_t base);
  Result<void> insert_wide(const ShadowRow& row, std::int64_t flow, std::int64_t id);
  Result<void> move_base(const ShadowRow& row, std::int64_t flow, std::int64_t from,
                         std::int64_t to);
  Result<void> pay(std::string_view but_flow);
  Result<void> give_base(const std::string& flow);
  Result<const std::vector<std::string>*> flows_of(const std::string& entity);
  Result<std::int64_t> next_id();

  Connection& db_;
  Texts& names_;
  std::string entity_, key_, body_; // of the record that was written last
  std::optional<Owed> owed_;
  std::optional<Narrow> read_; // that was read last; nobody has written it since
  std::map<std::string, std::vector<std::string>> flows_; // of an entity, once they were looked for
  std::optional<std::int64_t> next_id_;
};

// The entity of a flow, whose id begins with it.
std::string_view entity_of(std::string_view flow);

// Every column of `read_shadow`, whichever way the row is kept, and the number of its flow; the narrow half is `s`. Its
// first parameter is the number of the flow's entity.
extern const std::string kSelectShadow;
// The same where the caller knows the body of the hub's record, which is then the first parameter.
extern const std::string kSelectShadowOfKnown;
Result<ShadowRow> read_numbered_shadow(Query& query, Texts& names);

} // namespace gramsetu::store
