// A page becomes news: mapped, checked, digested, compared with what is known.
#pragma once

#include "connectors/api/connector.hpp"
#include "daemon/engine/apply/apply.hpp"
#include "daemon/engine/places/succession.hpp"
#include "daemon/engine/stage/parents.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/store/store.hpp"

#include <string>
#include <variant>
#include <vector>

namespace gramsetu::engine {

// A record that could be used.
struct Staged {
  store::InboxRow news;
  BaseText told;                           // what `news.body` is written from
  const schema::Value* document = nullptr; // as it came, while its page is there
  std::vector<std::string> unmapped;       // pointers that no mapping reads
  bool no_shadow = false;                  // its flow is known to have none of it
};

// One that could not.
struct Rejected {
  std::string key; // empty when it could not be read
  std::string code, reason, pointer, payload;
  std::string waits_for; // "local_body/245101": only its parent is missing
};

// What can be said of a record without the store.
struct Mapped {
  const connectors::RemoteRecord* remote = nullptr; // as it came: it outlives this
  schema::Mapping::Staged read;
  std::vector<schema::Problem> problems; // of the record that was read without any
  Digest digest{};                       // of a good one that is no tombstone
  std::string text{};                    // of the same, canonical
};
Mapped map_record(const Flow& flow, const connectors::RemoteRecord& remote); // pure; any thread

// One record as news: its key, its area, its parents, what must not be held of it.
Result<std::variant<Staged, Rejected>> stage_record(store::Tx& tx, const Flow& flow,
                                                    Mapped&& mapped, Parents& parents);
// The same by itself.
Result<std::variant<Staged, Rejected>> stage_record(store::Tx& tx, const Flow& flow,
                                                    const connectors::RemoteRecord& remote);

// Why what news says of successions of places cannot be, or nothing.
Result<std::optional<Impossible>> why_impossible(store::Tx& tx, const Flow& flow,
                                                 const store::InboxRow& news);
// Why a record lies outside the hub's area, or nothing. A record that does not say is inside. Pure.
std::string why_outside(const Flow& flow, const schema::Record& record);

// What staging a page came to.
struct StagedPage {
  bool damaged = false; // something without a readable key was on it: it proves no absence
};

// Where a page belongs.
struct PageOf {
  const connectors::Slice& slice;
  Parents& parents;            // what the pages before have shown of them
  std::vector<Mapped>& mapped; // one for each of its records; used up
  const std::vector<std::string>&
      left_out;        // keys of what the page does not hold: known by its bytes
  bool direct = false; // of a slice's first load
};

// Stages a page in the open transaction: changed records are applied at once (`direct`, a slice's first
// load) or put into the inbox, unchanged ones cost a look-up, bad ones go to quarantine.
Result<StagedPage> stage_page(store::Tx& tx, Run& run, const connectors::Page& page,
                              const PageOf& of);

// Takes one staged record as news, changed or not: `direct`, it is applied at once; else it waits in the inbox.
// What comes too late for its closed book is parked.
Result<void> take_news(store::Tx& tx, Run& run, Staged& staged, bool direct);

// Puts a rejected record into quarantine and counts it.
Result<void> park(store::Tx& tx, Run& run, const std::string& slice, const Rejected& rejected);

// A slice was read to its end and everything in it had a readable key: what was parked of it without one
// has come again by now, because its cursor waited for it.
Result<void> close_pieces(store::Tx& tx, Run& run, const std::string& slice);

// Quarantined records whose parent has come, or whose book is open again, are staged again, into the inbox.
Result<void> release_waiting(Run& run);

} // namespace gramsetu::engine
