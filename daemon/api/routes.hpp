// The admin API as a table: method, path, who may, what answers.
#pragma once

#include "base/result.hpp"
#include "daemon/api/router.hpp"
#include "daemon/runtime/hub.hpp"
#include "schema/value.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// One request on its way through its route.
struct Call {
  const Request& request;
  runtime::Hub& hub;
  std::shared_ptr<const runtime::Setup> setup;
  std::vector<std::string> parts; // what stood for {…} in the path, percent-decoded
  bool unmasked = false;          // personal and financial values are shown
  schema::Object body = {};       // as the route takes it; empty when there was none

  // A query parameter, or empty.
  std::string query(std::string_view name) const;
  // A text of the body, or empty.
  std::string text(std::string_view name) const;
};

// The least role that may. It has no default: a row without one does not compile.
struct Least {
  Role role;
  constexpr Least(Role least) : role(least) {}
};

// What a route is, said once: the router holds requests to it, and /api/v1/openapi.json is made from it.
struct Route {
  std::string_view method, pattern; // "/api/v1/records/{entity}/{key}"
  Least role;
  std::string_view
      parameters; // by parameters.hpp, of query, path and headers; any other is refused
  Result<Response> (*answer)(Call& call);
  std::string_view summary;      // for the OpenAPI document
  bool apps = false;             // for apps, too: the first part of the path names the entity
  std::string_view takes = {};   // the body by shape.hpp; empty: none
  std::string_view gives = {};   // a good answer by shape.hpp, or a media type
  std::string_view errors = {};  // statuses besides those that any such route may answer with
  std::string_view good = "200"; // statuses of a good answer
  bool open = false;             // answered without asking who
  bool streams = false;          // as server-sent events, too
};

// Each room of the API has its rows.
std::span<const Route> status_routes();
std::span<const Route> run_routes();
std::span<const Route> plan_routes();
std::span<const Route> evidence_routes();
std::span<const Route> log_routes();
std::span<const Route> record_routes();
std::span<const Route> feed_routes();
std::span<const Route> history_routes();
std::span<const Route> why_routes();
std::span<const Route> conflict_routes();
std::span<const Route> exception_routes();
std::span<const Route> quarantine_routes();
std::span<const Route> connector_routes();
std::span<const Route> kit_routes();
std::span<const Route> place_routes();
std::span<const Route> reload_routes();
std::span<const Route> care_routes();
std::span<const Route> personal_routes();
std::vector<Route> all_routes();

// Answers for `hub`, which outlives it. Any thread. Whatever goes wrong comes back as
// application/problem+json with a sentence and what to do. Blocks while a request waits for something.
Handler make_handler(runtime::Hub& hub);

// The table as an OpenAPI 3.1 document.
std::string openapi_json();

// Helpers of the rooms.
Response json_response(schema::Value body, int status = 200);
Response problem(int status, std::string_view title, std::string_view what_to_do);
Response problem(const Error& error);
Result<std::size_t> limit_of(const Call& call, std::size_t usual, std::size_t most);
Result<std::int64_t> number_of(const Call& call, std::string_view parameter, std::int64_t usual);
Result<schema::Object> body_of(const Call& call); // as the route takes it; of no body an empty one
Result<const schema::Entity*> entity_of(const Call& call, std::string_view name);
// The records asked for, and one of them; `not_found` when there is none.
Result<std::vector<store::RecordRow>> records_of(Call& call, const store::RecordQuery& query);
Result<store::RecordRow> record_of(Call& call, const schema::Entity& entity,
                                   const std::string& key);
schema::Value stored_json(const std::string& text);  // what a row has; null where it has none
schema::Value time_value(std::optional<Instant> at); // RFC 3339 in UTC, or null
// One transaction that only reads.
Result<void> read(Call& call, const std::function<Result<void>(store::Tx&)>& work);
// One run in full; `not_found` when there is none.
Result<schema::Object> run_document(Call& call, const std::string& id);

// A place in a listing, as clients see it: opaque, and safe in a URL.
std::string write_cursor(std::string_view position);
Result<std::string> read_cursor(std::string_view cursor);

} // namespace gramsetu::api
