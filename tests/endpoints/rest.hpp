// A REST endpoint in one of the dialects: lists, reads, writes once, in bulk.
#pragma once

#include "tests/endpoints/dialect.hpp"
#include "tests/endpoints/endpoint.hpp"

#include <unordered_map>

namespace gramsetu::sim {

class RestEndpoint final : public Endpoint {
public:
  RestEndpoint(std::unique_ptr<Dialect> dialect, std::uint64_t seed, Now now);

  // Puts a record in as if it had last changed at `modified` (epoch milliseconds).
  void seed(const std::string& stream, schema::Object record, std::int64_t modified);

protected:
  Response answer(const Request& request) override;
  void revoke() override { dialect_->revoke(); }
  void forget() override;
  Row make_row(const std::string& stream, schema::Object record) override;
  Row changed_row(const std::string& stream, const Row& row, schema::Object record,
                  bool deleted) override;
  schema::Object without_bookkeeping(schema::Object record) const override;
  void scribble(const std::string& stream, schema::Object& record, std::uint64_t random) override;

private:
  // What became of one write.
  struct Outcome {
    std::optional<Trouble> trouble;
    std::string message;
    int status = 200;
    Row row;
  };
  // One write as asked for, on its own or in bulk.
  struct Write {
    const StreamShape& shape;
    std::string verb; // "create", "update", "remove"
    std::string id, reference, idempotency_key;
    std::string expected; // version; empty when none was named
    schema::Object record;
    std::string body; // as received, for the ledger
  };
  struct Remembered {
    std::string fingerprint;
    Response response;
  };

  const StreamShape* shape_of(const std::string& stream) const;
  Response list(const StreamShape& shape, const Request& request);
  Response one(const StreamShape& shape, const std::string& id);
  Response write_once(const StreamShape& shape, const Request& request, const std::string& id);
  Response bulk(const StreamShape& shape, const Request& request);
  Response atomic(const StreamShape& shape, const Request& request);
  Response carry_out_all(const StreamShape& shape, const Request& request);
  schema::Object bulk_item(const StreamShape& shape, const schema::Value& item, bool& good);
  Write read_write(const StreamShape& shape, const Request& request, const std::string& id);
  // One with an id is a change, unless the sender chose the id of a new record.
  Write read_item(const StreamShape& shape, const schema::Object& item) const;

  Outcome carry_out(Write write);
  Outcome create(const Write& write);
  Outcome update(const Write& write);
  Outcome settle(const Write& write, Row row, int status);
  std::optional<Outcome> refuse_version(const Write& write, const Row& row) const;
  Response to_response(const Outcome& outcome) const;

  std::string free_id(const StreamShape& shape);
  std::string stamped(schema::Object& record, const Row& row, bool created) const;
  Row row_of(const StreamShape& shape, const schema::Object& record) const;

  const std::unique_ptr<Dialect> dialect_;
  std::optional<std::int64_t> seed_time_;         // while a record is seeded: when it last changed
  std::map<std::string, std::int64_t> sequences_; // the last number given, by stream
  std::unordered_map<std::string, Remembered> remembered_; // by idempotency key
  std::unordered_map<std::string, std::pair<std::string, schema::Object>> remembered_items_;
  std::optional<std::vector<Effect>>
      held_; // of an all-or-nothing batch, until it is known to be good
};

} // namespace gramsetu::sim
