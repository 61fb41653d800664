// Writes of a REST endpoint: each effect once, over the version that the writer knew.
#include "base/digest.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "tests/endpoints/rest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gramsetu::sim {

namespace {

constexpr std::size_t kBulkMax = 200;

// Members of `from` go into `into`; objects are merged, all else is replaced.
void merge(schema::Object& into, const schema::Object& from)
{
  for (const schema::Member& member : from.members()) {
    schema::Value* old = into.find(member.name);
    if (old != nullptr && old->is_object() && member.value.is_object())
      merge(old->object(), member.value.object());
    else
      into.set(member.name, member.value);
  }
}

// `"3"`, `W/"3"` or `3`.
std::string version_of(std::string tag)
{
  if (tag.starts_with("W/")) tag.erase(0, 2);
  std::erase(tag, '"');
  return tag;
}

std::string code_of(Trouble trouble)
{
  switch (trouble) {
  case Trouble::not_found: return "NOT_FOUND";
  case Trouble::none_listed: return "NONE";
  case Trouble::moved: return "VERSION_CONFLICT";
  case Trouble::exists: return "ALREADY_EXISTS";
  case Trouble::gone: return "DELETED";
  case Trouble::invalid: return "INVALID";
  case Trouble::no_version: return "VERSION_REQUIRED";
  case Trouble::key_reused: return "IDEMPOTENCY_KEY";
  }
  return "?";
}

} // namespace

RestEndpoint::Write RestEndpoint::read_write(const StreamShape& shape, const Request& request,
                                             const std::string& id)
{
  const Words& words = dialect_->words();
  Write write{shape, "create", id, "", request.header("idempotency-key"), "", {}, request.body};
  if (request.method != "POST") write.verb = request.method == "PUT" ? "update" : "remove";
  if (auto body = schema::parse_json(request.body.empty() ? "{}" : request.body);
      body && body->is_object())
    write.record = std::move(body->object());
  else
    write.verb = "unreadable";
  write.reference = text_at(write.record, words.reference);
  write.expected = version_of(request.header("if-match"));
  if (write.expected.empty() && words.version_in_body) {
    write.expected = text_at(write.record, words.version);
    if (write.expected.empty()) write.expected = request.parameter(words.version);
  }
  return write;
}

Response RestEndpoint::write_once(const StreamShape& shape, const Request& request,
                                  const std::string& id)
{
  Write write = read_write(shape, request, id);
  const std::string key = write.idempotency_key;
  const std::string fingerprint =
      request.method + " " + request.path + " " + to_hex(sha256(request.body));
  if (const auto known = remembered_.find(key); !key.empty() && known != remembered_.end()) {
    if (known->second.fingerprint != fingerprint)
      return dialect_->trouble(Trouble::key_reused, key);
    ledger().count_replay();
    return known->second.response;
  }
  const Outcome outcome = carry_out(std::move(write));
  Response response = to_response(outcome);
  // Only what had its effect is remembered: a refused write may be tried again under its key.
  if (!outcome.trouble && !key.empty()) {
    Remembered& remembered = remembered_[key];
    remembered = {fingerprint, response};
    remembered.response.headers.emplace_back("Idempotent-Replay", "true");
  }
  return response;
}

Response RestEndpoint::to_response(const Outcome& outcome) const
{
  if (outcome.trouble) return dialect_->trouble(*outcome.trouble, outcome.message);
  Response response;
  response.status = outcome.status;
  response.body = dialect_->one(outcome.row.json);
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", outcome.row.version));
  return response;
}

RestEndpoint::Outcome RestEndpoint::carry_out(Write write)
{
  if (write.verb == "unreadable") return {Trouble::invalid, "the body is no JSON object", 0, {}};
  return write.verb == "create" ? create(write) : update(write);
}

