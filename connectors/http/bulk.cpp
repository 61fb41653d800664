// Many records in one request, and whose each result is.
#include "connectors/api/extract.hpp"
#include "connectors/http/push.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gramsetu::connectors::http {

using Became = Receipt::Outcome;

namespace {

using Intents = std::vector<const Intent*>;

std::vector<Receipt> all_of(std::size_t count, const Receipt& receipt)
{
  return std::vector<Receipt>(count, receipt);
}

Receipt unknown(std::string what)
{
  return receipt_of(Became::unknown, {ErrorKind::transient, std::move(what), std::nullopt});
}

std::string text_at(const schema::Value& value, const std::string& pointer)
{
  const schema::Value* found = schema::at_pointer(value, pointer);
  return found ? scalar_text(*found) : std::string();
}

// The batch as it is matched: what each result is expected to name.
class Batch {
public:
  Batch(const Stream& stream, const PushPlan& plan, const Intents& intents)
      : stream_(stream), bulk_(*plan.bulk), intents_(intents)
  {
    for (std::size_t i = 0; i < intents.size(); ++i)
      index_.emplace(name_of_intent(i), i);
  }

  Result<schema::Value> items() const
  {
    schema::List list;
    for (const Intent* intent : intents_) {
      TRY(schema::Value value, item(*intent));
      list.push_back(std::move(value));
    }
    return schema::Value(std::move(list));
  }

  std::vector<Receipt> read(const Request& request, const schema::Value& body) const
  {
    std::vector<Receipt> receipts = all_of(
        intents_.size(), unknown(request.label + ": the answer says nothing of this record"));
    const schema::Value* results = schema::at_pointer(body, bulk_.results);
    if (!results || !results->is_list()) return receipts;
    std::vector<int> times(intents_.size(), 0);
    for (const schema::Value& result : results->list()) {
      const auto found = index_.find(text_at(result, bulk_.match));
      if (found == index_.end() || found->first.empty()) continue;
      const std::size_t whose = found->second;
      receipts[whose] = receipt(request, *intents_[whose], result);
      if (++times[whose] > 1)
        receipts[whose] = unknown(request.label + ": the answer speaks of this record twice");
    }
    return receipts;
  }

private:
  Result<schema::Value> item(const Intent& intent) const
  {
    schema::Value made{schema::Object()};
    schema::Value record = intent.body.is_absent() ? schema::Value(schema::Object()) : intent.body;
    if (bulk_.body.empty())
      made = std::move(record);
    else
      TRY_VOID(put(made, bulk_.body, std::move(record)));
    Values values;
    add_key(values, stream_, intent.key, intent.remote_id);
    TRY_VOID(put(made, bulk_.key, schema::Value(values["key"])));
    TRY_VOID(put(made, bulk_.idempotency, schema::Value(intent.idempotency_key)));
    if (const auto word = bulk_.operations.find(intent.verb); word != bulk_.operations.end())
      TRY_VOID(put(made, bulk_.operation, word->second));
    if (intent.verb == Verb::create) return made;
    TRY_VOID(put(made, bulk_.id, schema::Value(intent.remote_id)));
    if (intent.expected_version.empty()) return made;
    const auto number = schema::read_integer(intent.expected_version);
    TRY_VOID(put(made, bulk_.expected,
                 number ? schema::Value(*number) : schema::Value(intent.expected_version)));
    return made;
  }

  static Result<void> put(schema::Value& item, const std::string& pointer, schema::Value value)
  {
    if (pointer.empty() || schema::set_at_pointer(item, pointer, std::move(value))) return {};
    return fail(ErrorKind::invalid, fmt::format("'{}' does not fit into the record", pointer));
  }

  std::string name_of_intent(std::size_t index) const
  {
    const Intent& intent = *intents_[index];
    if (bulk_.match_by == "index") return std::to_string(index);
    if (bulk_.match_by == "id") return intent.remote_id;
    if (bulk_.match_by == "idempotency_key") return intent.idempotency_key;
    Values values;
    add_key(values, stream_, intent.key, intent.remote_id);
    return values["key"];
  }

  Receipt receipt(const Request& request, const Intent& intent, const schema::Value& result) const
  {
    const schema::Value* error =
        bulk_.error.empty() ? nullptr : schema::at_pointer(result, bulk_.error);
    if (error && !error->is_empty()) return rejected(request, intent, result, *error);
    Receipt receipt = receipt_of(Became::applied, {ErrorKind::transient, "", std::nullopt});
    const std::string id = text_at_or(result, bulk_.result_key);
    receipt.remote_id = id.empty() ? intent.remote_id : id;
    receipt.version = text_at_or(result, bulk_.result_version);
    if (intent.verb == Verb::create && !bulk_.result_key.empty() && id.empty())
      return unknown(fmt::format("{}: the result has no {}", request.label, bulk_.result_key));
    return receipt;
  }

