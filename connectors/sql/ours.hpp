// What we need in a database beside its own tables: receipts, captured changes, versions, and triggers for them.
#pragma once

#include "connectors/sql/mapped.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

inline constexpr const char* kReceipts = "gramsetu_receipts";
inline constexpr const char* kChanges = "gramsetu_changes";
inline constexpr const char* kVersions = "gramsetu_versions";

// A trigger with the function that it may need. Its name holds a digest of its text, so that one of another text
// is another one.
struct Trigger {
  std::string name;
  std::string sql;
};

// The triggers that the stream's table needs.
std::vector<Trigger> triggers_of(const Mapped& mapped, Dialect dialect);

// The tables of ours that the stream needs, each with the statement that makes it.
struct OwnTable {
  std::string name, sql;
};
std::vector<OwnTable> tables_of(const Mapped& mapped, Dialect dialect);

// What takes one of our triggers away again.
std::string drop_trigger(const Mapped& mapped, Dialect dialect, const std::string& name);

// `unsupported`, saying what is missing, unless all is there. A trigger that was dropped would otherwise be
// silence that looks like "nothing has changed".
Result<void> check_prepared(Session& session, const Mapped& mapped);

} // namespace gramsetu::connectors::sql
