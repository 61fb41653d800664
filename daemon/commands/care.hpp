// The commands that look after the store as a whole, and after what it holds about persons.
#pragma once

#include "daemon/commands/session.hpp"

#include <string>

namespace gramsetu::commands {

struct CareOptions {
  std::string file; // a backup
  std::string key;  // a reference; empty: the operator's file says it, or there is none
  std::string note, unmask;
  bool repair = false;               // doctor
  std::string entity, record, value; // `value`: a person's, in place of one record
  bool yes = false;
  bool compact = false; // erase: the store's file is written anew
  int limit = 100;
};
// Writes into the audit log what a command did to the store while no hub runs; complains when it cannot.
void note_on_store(config::Config config, Clock& clock, std::string what, std::string detail);

int backup(const Common& common, const CareOptions& options);
int restore(const Common& common, const CareOptions& options);
int rewind_show(const Common& common, const CareOptions& options);
int rewind_accept(const Common& common, const CareOptions& options);
int doctor(const Common& common, const CareOptions& options);
int personal_find(const Common& common, const CareOptions& options);
int personal_export(const Common& common, const CareOptions& options);
int personal_erase(const Common& common, const CareOptions& options);
int personal_lift(const Common& common, const CareOptions& options);
int personal_removals(const Common& common, const CareOptions& options);

} // namespace gramsetu::commands
