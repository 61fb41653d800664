// What is to be had at an endpoint, and what became of it.
#pragma once

#include "base/result.hpp"
#include "schema/value.hpp"

#include <span>
#include <string>
#include <string_view>

namespace gramsetu::connectors {

enum class Verb { create, update, remove };
std::string_view name_of(Verb verb);

// One effect to be had at the endpoint. Already durable, key and all, when the connector sees it.
struct Intent {
  std::string idempotency_key; // the same for every attempt
  Verb verb = Verb::create;
  std::string key;              // the hub's key of the record
  std::string remote_id;        // empty for a create whose identity the endpoint assigns
  std::string expected_version; // write only over this version; empty: not known
  schema::Value body;           // the endpoint's shape; empty for a remove
  std::string batch = "";       // what it went out in before: `batch_key`; empty: by itself
};

// What became of one intent. `unknown` is a state, not a failure.
struct Receipt {
  enum class Outcome {
    applied,  // the endpoint says it is done
    not_sent, // certainly without effect: try again later (`error` says why)
    refused,  // the endpoint rejects this record: quarantine (`error`)
    moved,    // the expected version is not there any more: pull and decide again
    unknown,  // bytes left and no answer came: probe before anything else
  };
  Outcome outcome = Outcome::unknown;
  std::string remote_id; // applied: as the endpoint calls it
  std::string version;   // applied: the new version, when the endpoint tells
  std::string batch;     // unknown: the batch that it went out in, when that is not the intent's
  Error error{ErrorKind::transient, "", std::nullopt};
};

// What a batch is known by: the same intents again, in the same order, are the same batch.
std::string batch_key(std::span<const Intent* const> intents);

} // namespace gramsetu::connectors
