// A fixture: a real exchange with a system, kept as a file, and what must come out of it.
#pragma once

#include "base/result.hpp"
#include "connectors/api/connector.hpp"
#include "connectors/api/manifest.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::connectors::kit {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// http: one request and its answer. "*" stands for any value; what is not written may be anything,
// but for the query, of which nothing is left out. "{url}" in an answer is the endpoint's address.
struct Exchange {
  std::string method = "GET", path; // from the endpoint's url on
  Pairs query, headers, form;
  std::string body; // JSON is compared as what it means
  int status = 200;
  Pairs answer_headers;
  std::string answer;
  bool dry_run = false; // a write that only asks: nothing comes of it
};

// A record that must go to quarantine, or did.
struct Misfit {
  std::string pointer, code;
  bool operator==(const Misfit&) const = default;
};

// What reading the slice to its end gives.
struct PullOutcome {
  std::vector<std::string> records; // good ones, as canonical JSON, in their order
  std::vector<std::string> deleted; // what tombstones are about: ids of the endpoint, or keys
  std::vector<Misfit> quarantined;
  std::vector<std::string> unknown; // pointers that no line of the mapping mentions
  std::string cursor;               // expected: "*" is any
  bool operator==(const PullOutcome&) const = default;
};

struct PullStep {
  std::string since;
  std::size_t pages = 0; // so many are read; 0: to the end
  std::string fails;     // reading must end in an error that says this; empty: it succeeds
  PullOutcome outcome;
};

// One change that is sent, and its receipt. All of a fixture go out together.
struct PushStep {
  Verb verb = Verb::create;
  std::string key, id, version; // version: that it is written over
  std::string record;           // canonical JSON
  std::string outcome = "applied", new_id, new_version;
};

// One look at a record, and what is there.
struct ProbeStep {
  std::string key, id;
  bool found = true;
  std::string version, record;
};

struct Fixture {
  std::string file, name; // its path; what it is called: the file's name without ending
  std::string notes;      // comment lines at the top: what is documented, what assumed
  std::string stream, hub = "fixture";
  std::map<std::string, std::string> options, slice;
  std::optional<PullStep> pull;
  std::vector<PushStep> push;
  std::vector<ProbeStep> probe; // after the push
  // What stands in for the system: the transport's own part.
  std::vector<Exchange> exchanges;          // http
  std::map<std::string, std::string> files; // files, sftp: laid into the folder
  std::string messages;                     // exec: what the tap says, a message a line
  std::string script;                       // sql: makes the table and its rows
  // What is there after the push: the folder's new files; by the target's stream the records that it
  // was sent, by the table its rows, as JSON, one a line.
  std::map<std::string, std::string> written;
};

std::string_view name_of(Receipt::Outcome outcome); // "applied", "not_sent", ...

// Findings for everything that is wrong with it.
Fixture read_fixture(const std::string& path, const Manifest& manifest,
                     std::vector<schema::Finding>& findings);
// The same as a file's text.
std::string write_fixture(const Fixture& fixture);

// The fixtures of a manifest: *.yaml of `fixtures/NAME/` beside its file, or of `folder` when that is
// given. In name order.
std::vector<std::string> find_fixtures(const std::string& manifest_file, const std::string& name,
                                       const std::string& folder = "");

} // namespace gramsetu::connectors::kit
