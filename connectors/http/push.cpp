// One record, one request; and what its answer means.
#include "connectors/http/push.hpp"

#include "connectors/api/extract.hpp"
#include "connectors/http/dry_run.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

using Became = Receipt::Outcome; // what became of an intent

namespace {

const std::optional<WritePlan>& plan_of(const PushPlan& plan, Verb verb)
{
  switch (verb) {
  case Verb::create: return plan.create;
  case Verb::update: return plan.update;
  case Verb::remove: break;
  }
  return plan.remove;
}

// An entity tag is quoted (RFC 9110, section 8.8.3); what an endpoint gave as one is left alone.
std::string entity_tag(const std::string& version)
{
  const bool is_tag = version.size() >= 2 && version.back() == '"' &&
                      (version.front() == '"' || version.substr(0, 3) == "W/\"");
  return is_tag ? version : "\"" + version + "\"";
}

// A version in a body is a number when it looks like one: that is how endpoints gave it.
schema::Value version_value(const std::string& version)
{
  if (const auto number = schema::read_integer(version)) return schema::Value(*number);
  return schema::Value(version);
}

Result<void> put_field(schema::Value& body, const std::string& pointer, schema::Value value)
{
  if (body.is_absent()) body = schema::Value(schema::Object());
  if (schema::set_at_pointer(body, pointer, std::move(value))) return {};
  return fail(ErrorKind::invalid, fmt::format("'{}' does not fit into the record", pointer));
}

// Puts version and idempotency key where the endpoint wants them.
Result<void> put_slots(const PushPlan& plan, const Intent& intent, Request& request,
                       schema::Value& body)
{
  const Slot& match = plan.if_match;
  if (intent.verb != Verb::create && !intent.expected_version.empty()) {
    const std::string& version = intent.expected_version;
    if (!match.header.empty()) request.headers.push_back({match.header, entity_tag(version)});
    if (!match.query.empty()) add_query(request.url, match.query, version);
    if (!match.field.empty()) TRY_VOID(put_field(body, match.field, version_value(version)));
  }
  const Slot& key = plan.idempotency;
  if (!key.header.empty()) request.headers.push_back({key.header, intent.idempotency_key});
  if (!key.query.empty()) add_query(request.url, key.query, intent.idempotency_key);
  if (!key.field.empty())
    TRY_VOID(put_field(body, key.field, schema::Value(intent.idempotency_key)));
  return {};
}

Result<Request> write_request(const Context& context, const Stream& stream, const PushPlan& plan,
                              const Intent& intent)
{
  const WritePlan& write = *plan_of(plan, intent.verb);
  Values values = context.values;
  add_key(values, stream, intent.key, intent.remote_id);
  values["version"] = intent.expected_version;
  values["idempotency_key"] = intent.idempotency_key;
  values = context.moment(std::move(values));
  TRY(Request request, context.request(write.request, values));
  request.repeatable = false;

  schema::Value body = write.sends ? intent.body : schema::Value();
  TRY_VOID(put_slots(plan, intent, request, body));
  if (body.is_absent() && !write.sends) return request;
  if (!write.body.empty()) {
    schema::Value around{schema::Object()};
    if (write.request.document) {
      TRY(around, write.request.document->fill(values));
    }
    TRY_VOID(put_field(around, write.body, std::move(body)));
    body = std::move(around);
  }
  TRY_VOID(set_body(request, write.request, values, body));
  return request;
}

std::string text_at(const schema::Value& body, const std::string& pointer)
{
  const schema::Value* value = pointer.empty() ? nullptr : schema::at_pointer(body, pointer);
  return value ? scalar_text(*value) : std::string();
}

Receipt unknown(std::string what)
{
  return receipt_of(Became::unknown, {ErrorKind::transient, std::move(what), std::nullopt});
}

// What a 202 came to. What the endpoint itself calls failed had no effect; whatever else is not done is unknown.
Receipt later_receipt(const LaterPlan& plan, const Intent& intent, const Later& later)
{
  const std::string what = fmt::format("{}: {}", later.request.label, later.why);
  if (later.became == Later::Became::failed)
    return receipt_of(Became::refused, {ErrorKind::invalid, what, std::nullopt});
  if (later.became == Later::Became::unclear)
    return receipt_of(Became::unknown, {ErrorKind::unsupported, what, std::nullopt});
  Receipt receipt = receipt_of(Became::applied, {ErrorKind::transient, "", std::nullopt});
  receipt.remote_id = intent.remote_id;
  if (plan.key.empty() && plan.version.empty()) return receipt;
  const auto body = parse_body(later.request, later.response);
  if (!body) return unknown(body.error().what);
  const std::string id = text_at(*body, plan.key);
  if (intent.verb == Verb::create && !plan.key.empty() && id.empty())
    return unknown(fmt::format("{}: the outcome has no {}", later.request.label, plan.key));
  if (!id.empty()) receipt.remote_id = id;
  receipt.version = text_at(*body, plan.version);
  return receipt;
}

// A 2xx. It is the record's confirmation only when everything that the manifest names in it is there.
Receipt success_receipt(const StreamPlan& stream, const Intent& intent, const Request& request,
                        const Response& response)
{
  const PushPlan& plan = stream.push;
  const WritePlan& write = *plan_of(plan, intent.verb);
  if (response.status == 202 && !plan.accepted_is_done) return accepted_receipt(request);
  if (is_web_page(response)) return unknown(request.label + ": answered with a web page");
  Receipt receipt = receipt_of(Became::applied, {ErrorKind::transient, "", std::nullopt});
  receipt.remote_id = intent.remote_id;
  if (const std::string* tag = response.header("ETag"); tag && stream.etag) receipt.version = *tag;

  const bool needs_body = plan.rules.success || !write.key.empty() || !write.version.empty();
  if (!needs_body) return receipt;
  if (response.body.empty() && !plan.rules.success && intent.verb != Verb::create) return receipt;
  const auto body = parse_body(request, response);
  if (!body) return unknown(body.error().what);
  if (!succeeded(plan.rules, *body)) return whole_receipt(plan, request, response);
  const std::string id = text_at(*body, write.key);
  if (intent.verb == Verb::create && !write.key.empty() && id.empty())
    return unknown(fmt::format("{}: the answer has no {}", request.label, write.key));
  if (!id.empty()) receipt.remote_id = id;
  if (const std::string version = text_at(*body, write.version); !version.empty())
    receipt.version = version;
  return receipt;
}

} // namespace

