// How one REST endpoint speaks: names, envelopes, errors and credentials.
#pragma once

#include "tests/endpoints/http_message.hpp"
#include "tests/endpoints/table.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gramsetu::sim {

struct StreamShape {
  std::string name;                 // "vouchers"
  std::string id;                   // member: "voucherId"
  std::string id_prefix;            // "V"
  std::vector<std::string> natural; // members that make up the hub's key
  std::string place, year;          // pointers; may be empty
};

enum class Trouble { not_found, none_listed, moved, exists, gone, invalid, no_version, key_reused };

// One page as it goes into an envelope.
struct Listing {
  const StreamShape& shape;
  const Request& request;
  std::string records; // the records' JSON, joined by commas
  std::size_t total = 0, offset = 0, limit = 0;
  std::string next; // token; empty at the end
};

// What a request asks a list for.
struct PageAsked {
  std::size_t offset = 0, limit = 100;
  bool by_token = false;
  std::string token;
};

struct Words {
  std::string name, base;                  // "central", "/v1"
  std::string version, deleted, reference; // members of a record
  schema::Value is_deleted, is_kept;
  std::string since, place, year; // parameters of a list
  std::size_t page_max = 1000;
  bool hides_deleted = false;   // unless includeDeleted=true
  bool shows_reference = false; // clientReferenceId is a member of the record
  bool version_in_body = false; // besides If-Match
};

class Dialect {
public:
  virtual ~Dialect() = default;
  virtual const Words& words() const = 0;
  virtual const std::vector<StreamShape>& streams() const = 0;

  // An answer when the request is not let in, or is none about records (the token endpoint).
  virtual std::optional<Response> before(const Request& request) = 0;
  virtual void revoke() {}

  virtual PageAsked page(const Request& request) const = 0;
  // Writes the time of change (and of creation, on version 1) into a record.
  virtual void write_time(schema::Object& record, std::int64_t at, bool created) const = 0;
  virtual std::vector<std::string> time_members() const = 0;
  // Why a record is not accepted, or empty.
  virtual std::string check(const StreamShape& shape, const schema::Object& record) const = 0;
  // As this system would store what it was sent.
  virtual void tidy(schema::Object&) const {}

  virtual std::string list(const Listing& listing) const = 0;
  virtual std::string one(const std::string& record) const = 0;
  virtual Response trouble(Trouble trouble, const std::string& message) const = 0;
  virtual schema::Value bulk(schema::List results) const = 0;
};

struct Credentials {
  std::string client_id = "jalpaiguri", client_secret = "central-secret";
  std::string user = "hub", password = "state-secret";
  std::string key = "csc-key";
  std::int64_t token_seconds = 300;
};

std::unique_ptr<Dialect> make_central(const Credentials& credentials, std::uint64_t seed);
std::unique_ptr<Dialect> make_state(const Credentials& credentials);
std::unique_ptr<Dialect> make_csc(const Credentials& credentials);

// The hub's key of a record: its natural members joined by '/'.
std::string natural_key(const StreamShape& shape, const schema::Object& record);
// A member's text, or an integer as text; empty when it is neither.
std::string text_at(const schema::Value& record, std::string_view pointer);
std::string text_at(const schema::Object& record, std::string_view pointer);
std::size_t size_parameter(const Request& request, const std::string& name, std::size_t otherwise);

} // namespace gramsetu::sim
