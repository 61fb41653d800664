// One row: found, written over the version that is expected, read back.
#pragma once

#include "connectors/sql/mapped.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::sql {

Receipt receipt_without(Receipt::Outcome outcome, Error error);

// Inside a transaction of the session. Errors are the database's; what may not be written over is `moved`.
class RowWriter {
public:
  RowWriter(Session& session, const Mapped& mapped);

  struct There {
    std::vector<Cell> key;
    bool marked = false; // as deleted
  };
  Result<std::optional<There>> find(const Intent& intent);
  Result<Receipt> create(const Intent& intent);
  Result<Receipt> update(const Intent& intent);
  Result<Receipt> remove(const Intent& intent);

private:
  bool keeps_version_itself() const;
  std::string next_version() const;
  Result<Cell> written(const schema::Member& member);
  // "a" = $1, ... of the record, without its key.
  Result<void> assign(Statement& statement, const schema::Value& body);
  Result<void> set_mark(Statement& statement, const std::optional<std::string>& text);
  Result<Receipt> write_over(const Intent& intent, const std::vector<Cell>& key,
                             const std::string& version);
  // Adds which row, and over which version of it.
  Result<Receipt> change(Statement& statement, const std::vector<Cell>& key,
                         const std::string& version);
  // The version is read back: triggers have had their say by then.
  Result<Receipt> applied(const std::vector<Cell>& key);

  Session& session_;
  const Mapped& mapped_;
  const Words& words_;
  const PushWords& push_;
};

} // namespace gramsetu::connectors::sql
