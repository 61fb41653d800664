// A connector over tables that a test makes, in SQLite or in PostgreSQL.
#pragma once

#include "connectors/sql/session.hpp"
#include "connectors/sql/sql.hpp"
#include "tests/support/temp_dir.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

using Dialect = connectors::sql::Dialect;

// One database of its own. The entity `thing` has code (key), name, amount (money), weight (decimal), seen
// (timestamp), day (date), good (boolean), details (object).
class SqlBench {
public:
  explicit SqlBench(Dialect dialect);
  ~SqlBench();

  bool is_postgres() const { return dialect_ == Dialect::postgres; }
  void run(const std::string& sql);                               // past the connector
  std::vector<connectors::sql::Row> rows(const std::string& sql); // likewise
  std::unique_ptr<connectors::sql::Session> session();            // likewise

  // `stream` is the inside of the stream's block; `zone` of the manifest.
  void describe(const std::string& stream, const std::string& zone = "+05:30");
  Result<connectors::Preparation> prepare(bool apply);
  connectors::Connector& open(); // anew
  connectors::Connector& connector() { return connector_ ? *connector_ : open(); }
  const connectors::Stream& stream() const { return settings.manifest->streams.front(); }

  Result<connectors::Page> pull(const std::string& since = "", const std::string& page = "",
                                const connectors::Slice& slice = {"all", {}});
  // Everything from there on, a line a record: its id, its version, its body.
  std::vector<std::string> all(const std::string& since = "");
  std::vector<std::string> keys(const std::string& since = ""); // "-K" for a tombstone
  std::string cursor();                                         // of the last `all` or `keys`
  connectors::Receipt push(connectors::Verb verb, const std::string& key, const std::string& body,
                           const std::string& version = "");

  connectors::EndpointSettings settings;
  int written = 0; // idempotency keys are made of it

private:
  const Dialect dialect_;
  TempDir folder_;
  SystemClock clock_;
  NullSink sink_;
  schema::Entities entities_;
  std::string cursor_;
  std::unique_ptr<connectors::sql::Database> direct_;
  std::unique_ptr<connectors::Connector> connector_;
};

// SQLite, and PostgreSQL where it is installed.
std::vector<Dialect> dialects();

} // namespace gramsetu::test
