// Items of a batch made, results of its answer matched.
#include "connectors/http/batch.hpp"

#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

using Became = Receipt::Outcome;

namespace {

// An item without a result of its own: nobody says what became of it.
Receipt unknown(std::string what)
{
  return receipt_of(Became::unknown, {ErrorKind::transient, std::move(what), std::nullopt});
}

std::string text_at(const schema::Value& value, const std::string& pointer)
{
  const schema::Value* found = pointer.empty() ? nullptr : schema::at_pointer(value, pointer);
  return found ? scalar_text(*found) : std::string();
}

Result<void> put(schema::Value& item, const std::string& pointer, schema::Value value)
{
  if (pointer.empty() || schema::set_at_pointer(item, pointer, std::move(value))) return {};
  return fail(ErrorKind::invalid, fmt::format("'{}' does not fit into the record", pointer));
}

} // namespace

Batch::Batch(const Stream& stream, const PushPlan& plan, const Intents& intents)
    : stream_(stream), bulk_(*plan.bulk), intents_(intents)
{
  for (std::size_t i = 0; i < intents.size(); ++i)
    index_.emplace(name_of_intent(i), i);
}

Result<schema::Value> Batch::items() const
{
  schema::List list;
  for (const Intent* intent : intents_) {
    TRY(schema::Value value, item(*intent));
    list.push_back(std::move(value));
  }
  return schema::Value(std::move(list));
}

std::vector<Receipt> Batch::read(const Request& request, const schema::Value& body,
                                 const std::string& elsewhere) const
{
  std::vector<Receipt> receipts(
      intents_.size(), unknown(request.label + ": the answer says nothing of this record"));
  const schema::Value* results =
      schema::at_pointer(body, elsewhere.empty() ? bulk_.results : elsewhere);
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

Result<schema::Value> Batch::item(const Intent& intent) const
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

std::string Batch::name_of_intent(std::size_t index) const
{
  const Intent& intent = *intents_[index];
  if (bulk_.match_by == "index") return std::to_string(index);
  if (bulk_.match_by == "id") return intent.remote_id;
  if (bulk_.match_by == "idempotency_key") return intent.idempotency_key;
  Values values;
  add_key(values, stream_, intent.key, intent.remote_id);
  return values["key"];
}

Receipt Batch::receipt(const Request& request, const Intent& intent,
                       const schema::Value& result) const
{
  const schema::Value* error =
      bulk_.error.empty() ? nullptr : schema::at_pointer(result, bulk_.error);
  if (error && !error->is_empty()) return rejected(request, intent, result, *error);
  Receipt receipt = receipt_of(Became::applied, {ErrorKind::transient, "", std::nullopt});
  const std::string id = text_at(result, bulk_.result_key);
  receipt.remote_id = id.empty() ? intent.remote_id : id;
  receipt.version = text_at(result, bulk_.result_version);
  if (intent.verb == Verb::create && !bulk_.result_key.empty() && id.empty())
    return unknown(fmt::format("{}: the result has no {}", request.label, bulk_.result_key));
  return receipt;
}

Receipt Batch::rejected(const Request& request, const Intent& intent, const schema::Value& result,
                        const schema::Value& error) const
{
  const std::string code = text_at(result, bulk_.code);
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

} // namespace gramsetu::connectors::http
