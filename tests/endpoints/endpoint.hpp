// What every simulated endpoint has: records, a ledger, faults, and the control requests.
#pragma once

#include "base/result.hpp"
#include "tests/endpoints/faults.hpp"
#include "tests/endpoints/http_message.hpp"
#include "tests/endpoints/ledger.hpp"
#include "tests/endpoints/table.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace gramsetu::sim {

using Now = std::function<std::int64_t()>; // epoch milliseconds

// Any thread may call the public functions.
class Endpoint {
public:
  Endpoint(std::string name, std::uint64_t seed, Now now);
  virtual ~Endpoint() = default;

  const std::string& name() const { return name_; }
  Ledger& ledger() { return ledger_; }
  Faults& faults() { return faults_; }
  void on_refuse(std::function<void(std::chrono::milliseconds)> refuse)
  {
    refuse_ = std::move(refuse);
  }

  // A request from outside: control requests under /_sim/, else the endpoint with its faults.
  Response handle(const Request& request);
  // A control request; `what` is the path behind /_sim/.
  Response control(const Request& request, const std::string& what);

  // What a clerk there does: the time of change and the version move, the ledger does not see it.
  Result<void> edit(const std::string& stream, const std::string& id, const schema::Object& set);
  // What a script in their database does: neither moves.
  Result<void> alter(const std::string& stream, const std::string& id, const schema::Object& set);
  Result<void> remove(const std::string& stream, const std::string& id);
  Result<std::string> add(const std::string& stream, schema::Object record); // its id
  // Edits `count` records of chance, deterministic in `seed`; how many there were to edit.
  Result<std::size_t> touch(const std::string& stream, std::size_t count, std::uint64_t seed);
  virtual Result<void> load(const std::string& stream, const schema::Value& body);

  // All records, deleted ones too, as they go over the wire.
  Result<schema::List> records(const std::string& stream);
  // {"count", "deleted", "digest"} over the records without their bookkeeping.
  Result<schema::Value> digest(const std::string& stream);

protected:
  virtual Response answer(const Request& request) = 0;
  virtual void revoke() {}
  virtual void forget() {} // idempotency keys, as if they were past their retention
  // A row of a record that is new here. Called with the lock held.
  virtual Row make_row(const std::string& stream, schema::Object record) = 0;
  // The row after its record changed: bookkeeping and indices follow. Called with the lock held.
  virtual Row changed_row(const std::string& stream, const Row& row, schema::Object record,
                          bool deleted) = 0;
  virtual schema::Object without_bookkeeping(schema::Object record) const { return record; }
  // What `touch` changes in a record.
  virtual void scribble(const std::string& stream, schema::Object& record, std::uint64_t random);

  Result<Table*> table_of(const std::string& stream);
  // The record with what is set in it. Called with the lock held.
  Result<schema::Object> with(const Table& table, const std::string& id, const schema::Object& set);
  std::int64_t stamp(); // the time, never before an earlier one
  static schema::Object parse(const Row& row);

  std::mutex mutex_; // guards all below
  std::map<std::string, Table> tables_;

private:
  Response with_fault(const Request& request, const Fault& fault);
  Response control_post(const std::string& what, const schema::Value& body);
  Result<schema::Value> control_edit(const schema::Value& body);

  const std::string name_;
  Now now_;
  std::int64_t last_stamp_ = 0;
  Ledger ledger_;
  Faults faults_;
  std::function<void(std::chrono::milliseconds)> refuse_;
};

} // namespace gramsetu::sim