RestEndpoint::Outcome RestEndpoint::create(const Write& write)
{
  const StreamShape& shape = write.shape;
  const Table& table = tables_.at(shape.name);
  if (std::string why = dialect_->check(shape, write.record); !why.empty())
    return {Trouble::invalid, why, 0, {}};
  schema::Object record = without_bookkeeping(write.record);
  record.erase("idempotencyKey");
  if (!write.reference.empty()) record.set(dialect_->words().reference, write.reference);
  const Row fresh = row_of(shape, record);
  const Row* known = fresh.id.empty() ? nullptr : table.by_id(fresh.id);
  if (known == nullptr && !fresh.natural.empty()) known = table.by_natural(fresh.natural);
  if (known == nullptr) known = table.by_reference(write.reference);
  if (known != nullptr) return {known->deleted ? Trouble::gone : Trouble::exists, known->id, 0, {}};
  return settle(write, make_row(shape.name, std::move(record)), 201);
}

std::optional<RestEndpoint::Outcome> RestEndpoint::refuse_version(const Write& write,
                                                                  const Row& row) const
{
  if (write.expected.empty()) return Outcome{Trouble::no_version, "", 0, {}};
  if (write.expected != "*" && write.expected != std::to_string(row.version))
    return Outcome{Trouble::moved, std::to_string(row.version), 0, {}};
  return std::nullopt;
}

RestEndpoint::Outcome RestEndpoint::update(const Write& write)
{
  const StreamShape& shape = write.shape;
  const Row* known = tables_.at(shape.name).by_id(write.id);
  if (known == nullptr) return {Trouble::not_found, write.id, 0, {}};
  const Row row = *known;
  const bool removes = write.verb == "remove";
  if (row.deleted && removes) return {std::nullopt, "", 200, row};
  if (row.deleted) return {Trouble::gone, write.id, 0, {}};
  if (auto refused = refuse_version(write, row)) return *refused;
  schema::Object record = parse(row);
  if (!removes) {
    schema::Object changes = without_bookkeeping(write.record);
    changes.erase("idempotencyKey");
    merge(record, changes);
    if (std::string why = dialect_->check(shape, record); !why.empty())
      return {Trouble::invalid, why, 0, {}};
  }
  return settle(write, changed_row(shape.name, row, std::move(record), removes), 200);
}

RestEndpoint::Outcome RestEndpoint::settle(const Write& write, Row row, int status)
{
  Effect effect;
  effect.at = row.modified;
  effect.stream = write.shape.name;
  effect.verb = write.verb;
  effect.id = row.id;
  effect.key = row.natural;
  effect.reference = row.reference;
  effect.idempotency_key = write.idempotency_key;
  effect.version = row.version;
  effect.body = write.body;
  if (held_)
    held_->push_back(std::move(effect));
  else
    ledger().add(std::move(effect));
  Outcome outcome{std::nullopt, "", status, row};
  tables_.at(write.shape.name).put(std::move(row));
  return outcome;
}

RestEndpoint::Write RestEndpoint::read_item(const StreamShape& shape,
                                            const schema::Object& item) const
{
  const Words& words = dialect_->words();
  Write write{shape,
              "create",
              text_at(item, shape.id),
              text_at(item, words.reference),
              text_at(item, "idempotencyKey"),
              text_at(item, words.version),
              item,
              schema::to_json(item)};
  const schema::Value* deleted = item.find(words.deleted);
  const bool chosen = write.expected.empty() && tables_.at(shape.name).by_id(write.id) == nullptr;
  if (!write.id.empty() && !chosen)
    write.verb = deleted != nullptr && *deleted == words.is_deleted ? "remove" : "update";
  return write;
}

