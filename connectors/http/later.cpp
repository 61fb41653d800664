// Asking again and again, with patience, and within bounds.
#include "connectors/http/later.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/context.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace chr = std::chrono;
using schema::Node;

namespace {

constexpr chr::milliseconds kLongestWait{30'000};
// Longer than this a worker is not kept; the outcome is looked for by the next run.
constexpr chr::milliseconds kLongestWithin{600'000};

std::string text_at(const schema::Value& body, const std::string& pointer)
{
  const schema::Value* value = pointer.empty() ? nullptr : schema::at_pointer(body, pointer);
  return value ? scalar_text(*value) : std::string();
}

bool has(const std::vector<std::string>& words, const std::string& word)
{
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A read of an address that the endpoint named; only where the endpoint itself is.
Result<Request> request_for(const Context& context, const std::string& from,
                            const std::string& reference)
{
  TRY(const Url base, parse_url(from));
  TRY(const Url target, resolve(base, reference));
  if (!target.same_origin(context.gateway.base()))
    return fail(ErrorKind::unsupported, "the outcome is said to be at another place");
  RequestPlan plain;
  TRY(Request request, context.request(plain, context.values));
  request.url = target.text();
  request.label = "GET " + target.path;
  request.repeatable = true;
  return request;
}

Result<Request> status_request(const Context& context, const Accepted& accepted)
{
  const LaterPlan& plan = accepted.plan;
  if (!plan.status) {
    const std::string* location = accepted.response.header("Location");
    if (!location || location->empty())
      return fail(ErrorKind::unsupported, "the answer names no Location");
    return request_for(context, accepted.request.url, *location);
  }
  Values values = context.values;
  if (!plan.ticket.empty()) {
    TRY(const schema::Value body, parse_body(accepted.request, accepted.response));
    values["ticket"] = text_at(body, plan.ticket);
    if (values["ticket"].empty())
      return fail(ErrorKind::unsupported, fmt::format("the answer has no {}", plan.ticket));
  }
  TRY(Request made, context.request(*plan.status, values));
  made.repeatable = true;
  return made;
}

class Asking {
public:
  Asking(const Context& context, const LaterPlan& plan, const Rules& rules)
      : context_(context), plan_(plan), rules_(rules)
  {
  }

  Later until_told(Request status, chr::milliseconds asked_wait, const std::stop_token& stop)
  {
    later_.request = std::move(status);
    const Ticks deadline = context_.gateway.ticks() + plan_.within;
    chr::milliseconds wait = plan_.every;
    chr::milliseconds least = asked_wait;
    while (true) {
      const Ticks next = context_.gateway.ticks() + std::max(wait, least);
      if (next > deadline)
        return unclear(
            fmt::format("accepted, but not done after {}", schema::write_duration(plan_.within)));
      if (!context_.gateway.sleep_until(next, stop)) return unclear("accepted; stopped waiting");
      if (ask(stop)) return std::move(later_);
      least = pause_;
      wait = std::min(wait * 2, kLongestWait);
    }
  }

  Later unclear(std::string why)
  {
    later_.became = Later::Became::unclear;
    later_.why = std::move(why);
    return std::move(later_);
  }

private:
  // True when there is nothing more to ask.
  bool ask(const std::stop_token& stop)
  {
    pause_ = chr::milliseconds(0);
    Outcome outcome = context_.gateway.ask(later_.request, stop);
    auto* response = std::get_if<Response>(&outcome);
    if (!response) return false;
    const auto verdict = judge(rules_, later_.request, *response, context_.gateway.now());
    if (verdict) {
      pause_ = verdict->error.retry_after.value_or(pause_);
      if (verdict->action == Action::retry || verdict->action == Action::throttled) return false;
      later_.why = "accepted; its outcome cannot be asked for: " + verdict->error.what;
      return true;
    }
    pause_ = retry_after(*response, context_.gateway.now()).value_or(pause_);
    if (response->status == 202) return false;
    later_.response = std::move(*response);
    return told(stop);
  }

  bool told(const std::stop_token& stop)
  {
    const bool needs_body = !plan_.state.empty() || !plan_.result.empty();
    if (!needs_body) return finish(Later::Became::done);
    const auto body = parse_body(later_.request, later_.response);
    if (!body) return false; // a page in between, perhaps
    if (!plan_.state.empty()) {
      const std::string state = text_at(*body, plan_.state);
      if (has(plan_.failed, state)) {
        later_.why = fmt::format("failed: {}", excerpt(text_at(*body, plan_.error)));
        return finish(Later::Became::failed);
      }
      if (!has(plan_.done, state)) return false;
    }
    if (!plan_.result.empty()) return fetch_result(text_at(*body, plan_.result), stop);
    return finish(Later::Became::done);
  }

  bool fetch_result(const std::string& reference, const std::stop_token& stop)
  {
    auto request = request_for(context_, later_.request.url, reference);
    if (!request || reference.empty()) {
      later_.why = "done, but " + (request ? "its outcome has no address" : request.error().what);
      return true;
    }
    Outcome outcome = context_.gateway.ask(*request, stop);
    auto* response = std::get_if<Response>(&outcome);
    if (!response) return false;
    if (judge(rules_, *request, *response, context_.gateway.now())) return false;
    later_.request = std::move(*request);
    later_.response = std::move(*response);
    return finish(Later::Became::done);
  }

  bool finish(Later::Became became)
  {
    later_.became = became;
    return true;
  }

  const Context& context_;
  const LaterPlan& plan_;
  const Rules& rules_;
  Later later_;
  chr::milliseconds pause_{0};
};

void read_address(const Node& block, const std::vector<std::string>& names, LaterPlan& plan,
                  NodeReader& reader)
{
  const Node* status = block.find("status");
  if (!status) {
    reader.wrong(block.place, "'accepted' does not say where the outcome is asked for",
                 "status: { path: \"/jobs/{ticket}\" } or status: location");
    return;
  }
  if (status->is_scalar() && status->scalar == "location") return;
  std::vector<std::string> all = names;
  all.push_back("ticket");
  plan.status = read_request(*status, "GET", all, reader);
  if (plan.status->uses("ticket") && plan.ticket.empty())
    reader.wrong(status->place, "nothing says where {ticket} comes from",
                 "ticket: /jobId, a pointer in the 202");
}

} // namespace

LaterPlan read_later(const Node& block, const std::vector<std::string>& names, NodeReader& reader)
{
  reader.only(block,
              {"status", "ticket", "state", "done", "failed", "error", "result", "key", "version",
               "results", "every", "within"},
              "'accepted'");
  LaterPlan plan;
  plan.ticket = reader.text(block, "ticket");
  plan.state = reader.text(block, "state");
  plan.done = reader.texts(block, "done");
  plan.failed = reader.texts(block, "failed");
  plan.error = reader.text(block, "error");
  plan.result = reader.text(block, "result");
  plan.key = reader.text(block, "key");
  plan.version = reader.text(block, "version");
  plan.results = reader.text(block, "results");
  plan.every = std::max(reader.duration(block, "every").value_or(plan.every), chr::milliseconds(1));
  plan.within = std::min(reader.duration(block, "within").value_or(plan.within), kLongestWithin);
  if (plan.state.empty() != plan.done.empty())
    reader.wrong(block.place, "'state' and 'done' go together",
                 "state: /status, done: [completed]");
  read_address(block, names, plan, reader);
  return plan;
}

Later await_outcome(const Context& context, const Accepted& accepted, std::stop_token stop)
{
  Asking asking(context, accepted.plan, accepted.rules);
  auto status = status_request(context, accepted);
  if (!status) return asking.unclear("accepted, but " + status.error().what);
  const auto wait = retry_after(accepted.response, context.gateway.now());
  return asking.until_told(std::move(*status), wait.value_or(chr::milliseconds(0)), stop);
}

} // namespace gramsetu::connectors::http
