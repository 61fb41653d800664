// The operator's file as a value: everything checked, every default filled in.
#pragma once

#include "base/digest.hpp"
#include "connectors/api/manifest.hpp"
#include "connectors/api/transport.hpp"
#include "schema/document.hpp"
#include "schema/entity.hpp"
#include "schema/rails.hpp"
#include "schema/rule.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gramsetu::config {

struct Area {
  std::string state, district; // LGD codes; empty: no bound
};

enum class Direction { pull, push, both };
std::string_view name_of(Direction direction);

// A daily window in local time, "20:00-06:00"; may go over midnight.
struct Window {
  std::chrono::minutes from{}, to{};
};

struct FlowSettings {
  std::string id; // "voucher@central"
  std::string entity, endpoint;
  Direction direction = Direction::pull;
  std::optional<std::chrono::milliseconds> every;
  std::string cron; // "30 2 * * *"; exactly one of every and cron is there
  std::optional<Window> window;
  std::chrono::milliseconds jitter{0};
  std::chrono::milliseconds lookback{0};
  std::string stream; // of the manifest; empty: the first for the entity
  schema::Rails rails;
  schema::Place place;
};

struct Retention {
  std::chrono::milliseconds log{}, audit{}, change_log{}, tombstones{}, quarantine{};
};

struct BackupSettings {
  std::string path; // a folder; empty: nothing is backed up by schedule
  std::chrono::milliseconds every{};
  std::size_t keep = 0;
  connectors::Secret key; // empty: in the clear
};

struct AuditSettings {
  std::string folder;            // never empty
  connectors::Secret key;        // PEM; empty: the folder's own, unless
  bool key_is_elsewhere = false; // it is named and was not read
};

struct Api {
  std::string unix_path; // the admin socket
  std::string tcp_host;  // empty: no TCP listener
  std::uint16_t tcp_port = 0;
  connectors::Secret tokens;
  connectors::Tls tls; // no certificate: none; `ca`: whose clients may come
};

struct LogSettings {
  std::string level = "info";
  std::string format = "auto"; // auto, text, json
};

struct Config {
  std::string file;
  std::string hub_name;
  Area area;
  std::string timezone = "Asia/Kolkata";
  std::chrono::milliseconds clock_doubt{2'000}; // of the hub's own clock
  std::string store_path; // of SQLite's file; with a database the name of what lies beside it
  std::optional<connectors::EndpointSettings> store_database;    // PostgreSQL in place of the file
  std::map<std::string, connectors::EndpointSettings> endpoints; // by name
  std::vector<FlowSettings> flows; // parents' entities first, then in file order
  // Rules by entity and field: the entity's own, overridden by the operator's. "" is the default.
  std::map<std::string, std::map<std::string, schema::Rule>> conflicts;
  schema::Rails rails;
  Retention retention;
  BackupSettings backup;
  AuditSettings audit;
  Api api;
  LogSettings log;
  std::size_t workers = 4;

  std::map<std::string, std::set<std::string>> own_rules; // the operator's: by entity, likewise

  // The rule in force for a field, where no phase of the record says otherwise.
  const schema::Rule& rule_of(const schema::Entity& entity, std::size_t field) const;
  // Does the field go by the entity's phases?
  bool is_phased(const schema::Entity& entity, std::size_t field) const;
  // The default rule in force: what edits against deletes go by, where no phase says otherwise.
  const schema::Rule& default_rule(const schema::Entity& entity) const;
  bool is_own(const schema::Entity& entity, const std::string& field) const; // "" is the default
};

// Where things are looked for; a test or a developer's tree has its own.
struct Paths {
  std::vector<std::string> entities;  // folders, shipped one first
  std::vector<std::string> manifests; // folders, shipped one first
};

// The folders of this installation: beside the program, $GRAMSETU_SHARE, or the build's source
// tree.
Paths installed_paths(const std::string& config_file);

struct Loaded {
  Config config;
  schema::Entities entities;
  std::vector<schema::Finding> findings; // errors; usable only when empty
  // What a later reading is compared with: the tree as it was written, and the files beside it, by entity and
  // by endpoint.
  schema::Node tree;
  std::map<std::string, Digest> entity_files, manifest_files;
};

// Reads the file and conf.d/*.yaml beside it, the entities, and every manifest that an endpoint
// names, and checks all of it: syntax, options, references, and the properties of `gramsetu check`.
// All findings in one go. Secrets are read when `read_secrets`; `gramsetu check` leaves them alone.
std::unique_ptr<Loaded> load(const std::string& file, const Paths& paths, bool read_secrets);

} // namespace gramsetu::config
