// The decision: what becomes of a record that two sides know. Pure: no store, no clock, no chance.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/engine/origin.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// What hub and endpoint last agreed on.
struct Base {
  schema::Record record;
  bool deleted = false;              // the endpoint said that it is gone
  std::string version;               // as last seen
  std::optional<Instant> deleted_at; // when that side says it was deleted
};

// The hub's record; `deleted` is a tombstone inside its lifetime.
struct HubState {
  schema::Record record;
  bool deleted = false;
  Instant changed_at{};
  Origins origins;
};

// The endpoint's news about one key.
struct News {
  schema::Record record;              // of a deletion: empty
  bool deleted = false;               // by marker
  bool absent = false;                // by proof of absence
  std::optional<Instant> modified;    // when that side says it changed, where that can be believed
  std::chrono::milliseconds doubt{0}; // how far its clock may be off
  std::string version;
};

// A book that is closed, as the hub knows it.
struct ClosedBook {
  std::string name;             // "account_book 245101/2026/month/5", "245101/2026/5" of a flag
  std::string keeper;           // the endpoint whose word closed it
  std::string run;              // in which that word came
  Instant learned{};            // when it came; nothing of a flag that was remembered
  std::optional<Instant> since; // when the keeper says that it closed it
};

// What other records say about the books that a record is in.
struct Books {
  std::optional<ClosedBook> hub, news; // closed, of the hub's version and of the news
  bool open = false;                   // one of the hub's version is known, and none is closed
};

// Everything known about one key. The same row gives the same decision.
struct Row {
  std::string key;
  std::optional<Base> base;    // none: never agreed
  std::optional<HubState> hub; // none: not here
  News news;
  Books books{};
};

enum class Verdict {
  agreed,      // nothing to do here
  take_remote, // the hub follows
  keep_hub,    // the hub stays; the endpoint lacks something, or is simply behind
  merged,      // fields of both
  held,        // at least one field waits for a person; the others are decided
  superseded,  // stale news: it changes nothing, and is kept as such
};
std::string_view name_of(Verdict verdict);

// A field on which the sides were not of one mind; the loser is kept with it.
struct Dispute {
  std::string field; // "*": the existence of the whole record
  schema::Value base, hub, remote;
  bool open = false;   // held for a person
  std::string outcome; // "hub", "remote", "merged", "open"
  std::string rule;
};

struct FieldChange {
  std::size_t field;
  schema::Value before, after;
  std::string rule;
  bool from_remote; // false: the merge made it
};

struct Decision {
  std::string key;
  Verdict verdict = Verdict::agreed;
  bool create = false, remove = false, restore = false; // what it means for the hub's record
  schema::Record outcome;                               // the hub's record afterwards
  std::optional<schema::Record> base; // of `agreed`, where that is not the outcome
  std::vector<FieldChange> changes;   // of the hub's record, in field order
  std::vector<Dispute> disputes;
  std::string reason;

  bool changes_hub() const { return create || remove || restore || !changes.empty(); }
  // What both sides have agreed on afterwards.
  const schema::Record& agreed() const { return base ? *base : outcome; }
};

// The rule for edits against deletes.
const schema::Rule& existence_rule(const Flow& flow, const Row& row);

// Decides one row by the flow's rules.
Decision reconcile(const Flow& flow, const Row& row);

// Fields that the endpoint lacks: pushed, not held, and meaning something else than in `base`.
schema::FieldSet lacking(const Flow& flow, const schema::Record& hub, const schema::Record& base,
                         const std::vector<std::string>& held);

} // namespace gramsetu::engine
