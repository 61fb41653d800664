// How a transport is declared: one row of the table in connectors/builtin.cpp.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "connectors/api/connector.hpp"
#include "connectors/api/manifest.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::connectors {

// A value that is never shown: it prints as ********, and is read where it is used.
class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

private:
  std::string value_;
};

struct Auth {
  enum class Kind { none, api_key, basic, bearer, oauth2, hmac, ssh_key };
  Kind kind = Kind::none;
  std::string header, query; // api_key: one of them
  Secret value;     // api_key, bearer; hmac: the key of signatures; ssh_key: the private one
  std::string user; // basic, ssh_key
  Secret password;  // basic; ssh_key: what opens the private key, where it is locked
  std::string token_url, client_id,
      scope; // oauth2 client credentials; hmac: client_id names the key
  Secret client_secret;
};

struct Limits {
  std::optional<std::int64_t> requests_per_second;
  std::size_t concurrent = 1;
  std::optional<std::uint64_t> bytes_per_second;
  std::uint64_t response_bytes = 64ull << 20; // one response, decoded
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds first_byte_timeout{60'000};
  std::chrono::milliseconds total_timeout{300'000};
};

struct Tls {
  std::string ca, certificate;
  Secret key;
  std::vector<std::string> pins; // "sha256//BASE64" of public keys, of which the endpoint has one
};

// Keys of messages that are sealed inside TLS; a manifest says how. Text as it is, or "hex:" or "base64:".
struct Sealing {
  Secret key, iv, mac_key;
  Secret private_key;     // ours, PEM
  std::string public_key; // a file: theirs, PEM
  std::string party;      // what they call us
};

// An endpoint as an operator configured it, already checked.
struct EndpointSettings {
  std::string name;
  std::string url;  // http, sftp; sql: of a PostgreSQL database
  std::string path; // files: the folder; exec: where the programs run; sql: an SQLite file
  std::vector<std::string> host_keys; // sftp: any of them proves that the server is the right one
  std::string role;
  std::string mirrors; // another endpoint: what is written there comes up here by itself
  Auth auth;
  Limits limits;
  Tls tls;
  Sealing sealing;
  std::chrono::milliseconds clock_doubt{2'000}; // how far its clock may be off
  bool allow_plaintext = false;                 // http:// to a host that is not loopback
  std::map<std::string, std::string> options;
  std::set<std::string> secret_options; // those that are given by a reference: never shown
  std::shared_ptr<const Manifest> manifest;
};

// One request and its answer, as they were before anything secret was added.
struct Exchanged {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  std::string method, url, body;
  int status = 0;
  Headers headers; // of the answer
  std::string answer;
};

// Sees what a connector exchanges. Any thread.
class Listener {
public:
  virtual ~Listener() = default;
  virtual void exchanged(const Exchanged& exchanged) = 0;
};

struct Services {
  Clock& clock;
  Log log;
  std::string hub_name;
  Listener* listener = nullptr; // null: nobody looks
};

// What an endpoint must hold of ours before its streams can be used.
struct Preparation {
  std::vector<std::string> statements; // what was lacking, in the endpoint's language
  std::vector<std::string> remarks;    // for a person
  bool applied = false;
};

// A built-in transport.
struct TransportType {
  std::string_view name, summary; // "http", "HTTP APIs"
  // Checks the blocks of a manifest that only this transport understands.
  void (*check_manifest)(const Manifest& manifest, std::vector<schema::Finding>& findings);
  Result<std::unique_ptr<Connector>> (*open)(const EndpointSettings& settings, Services services);
  // Looks what is lacking, and changes nothing unless it is to be applied. Null: nothing ever is.
  Result<Preparation> (*prepare)(const EndpointSettings& settings, Services services, bool apply,
                                 std::stop_token stop) = nullptr;
};

std::span<const TransportType> builtin_transports(); // one table: connectors/builtin.cpp
const TransportType* find_transport(std::string_view name);

// retrying(throttled(connector)): what the daemon puts around every connector (connectors/wrap).
std::unique_ptr<Connector> wrapped(std::unique_ptr<Connector> inner,
                                   const EndpointSettings& settings, Services services);

} // namespace gramsetu::connectors