Receipt whole_receipt(const PushPlan& plan, const Request& request, const Response& response)
{
  if (response.status == 202 && !plan.accepted_is_done) return accepted_receipt(request);
  if (is_web_page(response)) return unknown(request.label + ": answered with a web page");
  const Receipt applied = receipt_of(Became::applied, {ErrorKind::transient, "", std::nullopt});
  if (!plan.rules.success) return applied;
  const auto body = parse_body(request, response);
  if (!body) return unknown(body.error().what);
  if (succeeded(plan.rules, *body)) return applied;
  return receipt_of(
      Became::refused,
      {ErrorKind::invalid,
       fmt::format("{}: answered {}, and {} says that it failed: {}", request.label,
                   response.status, plan.rules.success->pointers.front(), excerpt(response.body)),
       std::nullopt});
}

Receipt receipt_of(Receipt::Outcome outcome, Error error)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = std::move(error);
  return receipt;
}

// Not `transient`: the endpoint is well and answers, so there is no reason to leave it alone.
Receipt accepted_receipt(const Request& request)
{
  return receipt_of(
      Became::unknown,
      {ErrorKind::unsupported, request.label + ": accepted, but not done yet", std::nullopt});
}

Receipt failed_receipt(Verb verb, int status, Verdict verdict)
{
  switch (verdict.action) {
  case Action::throttled:
  case Action::unauthorized: return receipt_of(Became::not_sent, std::move(verdict.error));
  case Action::retry: {
    // 503 and 408 say that the request was not taken up. Behind any other failure it may have been.
    const bool untouched = status == 503 || status == 408;
    return receipt_of(untouched ? Became::not_sent : Became::unknown, std::move(verdict.error));
  }
  case Action::moved: return receipt_of(Became::moved, std::move(verdict.error));
  case Action::not_found:
  case Action::empty:
    // What is to be gone is gone; what is to be changed has gone meanwhile: look, and decide again.
    if (verb == Verb::remove) return receipt_of(Became::applied, std::move(verdict.error));
    return receipt_of(verb == Verb::update ? Became::moved : Became::refused,
                      std::move(verdict.error));
  case Action::fail:
    // A redirect: the record is fine, the address is not. Nothing went anywhere else.
    if (status < 400) return receipt_of(Became::not_sent, std::move(verdict.error));
    [[fallthrough]];
  case Action::refuse: break;
  }
  return receipt_of(Became::refused, std::move(verdict.error));
}

namespace {

// What is written either way can do no more than both ways can.
void add_bulk(Capabilities& able, const BulkPlan& bulk)
{
  able.batch_max = bulk.max;
  bool overwrites = false;
  for (const Verb verb : bulk.verbs) {
    able.creates = able.creates || verb == Verb::create;
    able.updates = able.updates || verb == Verb::update;
    able.removes = able.removes || verb == Verb::remove;
    overwrites = overwrites || verb != Verb::create;
  }
  able.if_version = able.if_version && (!overwrites || !bulk.expected.empty());
  able.keys_by_batch = bulk.idempotency.empty() && bulk.batch_key.given();
  able.idempotent = able.idempotent && (!bulk.idempotency.empty() || able.keys_by_batch);
}

} // namespace

