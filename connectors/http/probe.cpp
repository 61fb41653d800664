// Reading records back one by one; the cheapest request that shows that we are let in.
#include "connectors/http/probe.hpp"

#include "connectors/api/extract.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace {

Result<const ProbeWay*> way_to(const ProbePlan& probe, const Stream& stream,
                               const Reference& reference)
{
  if (probe.by_id && !reference.remote_id.empty()) return &*probe.by_id;
  if (probe.by_key) return &*probe.by_key;
  return fail(
      ErrorKind::unsupported,
      fmt::format("stream '{}' cannot look for a record without its remote id", stream.name));
}

// A search by key may answer with a list, deleted records among them. More than one living match is
// not for a machine to choose from.
Result<const schema::Value*> one_of(const Stream& stream, const schema::List& list,
                                    const Request& request)
{
  const schema::Value* found = nullptr;
  std::size_t living = 0;
  for (const schema::Value& item : list) {
    const bool lives = !extract(stream, item).deleted;
    living += lives ? 1 : 0;
    if (lives || !found) found = &item;
  }
  if (living > 1)
    return fail(ErrorKind::invalid, request.label + ": several records have this key");
  return found;
}

Result<const schema::Value*> record_in(const Stream& stream, const schema::Value& body,
                                       const std::string& pointer, const Request& request)
{
  const schema::Value* found = schema::at_pointer(body, pointer);
  if (!found)
    return fail(ErrorKind::transient,
                fmt::format("{}: the answer has no {}", request.label, pointer));
  if (found->is_list()) {
    TRY(found, one_of(stream, found->list(), request));
    if (!found) return found;
  }
  if (found->is_null()) return static_cast<const schema::Value*>(nullptr);
  if (!found->is_object())
    return fail(ErrorKind::transient, request.label + ": the answer holds no record");
  return found;
}

Result<Sighting> look(const Context& context, const Stream& stream, const StreamPlan& plan,
                      const Reference& reference, std::stop_token stop)
{
  const ProbePlan& probe = *plan.push.probe;
  TRY(const ProbeWay* way, way_to(probe, stream, reference));
  Values values = context.values;
  add_key(values, stream, reference.key, reference.remote_id);
  TRY(Request request, context.request(way->request, values));
  request.repeatable = true;
  Outcome outcome = context.gateway.ask(request, stop);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return tl::unexpected<Error>(error_of(std::move(outcome)));

  Sighting sighting;
  const PushPlan& push = plan.push;
  if (auto verdict = judge(push.rules, request, *response, context.gateway.now())) {
    const bool absent = verdict->action == Action::not_found || verdict->action == Action::empty;
    if (absent) return sighting;
    return tl::unexpected<Error>(std::move(verdict->error));
  }
  TRY(schema::Value body, parse_body(request, *response));
  const bool says_so = push.rules.success && !push.rules.success->of_writes;
  if (says_so && !succeeded(push.rules, body))
    return fail(ErrorKind::invalid,
                fmt::format("{}: answered {}, and {} says that it failed", request.label,
                            response->status, push.rules.success->pointers.front()));
  TRY(const schema::Value* record, record_in(stream, body, way->record, request));
  if (!record) return sighting;
  sighting.found = true;
  sighting.record = extract(stream, *record);
  const std::string* tag = response->header("ETag");
  if (plan.etag && tag) sighting.record.version = *tag;
  return sighting;
}

// The first page of a stream, one record of it, when that needs no slice to ask for.
std::optional<Request> first_page(const Context& context, const Manifest& manifest)
{
  for (const Stream& stream : manifest.streams) {
    const auto plan = context.plan_of(stream);
    if (!plan || !(*plan)->pull || !stream.slices.empty()) continue;
    const PullPlan& pull = *(*plan)->pull;
    const auto extras = page_extras(pull.pages, Position{}, 1);
    auto request = context.request(pull.request, context.values, extras);
    if (request) return std::move(*request);
  }
  return std::nullopt;
}

} // namespace

Result<std::vector<Sighting>> probe(const Context& context, const Stream& stream,
                                    std::span<const Reference> references, std::stop_token stop)
{
  TRY(const StreamPlan* plan, context.plan_of(stream));
  if (!plan->push.probe)
    return fail(ErrorKind::unsupported,
                fmt::format("records of stream '{}' cannot be looked at one by one", stream.name));
  std::vector<Sighting> sightings;
  for (const Reference& reference : references) {
    TRY(Sighting sighting, look(context, stream, *plan, reference, stop));
    sightings.push_back(std::move(sighting));
  }
  return sightings;
}

Result<std::string> reach(const Context& context, const Manifest& manifest, std::stop_token stop)
{
  std::optional<Request> request;
  if (context.plan.reach) {
    TRY(request, context.request(*context.plan.reach, context.values));
  } else {
    request = first_page(context, manifest);
  }
  const bool plain = !request; // nothing can be asked for: any answer at the address will do
  if (plain) {
    request.emplace();
    request->url = context.gateway.base().text();
    request->label = "GET " + context.gateway.base().path;
  }
  request->repeatable = true;
  Outcome outcome = context.gateway.ask(*request, stop);
  auto* response = std::get_if<Response>(&outcome);
  if (!response) return tl::unexpected<Error>(error_of(std::move(outcome)));
  if (auto verdict = judge(context.plan.rules, *request, *response, context.gateway.now())) {
    const bool fine = verdict->action == Action::empty ||
                      (plain && verdict->error.kind != ErrorKind::unauthorized &&
                       verdict->error.kind != ErrorKind::transient);
    if (!fine) return tl::unexpected<Error>(std::move(verdict->error));
  }
  return fmt::format("{} answered {}, {} bytes", request->label, response->status,
                     response->body.size());
}

} // namespace gramsetu::connectors::http
