// The words of a manifest that the exec transport understands.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/api/manifest.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/exec/process.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::exec {

// tap, target:
//   command: [ tap-csv ]     the program and its first arguments
//   config: { ... }          becomes a JSON file, given as --config
//   limits: { memory: 2GiB, file: 4GiB, cpu: 1h, open_files: 256, line: 4MiB }
struct ProgramPlan {
  std::vector<schema::Node> command;
  schema::Node config;
  Bounds bounds;
  std::size_t line_bytes = 4 << 20;
};

// tap, besides:
//   catalog: discover | { streams: [ ... ] }      given as --catalog
//   properties: discover | { streams: [ ... ] }   the same, given as --properties
struct TapPlan : ProgramPlan {
  std::string catalog_flag; // "--catalog"; empty: the tap is not asked for one
  bool discovers = false;
  schema::Node catalog;
};

// pull:
//   stream: vouchers         what the tap calls it; without it the stream is not read
//   keys: [ voucher_id ]     what its SCHEMA must call its keys
//   complete: exit | activate_version   what proves that nothing is missing
//   replication: { method: INCREMENTAL, key: updated_at }   written into a discovered catalog
struct PullPlan {
  std::string stream;
  std::vector<std::string> keys;
  bool by_version = false;
  std::string method, method_key;
};

// push:
//   stream: vouchers         what the target is to call it; our name unless given
//   keys: [ voucher_id ]
//   schema: { voucher_id: string, amount: number, at: date-time }   or JSON Schema, property by property
//   upserts: true            the same record again has no second effect
//   idempotency: FIELD       where the idempotency key goes
//   deletes: { field: _sdc_deleted_at }   how a record is said to be deleted
//   batch: 1000              records in one run
//   retention: 24h           how long a record may be sent again
struct PushPlan {
  std::string stream;
  std::vector<std::string> keys;
  schema::Object properties;
  bool upserts = false;
  std::string idempotency, deleted_field;
  std::size_t batch = 1'000;
  std::chrono::milliseconds retention = kUnstatedRetention;
};

struct StreamPlan {
  PullPlan pull;
  std::optional<PushPlan> push;
};

struct Plan {
  std::optional<TapPlan> tap;
  std::optional<ProgramPlan> target;
  std::map<std::string, StreamPlan> streams; // by name
};

Plan read_plan(const Manifest& manifest, NodeReader& reader);

} // namespace gramsetu::connectors::exec
