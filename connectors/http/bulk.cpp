// Many records in one request; a batch that is rejected as a whole is taken apart until its culprits are alone.
#include "connectors/http/batch.hpp"
#include "connectors/http/dry_run.hpp"
#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::connectors::http {

using Became = Receipt::Outcome;

namespace {

// Requests that one batch may take. Finding one culprit among n takes two for each halving, so of two hundred
// this finds four that lie apart; an endpoint that rejects everything is not asked four hundred times.
constexpr int kRequestsMax = 64;

std::vector<Receipt> all_of(std::size_t count, const Receipt& receipt)
{
  return std::vector<Receipt>(count, receipt);
}

Receipt unknown(std::string what)
{
  return receipt_of(Became::unknown, {ErrorKind::transient, std::move(what), std::nullopt});
}

// What one request came to. A rejected batch had no effect on anybody: the receipts of those whom it was
// rejected for say why, the others are `unknown` here and go again. A single one is always named.
struct Sent {
  std::vector<Receipt> receipts;
  bool rejected = false;
};

// One batch on its way, and its parts.
class Courier {
public:
  Courier(const Context& context, const Stream& stream, const PushPlan& plan, std::stop_token stop)
      : context_(context), stream_(stream), plan_(plan), stop_(std::move(stop))
  {
  }

  std::vector<Receipt> carry(const Intents& intents)
  {
    if (requests_left_ == 0)
      return all_of(intents.size(),
                    receipt_of(Became::not_sent, {ErrorKind::transient,
                                                  "rejected together with others, too many to "
                                                  "find the reason in one go",
                                                  std::nullopt}));
    if (Sent asked = ask_first(intents); asked.rejected || !asked.receipts.empty())
      return resolve(intents, std::move(asked));
    --requests_left_;
    return resolve(intents, send(intents));
  }

private:
  // Who was rejected goes no further; who was rejected for others goes again without them.
  std::vector<Receipt> resolve(const Intents& intents, Sent sent)
  {
    if (!sent.rejected) return std::move(sent.receipts);
    const auto culprits = std::count_if(sent.receipts.begin(), sent.receipts.end(), is_named);
    if (culprits > 0) return without_culprits(intents, std::move(sent.receipts));
    return halved(intents);
  }

  // Would the endpoint take them all? No receipts when it would, or when it is not asked.
  Sent ask_first(const Intents& intents)
  {
    if (!plan_.dry_run.given()) return {};
    --requests_left_;
    std::vector<Intent> questions;
    for (const Intent* intent : intents) {
      questions.push_back(*intent);
      questions.back().idempotency_key = key_of_dry_run(intent->idempotency_key);
    }
    Intents asked;
    for (const Intent& question : questions)
      asked.push_back(&question);
    Sent answer = send(asked, Sending::question);
    const auto is_taken = [](const Receipt& one) { return one.outcome == Became::applied; };
    if (std::all_of(answer.receipts.begin(), answer.receipts.end(), is_taken)) return {};
    for (Receipt& receipt : answer.receipts) {
      receipt.batch.clear(); // nothing went out that could come again
      if (!answer.rejected) receipt = without_effect(std::move(receipt));
    }
    return answer;
  }

  // A rejection that names this one.
  static bool is_named(const Receipt& receipt) { return receipt.outcome != Became::unknown; }

  // The innocent go again, together.
  std::vector<Receipt> without_culprits(const Intents& intents, std::vector<Receipt> receipts)
  {
    Intents innocent;
    for (std::size_t i = 0; i < intents.size(); ++i)
      if (!is_named(receipts[i])) innocent.push_back(intents[i]);
    if (innocent.empty()) return receipts;
    auto rest = carry(innocent);
    auto next = rest.begin();
    for (auto& receipt : receipts)
      if (!is_named(receipt)) receipt = std::move(*next++);
    return receipts;
  }

  std::vector<Receipt> halved(const Intents& intents)
  {
    const auto middle = intents.begin() + static_cast<std::ptrdiff_t>(intents.size() / 2);
    auto receipts = carry(Intents(intents.begin(), middle));
    auto rest = carry(Intents(middle, intents.end()));
    std::move(rest.begin(), rest.end(), std::back_inserter(receipts));
    return receipts;
  }

  Result<Request> request_of(const Batch& batch, const std::string& key) const
  {
    const BulkPlan& bulk = *plan_.bulk;
    Values values = context_.values;
    values["idempotency_key"] = key;
    values = context_.moment(std::move(values));
    TRY(Request request, context_.request(bulk.request, values));
    request.repeatable = false;
    TRY(schema::Value body, batch.items());
    if (!bulk.items.empty()) {
      schema::Value around{schema::Object()};
      if (bulk.request.document) {
        TRY(around, bulk.request.document->fill(values));
      }
      if (!schema::set_at_pointer(around, bulk.items, std::move(body)))
        return fail(ErrorKind::invalid, "the batch does not fit into the request");
      body = std::move(around);
    }
    const Slot& slot = bulk.batch_key;
    if (!slot.header.empty()) request.headers.push_back({slot.header, key});
    if (!slot.query.empty()) add_query(request.url, slot.query, key);
    if (!slot.field.empty() && !schema::set_at_pointer(body, slot.field, schema::Value(key)))
      return fail(ErrorKind::invalid, "the batch's key does not fit into the request");
    TRY_VOID(set_body(request, bulk.request, values, body));
    return request;
  }