  static std::string text_at_or(const schema::Value& result, const std::string& pointer)
  {
    return pointer.empty() ? std::string() : text_at(result, pointer);
  }

  Receipt rejected(const Request& request, const Intent& intent, const schema::Value& result,
                   const schema::Value& error) const
  {
    const std::string code = text_at_or(result, bulk_.code);
    const auto is = [&](const std::vector<std::string>& codes) {
      return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    const auto verdict = [&](Action action, ErrorKind kind) {
      const std::string what =
          fmt::format("{}: rejected: {}", request.label, excerpt(schema::to_json(error)));
      return failed_receipt(intent.verb, 503, {action, {kind, what, std::nullopt}});
    };
    if (is(bulk_.moved)) return verdict(Action::moved, ErrorKind::precondition);
    if (is(bulk_.retry)) return verdict(Action::retry, ErrorKind::transient);
    if (is(bulk_.gone)) return verdict(Action::not_found, ErrorKind::not_found);
    return verdict(Action::refuse, ErrorKind::invalid);
  }

  const Stream& stream_;
  const BulkPlan& bulk_;
  const Intents& intents_;
  std::map<std::string, std::size_t> index_; // by what the results name
};

Result<Request> bulk_request(const Context& context, const BulkPlan& bulk, schema::Value items)
{
  TRY(Request request, context.request(bulk.request, context.values));
  request.repeatable = false;
  schema::Value body = std::move(items);
  if (!bulk.items.empty()) {
    schema::Value around{schema::Object()};
    if (bulk.request.json) {
      TRY(around, bulk.request.json->fill(context.values));
    }
    if (!schema::set_at_pointer(around, bulk.items, std::move(body)))
      return fail(ErrorKind::invalid, "the batch does not fit into the request");
    body = std::move(around);
  }
  std::erase_if(request.headers,
                [](const Header& header) { return same_name(header.name, "Content-Type"); });
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = schema::to_json(body);
  return request;
}

// A batch that is refused as a whole had no effect: halves find the one that it was refused for.
std::vector<Receipt> split(const Context& context, const Stream& stream, const Intents& intents,
                           std::stop_token stop)
{
  const auto middle = intents.begin() + static_cast<std::ptrdiff_t>(intents.size() / 2);
  auto receipts = push_bulk(context, stream, Intents(intents.begin(), middle), stop);
  auto rest = push_bulk(context, stream, Intents(middle, intents.end()), stop);
  std::move(rest.begin(), rest.end(), std::back_inserter(receipts));
  return receipts;
}

} // namespace

std::vector<Receipt> push_bulk(const Context& context, const Stream& stream,
                               const std::vector<const Intent*>& intents, std::stop_token stop)
{
  const std::size_t count = intents.size();
  const auto found = context.plan_of(stream);
  if (!found) return all_of(count, receipt_of(Became::not_sent, found.error()));
  const PushPlan& plan = (*found)->push;
  const Batch batch(stream, plan, intents);
  auto items = batch.items();
  if (!items) return all_of(count, receipt_of(Became::refused, items.error()));
  const auto request = bulk_request(context, *plan.bulk, std::move(*items));
  if (!request) return all_of(count, receipt_of(Became::refused, request.error()));

  Outcome outcome = context.gateway.ask(*request, stop);
  if (auto* not_sent = std::get_if<NotSent>(&outcome))
    return all_of(count, receipt_of(Became::not_sent, std::move(not_sent->error)));
  if (auto* unclear = std::get_if<Indeterminate>(&outcome))
    return all_of(count, receipt_of(Became::unknown, std::move(unclear->error)));
  const Response& response = std::get<Response>(outcome);
  if (auto verdict = judge(plan.rules, *request, response, context.gateway.now())) {
    if (verdict->action == Action::refuse && count > 1)
      return split(context, stream, intents, stop);
    return all_of(count, failed_receipt(Verb::create, response.status, std::move(*verdict)));
  }
  const auto body = parse_body(*request, response);
  if (!body) return all_of(count, unknown(body.error().what));
  return batch.read(*request, *body);
}

} // namespace gramsetu::connectors::http
