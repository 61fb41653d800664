// Certificates and the evidence for them, written into files that another program can check.
#pragma once

#include "daemon/commands/session.hpp"

#include <string>

namespace gramsetu::commands {

// Where `gramsetu verify` and `gramsetu runs` put certificates; empty: nowhere.
struct Proof {
  std::string certificates; // a folder: FLOW.NUMBER.json
  std::string evidence;     // a folder: the same, with FLOW.hub.ndjson and FLOW.endpoint.ndjson
  std::string unmask;       // the reason for showing personal values
};

// Writes the certificate of `run`, when it has one, as its canonical bytes. What is wrong was said when it
// gives false.
bool write_certificate(const Common& common, const schema::Value& run, const std::string& path);
bool write_certificate_into(const Common& common, const schema::Value& run,
                            const std::string& folder);
// What is asked for of a verify that has ended.
bool write_proof(Session& session, const Common& common, const schema::Value& run,
                 const Proof& proof);

} // namespace gramsetu::commands
