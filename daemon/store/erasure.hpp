// What was taken out of the store on purpose: marks that keep it out, and the account of it.
#pragma once

#include "base/result.hpp"
#include "daemon/store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store {

// Fields of one record that are not held, whoever says them, until the mark is lifted.
struct ErasureRow {
  std::string entity, key;
  std::vector<std::string> fields;
  std::string hashes; // JSON: field -> keyed hash of the value that was there
  Instant at{};
  std::string by, note;
};

// One removal, of a person's data or of what had become old: what, how much, by which rule.
struct RemovalRow {
  std::int64_t id = 0;
  Instant at{};
  std::string kind; // "erasure", "lifted", "retention"
  std::string entity, key;
  std::string rule;   // "retention.change_log 3y"; of an erasure: its fields
  std::string counts; // JSON: where -> how many
  std::string by, note;
  std::optional<Instant> before; // what is older than that is gone
};

// The mark in force. Where no record has one, asking costs nothing after the first time in a transaction.
Result<std::optional<ErasureRow>> erasure_of(Tx& tx, std::string_view entity, std::string_view key);
Result<void> put_erasure(Tx& tx, const ErasureRow& row); // by entity and key
Result<void> lift_erasure(Tx& tx, std::string_view entity, std::string_view key);

Result<std::int64_t> add_removal(Tx& tx, const RemovalRow& row);
Result<std::vector<RemovalRow>> removals(Tx& tx, std::int64_t after_id, std::size_t limit);

// What only an erasure may do: write over what happened.
Result<void> put_change(Tx& tx, const ChangeRow& row); // by sequence
// Every flow that has something of the record: shadow, inbox or outbox.
Result<std::vector<std::string>> flows_that_know(Tx& tx, std::string_view entity,
                                                 std::string_view key);
// Runs whose account of differences names the key.
Result<std::vector<RunRow>> runs_that_name(Tx& tx, std::string_view key);
// Quarantined rows of the entity without a key, whose payload has that text in it.
Result<std::vector<QuarantineRow>> quarantined_with(Tx& tx, std::string_view entity,
                                                    std::string_view text);

// What was deleted is in no log any more; `whole`: the file is written anew as well, which takes a while and
// clears what was deleted before this program overwrote what it deletes.
Result<void> forget_deleted(Store& store, bool whole);

} // namespace gramsetu::store
