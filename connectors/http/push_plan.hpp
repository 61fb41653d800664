// How a manifest says that records are written, and looked at one by one.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/http/later.hpp"
#include "connectors/http/request_plan.hpp"
#include "connectors/http/rules.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

// One verb.
struct WritePlan {
  RequestPlan request;
  std::string body;    // pointer under which the record is put; empty: it is the body
  bool sends = true;   // false: the request has no body (deletes, mostly)
  std::string key;     // pointer in the answer: the endpoint's identity of the record
  std::string version; // pointer in the answer: its new version
};

// Where a version or an idempotency key goes. At most one of them.
struct Slot {
  std::string header, field, query;
  bool given() const { return !header.empty() || !field.empty() || !query.empty(); }
};

struct BulkPlan {
  std::size_t max = 100;
  RequestPlan request;
  std::vector<Verb> verbs;
  bool all_or_nothing = false; // one bad item, and none of the batch is carried out
  Slot batch_key;              // where the batch's own idempotency key goes
  std::string items;           // pointer in the request where the list goes; empty: it is the body
  std::string body;            // pointer in an item where the record goes; empty: it is the item
  std::string id, key, idempotency, expected, operation; // pointers in an item; empty: not sent
  std::map<Verb, schema::Value> operations; // what `operation` says, for the verbs that say it
  std::string results;                      // pointer in the answer
  std::string match;                        // pointer in a result: what tells whose it is
  std::string match_by; // "idempotency_key", "key", "id" or "index"; empty: it is about all of them
  std::string error;    // pointer in a result: there and not empty when it was rejected
  std::string code;     // pointer in a result: what `moved` and `retry` look at
  std::vector<std::string> moved, retry, gone; // codes that are no plain rejection
  std::string result_key, result_version;      // pointers in a result
};

// One way to look at a single record.
struct ProbeWay {
  RequestPlan request;
  std::string record; // pointer in the answer; empty: the document. A list: its one living element
};

struct ProbePlan {
  std::optional<ProbeWay> by_id, by_key;
  std::chrono::milliseconds lag{0}; // so long after a write it may not be seen yet
};

struct PushPlan {
  std::optional<WritePlan> create, update, remove;
  std::optional<BulkPlan> bulk;
  std::optional<ProbePlan> probe;
  Slot if_match, idempotency;
  Slot dry_run; // given: the endpoint is asked before each write whether it would take it; no field
  std::chrono::milliseconds retention = kUnstatedRetention; // how long a key is remembered
  bool accepted_is_done = false;                            // 202 counts as done
  std::optional<LaterPlan> later;                           // how what became of a 202 is asked for
  Rules rules;
};

// `names` are the blanks that every request may have.
PushPlan read_push(const schema::Node& push, const Rules& common,
                   const std::vector<std::string>& names, NodeReader& reader);

} // namespace gramsetu::connectors::http