schema::Object RestEndpoint::bulk_item(const StreamShape& shape, const schema::Value& item,
                                       bool& good)
{
  const schema::Object none;
  Write write = read_item(shape, item.is_object() ? item.object() : none);
  const std::string fingerprint = shape.name + to_hex(sha256(write.body));
  const std::string key = write.idempotency_key;
  Outcome outcome;
  if (const auto known = remembered_items_.find(key);
      !key.empty() && known != remembered_items_.end()) {
    if (known->second.first == fingerprint) {
      ledger().count_replay();
      return known->second.second;
    }
    outcome.trouble = Trouble::key_reused;
  } else {
    outcome = carry_out(write);
  }
  schema::Object result;
  result.append("clientReferenceId", write.reference);
  if (outcome.trouble) {
    good = false;
    schema::Object error;
    error.append("code", code_of(*outcome.trouble));
    error.append("message", outcome.message);
    result.append("status", dialect_->trouble(*outcome.trouble, "").status);
    result.append("error", std::move(error));
    return result;
  }
  result.append("status", outcome.status);
  result.append(shape.id, outcome.row.id);
  result.append(dialect_->words().version, outcome.row.version);
  if (!key.empty()) remembered_items_[key] = {fingerprint, result};
  return result;
}

Response RestEndpoint::bulk(const StreamShape& shape, const Request& request)
{
  const auto body = schema::parse_json(request.body);
  const schema::Value* items = body ? schema::at_pointer(*body, "/records") : nullptr;
  if (items == nullptr || !items->is_list())
    return dialect_->trouble(Trouble::invalid, "there is no list 'records'");
  if (items->list().size() > kBulkMax) return text_response(413, "more than 200 records");
  bool good = true;
  schema::List results;
  for (const schema::Value& item : items->list())
    results.emplace_back(bulk_item(shape, item, good));
  // Never in the order of the request: who matches by position must notice.
  std::reverse(results.begin(), results.end());
  if (results.size() > 2) std::rotate(results.begin(), results.begin() + 1, results.end());
  return json_response(good ? 200 : 207, dialect_->bulk(std::move(results)));
}

void RestEndpoint::forget()
{
  const std::scoped_lock lock(mutex_);
  remembered_.clear();
  remembered_items_.clear();
}

// The batch's own key is honoured like that of a single write.
Response RestEndpoint::atomic(const StreamShape& shape, const Request& request)
{
  const std::string key = request.header("idempotency-key");
  const std::string fingerprint = request.path + " " + to_hex(sha256(request.body));
  if (const auto known = remembered_.find(key); !key.empty() && known != remembered_.end()) {
    if (known->second.fingerprint != fingerprint)
      return dialect_->trouble(Trouble::key_reused, key);
    ledger().count_replay();
    return known->second.response;
  }
  Response response = carry_out_all(shape, request);
  if (response.status == 200 && !key.empty()) remembered_[key] = {fingerprint, response};
  return response;
}

// All of the records, or none. Who is to blame is only told to who asks for it (`?names=yes`).
Response RestEndpoint::carry_out_all(const StreamShape& shape, const Request& request)
{
  const auto body = schema::parse_json(request.body);
  const schema::Value* items = body ? schema::at_pointer(*body, "/records") : nullptr;
  if (items == nullptr || !items->is_list())
    return dialect_->trouble(Trouble::invalid, "there is no list 'records'");
  if (items->list().size() > kBulkMax) return text_response(413, "more than 200 records");
  const Table before = tables_.at(shape.name);
  const auto known = remembered_items_;
  held_.emplace();
  bool good = true;
  schema::List results;
  for (const schema::Value& item : items->list())
    results.emplace_back(bulk_item(shape, item, good));
  std::reverse(results.begin(), results.end());
  const auto effects = *std::exchange(held_, std::nullopt);
  if (good) {
    for (const Effect& effect : effects)
      ledger().add(effect);
    return json_response(200, dialect_->bulk(std::move(results)));
  }
  tables_.at(shape.name) = before;
  remembered_items_ = known;
  if (request.parameter("names") == "yes")
    return json_response(422, dialect_->bulk(std::move(results)));
  return dialect_->trouble(Trouble::invalid, "one of the records is not acceptable");
}

} // namespace gramsetu::sim
