// The trace that requests leave in the audit log.
#pragma once

#include "daemon/api/routes.hpp"
#include "daemon/api/server_access.hpp"
#include "daemon/audit/audit.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace gramsetu::api {

// How the audit log calls what a route does. Every route that is no GET has a row; one without a name changes
// nothing that anybody must answer for.
struct ActName {
  std::string_view method, pattern, name;
};
std::span<const ActName> act_names();
std::span<const Route> audit_routes();

// The audit log of a hub.
std::shared_ptr<audit::Audit> audit_of(runtime::Hub& hub);

// A header that no client can send: whom a request came from, "uid 0" or "token".
inline constexpr const char* kFrom = ":from";
// What a client adds to a reading that it writes into a file.
inline constexpr std::string_view kExport = "export";

// RFC 3339, or nothing when it is not given.
Result<std::optional<Instant>> moment_of(const Call& call, std::string_view parameter);

// One request, from before it is carried out until it has been. Requests that only read leave no trace, but for
// values shown unmasked and exports.
class Trace {
public:
  // The act is durable as begun when this returns; without that it must not be done.
  static Result<Trace> begin(const Call& call, const Route& route);
  void end(int status); // what came of it

private:
  explicit Trace(runtime::Hub& hub) : hub_(&hub) {}

  runtime::Hub* hub_;
  audit::Act act_;
};

// Somebody with a role asked for what it does not reach.
void note_denied(runtime::Hub& hub, const Request& request, std::string_view what);

// Those who were not let in at all. Of many alike in a minute the first is written at once, and the others are
// counted into the next: whoever knocks without end does not fill the disk.
class Refusals {
public:
  explicit Refusals(runtime::Hub& hub) : hub_(hub) {}
  ~Refusals(); // writes what was only counted
  void take(const Refusal& refusal);

private:
  struct Alike {
    Instant first{};
    std::size_t more = 0;
  };
  void write(const Refusal& refusal, std::size_t more);

  runtime::Hub& hub_;
  std::mutex mutex_; // guards what follows
  std::map<std::pair<std::string, std::string>, Alike> alike_;
};

} // namespace gramsetu::api