  Sent send(const Intents& intents, Sending sending = Sending::write)
  {
    const Batch batch(stream_, plan_, intents);
    const std::string key = batch_key(intents);
    auto request = request_of(batch, key);
    if (request && sending == Sending::question) mark_dry_run(plan_.dry_run, *request);
    if (!request) {
      const auto verdict = intents.size() == 1 ? Became::refused : Became::unknown;
      return {all_of(intents.size(), receipt_of(verdict, request.error())), true};
    }
    Outcome outcome = context_.gateway.ask(*request, stop_);
    Sent sent;
    if (auto* not_sent = std::get_if<NotSent>(&outcome))
      sent.receipts =
          all_of(intents.size(), receipt_of(Became::not_sent, std::move(not_sent->error)));
    else if (auto* unclear = std::get_if<Indeterminate>(&outcome))
      sent.receipts =
          all_of(intents.size(), receipt_of(Became::unknown, std::move(unclear->error)));
    else
      sent = read({batch, *request, std::get<Response>(outcome), sending}, intents);
    for (auto& receipt : sent.receipts)
      receipt.batch = key;
    return sent;
  }

  struct Answer {
    const Batch& batch;
    const Request& request;
    const Response& response;
    Sending sending;
  };

  Sent read(const Answer& answer, const Intents& intents) const
  {
    const auto& [batch, request, response, sending] = answer;
    const std::size_t count = intents.size();
    const auto body = parse_body(request, response);
    if (auto verdict = judge(plan_.rules, request, response, context_.gateway.now())) {
      const bool refused = verdict->action == Action::refuse;
      const auto receipt = failed_receipt(Verb::create, response.status, std::move(*verdict));
      if (!refused) return {all_of(count, receipt)};
      return rejected(batch, request, body ? *body : schema::Value(), receipt);
    }
    if (is_about_all()) return as_a_whole(answer, count);
    const bool no_matter = response.status == 202 && plan_.later;
    if (!body && !no_matter) return {all_of(count, unknown(body.error().what))};
    auto receipts = batch.read(request, body ? *body : schema::Value());
    if (response.status == 202 && plan_.later)
      return {told_later(batch, request, response, receipts)};
    if (response.status == 202 && !plan_.accepted_is_done) accept(request, receipts);
    if (!plan_.bulk->all_or_nothing) return {std::move(receipts)};
    const bool good = succeeded(plan_.rules, *body) &&
                      std::none_of(receipts.begin(), receipts.end(), names_a_culprit);
    if (good) return {std::move(receipts)};
    const auto refusal =
        receipt_of(Became::refused,
                   {ErrorKind::invalid, request.label + ": the batch was rejected", std::nullopt});
    return rejected(batch, request, *body, refusal);
  }

  bool is_about_all() const { return plan_.bulk->match.empty(); }

  // Of several, a rejection is nobody's yet. A question that was answered no had no effect; a write that the
  // answers of its question and its own disagree about may have been carried out in part.
  Sent as_a_whole(const Answer& answer, std::size_t count) const
  {
    Receipt receipt = whole_receipt(plan_, answer.request, answer.response);
    const bool refused = receipt.outcome == Became::refused;
    if (refused && count > 1) receipt.outcome = Became::unknown;
    return {all_of(count, receipt), refused && answer.sending == Sending::question};
  }

  static bool names_a_culprit(const Receipt& receipt)
  {
    return receipt.outcome != Became::applied && receipt.outcome != Became::unknown;
  }

  // Who is named in the rejection of an all-or-nothing batch keeps what is said of him; whatever is said of the
  // others, nothing was carried out. Other endpoints name nobody, and a single one needs no name.
  Sent rejected(const Batch& batch, const Request& request, const schema::Value& body,
                const Receipt& refusal) const
  {
    auto receipts = batch.read(request, plan_.bulk->all_or_nothing ? body : schema::Value());
    for (auto& receipt : receipts) {
      if (names_a_culprit(receipt)) continue;
      receipt = refusal;
      if (receipts.size() > 1) receipt.outcome = Became::unknown;
    }
    return {std::move(receipts), true};
  }

  // 202: carried out later, and asked for. What was refused at once stays so; whom the outcome does not name
  // is unknown, whatever the batch as a whole is said to be.
  std::vector<Receipt> told_later(const Batch& batch, const Request& request,
                                  const Response& response, std::vector<Receipt> at_once) const
  {
    const Later later =
        await_outcome(context_, {*plan_.later, plan_.rules, request, response}, stop_);
    const auto body = parse_body(later.request, later.response);
    std::vector<Receipt> told(at_once.size(), unknown(later.request.label + ": " + later.why));
    if (later.became != Later::Became::unclear && body)
      told = batch.read(later.request, *body, plan_.later->results);
    for (std::size_t i = 0; i < told.size(); ++i)
      if (names_a_culprit(at_once[i])) told[i] = std::move(at_once[i]);
    return told;
  }

  // 202: taken in, and carried out later or not.
  static void accept(const Request& request, std::vector<Receipt>& receipts)
  {
    for (auto& receipt : receipts)
      if (receipt.outcome == Became::applied) receipt = accepted_receipt(request);
  }

  const Context& context_;
  const Stream& stream_;
  const PushPlan& plan_;
  const std::stop_token stop_;
  int requests_left_ = kRequestsMax;
};

} // namespace

std::vector<Receipt> push_bulk(const Context& context, const Stream& stream,
                               const std::vector<const Intent*>& intents, std::stop_token stop)
{
  const auto found = context.plan_of(stream);
  if (!found) return all_of(intents.size(), receipt_of(Became::not_sent, found.error()));
  return Courier(context, stream, (*found)->push, std::move(stop)).carry(intents);
}

} // namespace gramsetu::connectors::http
