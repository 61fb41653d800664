// Answers that come later: 202 now, and an address where the outcome is asked for.
#pragma once

#include "connectors/http/request_plan.hpp"
#include "connectors/http/rules.hpp"

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace gramsetu::connectors::http {

struct Context;

// accepted:
//   status: { path: "/jobs/{ticket}" }   or the word `location`: where the header Location points
//   ticket: /jobId       pointer in the 202: what {ticket} stands for
//   state: /status       pointer in the status answer; without it 202 says "not yet", and 200 "done"
//   done: [completed]    words of `state`; every other one says "not yet"
//   failed: [failed]
//   error: /message      pointer in the status answer: why it failed
//   result: /url         pointer in the status answer: the address where the outcome itself lies
//   key, version, results: pointers in the outcome, where they are not those of the answer itself
//   every: 2s            the first wait, doubled up to half a minute
//   within: 1m           how long is waited in one go
struct LaterPlan {
  std::optional<RequestPlan> status; // none: by Location
  std::string ticket, state, error, result;
  std::vector<std::string> done, failed;
  std::string key, version, results;
  std::chrono::milliseconds every{2'000}, within{60'000};
};

LaterPlan read_later(const schema::Node& block, const std::vector<std::string>& names,
                     NodeReader& reader);

// What came of it in the time given.
struct Later {
  enum class Became {
    done,    // `response` is the outcome
    failed,  // the endpoint says so; `response` is its word, `why` its reason
    unclear, // not yet, or nobody can say; `why`
  };
  Became became = Became::unclear;
  Request request; // what `response` answers
  Response response;
  std::string why;
};

// A request that was answered with 202, and how to go on.
struct Accepted {
  const LaterPlan& plan;
  const Rules& rules;
  const Request& request;
  const Response& response;
};

// Asks for the outcome until it is there, the time is over or `stop` is requested.
Later await_outcome(const Context& context, const Accepted& accepted, std::stop_token stop);

} // namespace gramsetu::connectors::http