Capabilities capabilities_of(const PushPlan& plan)
{
  Capabilities able;
  able.creates = plan.create.has_value();
  able.updates = plan.update.has_value();
  able.removes = plan.remove.has_value();
  able.probes = plan.probe.has_value();
  if (plan.probe) able.probe_lag = plan.probe->lag;
  able.retention = plan.retention;
  const bool by_itself = able.creates || able.updates || able.removes;
  able.idempotent = plan.idempotency.given() || (plan.bulk && !by_itself);
  able.if_version = plan.if_match.given() || (plan.bulk && !by_itself);
  if (plan.bulk) add_bulk(able, *plan.bulk);
  return able;
}

namespace {

// One intent on its way.
struct Errand {
  const Context& context;
  const StreamPlan& stream;
  const std::stop_token& stop;
};

Receipt send_one(const Errand& errand, const Stream& stream, const Intent& intent, Sending sending)
{
  const auto& [context, known, stop] = errand;
  const PushPlan& plan = known.push;
  auto request = write_request(context, stream, plan, intent);
  if (!request) return receipt_of(Became::refused, request.error());
  if (sending == Sending::question) mark_dry_run(plan.dry_run, *request);

  Outcome outcome = context.gateway.ask(*request, stop);
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) {
    // A request that must not leave, for a line break in a header say, will not be better tomorrow.
    const bool hopeless = not_sent->error.kind == ErrorKind::invalid;
    return receipt_of(hopeless ? Became::refused : Became::not_sent, std::move(not_sent->error));
  }
  if (auto* unclear = std::get_if<Indeterminate>(&outcome))
    return receipt_of(Became::unknown, std::move(unclear->error));
  const Response& response = std::get<Response>(outcome);
  auto verdict = judge(plan.rules, *request, response, context.gateway.now());
  if (!verdict && sending == Sending::question) return whole_receipt(plan, *request, response);
  if (!verdict && response.status == 202 && plan.later) {
    LaterPlan later = *plan.later;
    if (later.key.empty()) later.key = plan_of(plan, intent.verb)->key;
    if (later.version.empty()) later.version = plan_of(plan, intent.verb)->version;
    return later_receipt(later, intent,
                         await_outcome(context, {later, plan.rules, *request, response}, stop));
  }
  if (!verdict) return success_receipt(known, intent, *request, response);
  return failed_receipt(intent.verb, response.status, std::move(*verdict));
}

} // namespace

Receipt push_one(const Context& context, const Stream& stream, const Intent& intent,
                 std::stop_token stop)
{
  const auto found = context.plan_of(stream);
  if (!found) return receipt_of(Became::not_sent, found.error());
  const PushPlan& plan = (*found)->push;
  if (!plan_of(plan, intent.verb))
    return receipt_of(Became::refused,
                      {ErrorKind::unsupported,
                       fmt::format("stream '{}' cannot {}", stream.name, name_of(intent.verb)),
                       std::nullopt});
  const Errand errand{context, **found, stop};
  if (plan.dry_run.given()) {
    Intent question = intent;
    question.idempotency_key = key_of_dry_run(intent.idempotency_key);
    Receipt receipt = without_effect(send_one(errand, stream, question, Sending::question));
    if (receipt.outcome != Became::applied) return receipt;
  }
  return send_one(errand, stream, intent, Sending::write);
}

std::vector<Receipt> push(const Context& context, const Stream& stream,
                          std::span<const Intent> intents, std::stop_token stop)
{
  std::vector<Receipt> receipts(intents.size());
  std::vector<const Intent*> together;
  const auto plan = context.plan_of(stream);
  const BulkPlan* bulk = plan && (*plan)->push.bulk ? &*(*plan)->push.bulk : nullptr;
  const auto place = [&](const Intent* intent) { return intent - intents.data(); };
  const auto flush = [&] {
    if (together.empty()) return;
    auto some = push_bulk(context, stream, together, stop);
    for (std::size_t i = 0; i < together.size(); ++i)
      receipts[place(together[i])] = std::move(some[i]);
    together.clear();
  };
  for (const Intent& intent : intents) {
    // One that comes by itself goes by itself, unless it was in a batch before or there is no other way.
    const bool alone = intents.size() == 1 && intent.batch.empty();
    const bool in_bulk =
        bulk && (!alone || !plan_of((*plan)->push, intent.verb)) &&
        std::find(bulk->verbs.begin(), bulk->verbs.end(), intent.verb) != bulk->verbs.end();
    if (!in_bulk) {
      receipts[place(&intent)] = push_one(context, stream, intent, stop);
      continue;
    }
    // Results are told apart by what they name: two writes of one record take two batches.
    const auto same = [&](const Intent* other) { return other->key == intent.key; };
    if (std::any_of(together.begin(), together.end(), same)) flush();
    together.push_back(&intent);
    if (together.size() >= bulk->max) flush();
  }
  flush();
  return receipts;
}

} // namespace gramsetu::connectors::http
