// What an answer means: the manifest's error rules first, then what every status means by itself.
#pragma once

#include "base/clock.hpp"
#include "connectors/api/node_reader.hpp"
#include "connectors/http/message.hpp"
#include "schema/value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

enum class Action {
  empty,        // a good answer: there is nothing
  throttled,    // ask later
  retry,        // ask again
  fail,         // asking again does not help
  refuse,       // this record is not wanted
  unauthorized, // we are not let in
  moved,        // the expected version is not there any more
  not_found,    // there is no such thing
};

struct ErrorRule {
  std::vector<int> statuses;      // empty: every failed answer
  std::vector<std::string> body;  // pieces of the body, in their order, without regard to case
  std::string header, header_has; // a header that holds a text
  Action action = Action::fail;
};

// When a 2xx says in its body that it failed.
struct Success {
  std::vector<std::string> pointers; // the first that is there counts
  std::vector<std::string> equals;
  bool of_writes = false; // only the answers to writes say so, those to probes do not
};

struct Rules {
  std::vector<ErrorRule> errors; // first match wins
  std::optional<Success> success;
};

// `- { status: 404, body: "not available*code", header: { X-Reason: quota }, action: empty }`
std::vector<ErrorRule> read_rules(const schema::Node& errors, NodeReader& reader);
std::optional<Success> read_success(const schema::Node& node, NodeReader& reader);

struct Verdict {
  Action action;
  Error error; // its text never holds the body, but for an escaped excerpt of 80 characters
};

// Nothing when the answer is good as far as status, rules and `success` go.
std::optional<Verdict> judge(const Rules& rules, const Request& request, const Response& response,
                             Instant now);

// `success` on a body that was parsed already; true when the rules ask for nothing.
bool succeeded(const Rules& rules, const schema::Value& body);

} // namespace gramsetu::connectors::http
