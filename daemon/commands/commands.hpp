// The commands: each is one function from its options to an exit code.
#pragma once

#include "daemon/commands/evidence.hpp"
#include "daemon/commands/session.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gramsetu::commands {

// sync, plan and verify: runs flows and waits for them. `kind` is the last part of the API's path.
struct RunFlows {
  std::string kind = "runs"; // or "plan", "verify"
  std::vector<std::string> flows;
  bool full = false;
  std::string output;  // plan: a file for the plan
  std::string unmask;  // plan: why personal values are to stand in that file
  bool repair = false; // verify: bring what differs back onto the ordinary path
  Proof proof;         // verify
};
int run_flows(const Common& common, const RunFlows& options);
int apply(const Common& common, const std::string& plan); // the file of a plan

int check(const Common& common);
int serve(const Common& common); // `gramsetu run`
int write_docs(const std::string& folder);
int write_files(const std::string& folder, const std::map<std::string, std::string>& files);
struct TokenOptions {
  std::string name, role = "viewer";
  std::vector<std::string> entities; // of the role app
};
int token_new(const Common& common, const TokenOptions& options);

int reload(const Common& common, bool dry_run);

struct StatusOptions {
  bool watch = false;
  bool places = false; // how fresh each place is, the stalest first
  std::string flow;    // places: of this flow
  int limit = 50;      // places: of each flow
};
int status(const Common& common, const StatusOptions& options);

struct LogOptions {
  std::string flow, run, level, event, endpoint;
  std::string since, until; // a time, a day, or how long ago
  bool follow = false;
  int limit = 200;
};
int logs(const Common& common, const LogOptions& options);

struct RunsOptions {
  std::string flow, state, run, note;
  int limit = 20;
  std::string certificate; // show: a file for it
  std::string folder;      // certificates: where they go
  std::string unmask;      // show: the reason for showing personal values
};
int runs_list(const Common& common, const RunsOptions& options);
int runs_show(const Common& common, const RunsOptions& options);
int runs_certificates(const Common& common, const RunsOptions& options);
int runs_approve(const Common& common, const RunsOptions& options);
int runs_undo(const Common& common, const RunsOptions& options);

// One record, or one field of it. `unmask` is the reason for showing personal values.
struct RecordOptions {
  std::string entity, key, field;
  std::string file = "-"; // a document, or lines of documents; "-" is standard input
  std::string place, note, unmask;
  std::optional<std::int64_t> revision; // change it only at this revision
  bool deleted = false;                 // list: deleted ones too
  std::string projection;               // export: as the endpoint of this flow should hold them
  int limit = 100;                      // list
  std::string by, sum;                  // count
  bool as_was = false, as_is = false;   // count: by the places of then, or of today
};
int why(const Common& common, const RecordOptions& options);
int records_get(const Common& common, const RecordOptions& options);
int records_put(const Common& common, const RecordOptions& options);
int records_delete(const Common& common, const RecordOptions& options);
int records_list(const Common& common, const RecordOptions& options);
int records_history(const Common& common, const RecordOptions& options);
int records_export(const Common& common, const RecordOptions& options);
int records_import(const Common& common, const RecordOptions& options);
int records_count(const Common& common, const RecordOptions& options);

int places_unresolved(const Common& common);
int places_show(const Common& common, const RecordOptions& options); // entity: kind, key: code

// Conflicts and quarantine: what people decide.
struct QueueOptions {
  std::int64_t id = 0;
  bool all = false;
  bool exceptions = false;   // conflicts: those of closed books, late records among it
  bool group = false;        // conflicts: by cause
  bool causes = false;       // quarantine: none that only waits for another
  bool all_matching = false; // resolve: all that `which` names
  bool yes = false;          // resolve --all-matching, discard: do it
  std::map<std::string, std::string> which; // flow, entity, key, field, place, rule, since
  std::vector<std::string> words;           // resolve: numbers, choice, value
  std::string choice, remote_id; // quarantine resolve: what became of it, and its name there
  std::string note, unmask;
};
int conflicts_list(const Common& common, const QueueOptions& options);
int exceptions_list(const Common& common, const QueueOptions& options); // of closed books
int conflicts_show(const Common& common, const QueueOptions& options);
int conflicts_resolve(const Common& common, const QueueOptions& options);
int quarantine_list(const Common& common, const QueueOptions& options);
int quarantine_show(const Common& common, const QueueOptions& options);
int quarantine_replay(const Common& common, const QueueOptions& options); // all: every open one
int quarantine_resolve(const Common& common, const QueueOptions& options);
int quarantine_discard(const Common& common, const QueueOptions& options);

struct ConnectorOptions {
  std::string name;                             // of a connector or of an endpoint
  bool all = false;                             // test: every connector
  std::string fixtures;                         // test: another folder
  bool accept = false;                          // test: what comes out is what must come out
  std::string stream;                           // probe, record
  std::vector<std::string> slice;               // probe, record: NAME=VALUE
  int pages = 2, records = 0;                   // record
  std::string transport = "http", entity, from; // new
  std::string folder;                           // record, new: where files go
};
int connectors_list(const Common& common);
int connectors_describe(const Common& common, const ConnectorOptions& options);
int connectors_probe(const Common& common, const ConnectorOptions& options); // all without a name
// probe --stream: what one page of it would give.
int connectors_look(const Common& common, const ConnectorOptions& options);
int connectors_test(const Common& common, const ConnectorOptions& options);
int connectors_record(const Common& common, const ConnectorOptions& options);
int connectors_new(const Common& common, const ConnectorOptions& options);
// What the endpoint lacks before its streams can be used; carried out when `apply`.
int connectors_prepare(const Common& common, const std::string& endpoint, bool apply);

// The whole command line; the exit code of the process.
int main(int argc, char** argv);

} // namespace gramsetu::commands
