// What reading and writing of one endpoint share.
#pragma once

#include "connectors/http/gateway.hpp"
#include "connectors/http/plan.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::http {

// Fixed after the connector opened; any thread.
struct Context {
  Gateway& gateway;
  const Plan& plan;
  Values values; // "hub" and the options

  // The plan of a stream, or `unsupported` when the manifest of this endpoint has no such stream.
  Result<const StreamPlan*> plan_of(const Stream& stream) const;
  // `with` and what is new for each request: "now", and "request_id", which for a write is its
  // idempotency key, so that what is repeated is repeated as it was.
  Values moment(Values with) const;
  // Builds with the headers that the manifest sends with everything.
  Result<Request> request(const RequestPlan& plan, const Values& with,
                          const std::vector<Extra>& extras = {}) const;
};

// Adds "key", "key.<field>" and "id".
void add_key(Values& values, const Stream& stream, const std::string& key, const std::string& id);

// The error of an exchange that gave no response.
Error error_of(Outcome&& outcome);

// Parses a body whose JSON must close. `invalid` says where it does not.
Result<schema::Value> parse_body(const Request& request, const Response& response);

} // namespace gramsetu::connectors::http
