// What a target is told, and what may be concluded from what it says.
#include "connectors/exec/target.hpp"

#include "base/check.hpp"
#include "connectors/api/extract.hpp"
#include "connectors/exec/message.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::exec {

using schema::Object;
using schema::Value;

namespace {

Receipt receipt_of(Receipt::Outcome outcome, Error error)
{
  Receipt receipt;
  receipt.outcome = outcome;
  receipt.error = std::move(error);
  return receipt;
}

bool has_type(const Value& property, std::string_view type)
{
  const Value* types = property.is_object() ? property.object().find("type") : nullptr;
  if (!types) return true; // nothing is said: everything fits
  if (types->is_text()) return types->text() == type;
  return types->is_list() && std::any_of(types->list().begin(), types->list().end(),
                                         [&](const Value& one) { return one == Value(type); });
}

// The text as the number that it is, digit by digit; nothing when it is none.
std::optional<Value> number_of(const std::string& text)
{
  auto parsed = schema::parse_json(text);
  if (parsed && (parsed->is_integer() || parsed->kind() == Value::Kind::number))
    return std::move(*parsed);
  return std::nullopt;
}

// The value as its property wants it, or nothing where no way leads there.
std::optional<Value> fitted(const Value& value, const Value& property)
{
  const auto as_text = [&]() -> std::optional<Value> {
    if (!has_type(property, "string")) return std::nullopt;
    return Value(scalar_text(value));
  };
  switch (value.kind()) {
  case Value::Kind::null: return has_type(property, "null") ? std::optional(value) : std::nullopt;
  case Value::Kind::boolean:
    return has_type(property, "boolean") ? std::optional(value) : as_text();
  case Value::Kind::integer:
    if (has_type(property, "integer") || has_type(property, "number")) return value;
    return as_text();
  case Value::Kind::number: return has_type(property, "number") ? std::optional(value) : as_text();
  case Value::Kind::list: return has_type(property, "array") ? std::optional(value) : std::nullopt;
  case Value::Kind::object:
    return has_type(property, "object") ? std::optional(value) : std::nullopt;
  case Value::Kind::text: break;
  case Value::Kind::absent: return std::nullopt;
  }
  if (has_type(property, "string")) return value;
  auto number = number_of(value.text());
  const bool fits = number && (has_type(property, "number") ||
                               (number->is_integer() && has_type(property, "integer")));
  return fits ? std::move(number) : std::nullopt;
}

// The key's fields as the endpoint calls them: all that is left of a record that is to be deleted.
Value body_of_key(const Stream& stream, const std::string& key)
{
  const auto& entity = *stream.entity;
  const auto parts = schema::split_key(key, entity.key.size());
  schema::Record record(entity);
  schema::FieldSet fields(entity.fields.size(), false);
  for (std::size_t i = 0; i < parts.size() && i < entity.key.size(); ++i) {
    const std::size_t field = entity.key[i];
    const auto type = entity.fields[field].type;
    const bool counts =
        type == schema::FieldType::integer || type == schema::FieldType::financial_year;
    const auto number = counts ? schema::read_integer(parts[i]) : std::nullopt;
    record.fields[field] = number ? Value(*number) : Value(parts[i]);
    fields[field] = true;
  }
  return stream.mapping->to_remote(record, fields);
}

class Batch {
public:
  Batch(const Context& context, const Stream& stream, const PushPlan& plan,
        std::span<const Intent> intents)
      : context_(context),
        stream_(stream),
        plan_(plan),
        intents_(intents),
        receipts_(intents.size())
  {
  }

  std::vector<Receipt> push(std::stop_token stop)
  {
    std::string input = schema_line(plan_.stream, Value(plan_.properties), plan_.keys);
    std::vector<const Intent*> sent;
    for (std::size_t i = 0; i < intents_.size(); ++i) {
      auto record = record_of(intents_[i]);
      if (record) {
        input += record_line(plan_.stream, *record);
        sent.push_back(&intents_[i]);
      } else {
        receipts_[i] = receipt_of(Receipt::Outcome::refused, record.error());
      }
    }
    if (sent.empty()) return std::move(receipts_);
    batch_ = batch_key(sent);
    const auto all = send(std::move(input), std::move(stop));
    for (const Intent* intent : sent)
      receipts_[static_cast<std::size_t>(intent - intents_.data())] = receipt_for(*intent, all);
    return std::move(receipts_);
  }

private:
  Result<Value> record_of(const Intent& intent) const
  {
    Value body = intent.body;
    if (intent.verb == Verb::remove) {
      if (plan_.deleted_field.empty())
        return fail(ErrorKind::unsupported, "the manifest does not say how a record is deleted");
      body = body_of_key(stream_, intent.key);
    }
    if (!body.is_object()) return fail(ErrorKind::invalid, "there is no record to send");
    Object record;
    for (const auto& member : body.object().members())
      if (!member.value.is_absent()) TRY_VOID(add(member, record));
    for (const auto& key : plan_.keys)
      if (const Value* value = record.find(key); !value || value->is_null())
        return fail(ErrorKind::invalid, fmt::format("the record has no key '{}'", key));
    if (!plan_.idempotency.empty()) record.set(plan_.idempotency, intent.idempotency_key);
    if (intent.verb == Verb::remove)
      record.set(plan_.deleted_field, to_rfc3339(context_.services.clock.now()));
    return Value(std::move(record));
  }

  Result<void> add(const schema::Member& member, Object& record) const
  {
    const Value* property = plan_.properties.find(member.name);
    // A target leaves out what the schema does not have, and says nothing.
    if (!property)
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' is not in the schema of the manifest", member.name));
    auto value = fitted(member.value, *property);
    if (!value)
      return fail(ErrorKind::invalid, fmt::format("'{}' is not of the type that the schema of the "
                                                  "manifest has for it",
                                                  member.name));
    record.append(member.name, std::move(*value));
    return {};
  }

  // What became of everything that was sent.
  Receipt send(std::string input, std::stop_token stop) const
  {
    using Became = Receipt::Outcome;
    if (stop.stop_requested())
      return receipt_of(Became::not_sent, {ErrorKind::cancelled, "stop was requested", {}});
    const auto room = PrivateFolder::make();
    if (!room) return receipt_of(Became::not_sent, room.error());
    const auto launch = context_.prepare(*context_.plan.target, context_.values, *room);
    if (!launch) return receipt_of(Became::not_sent, launch.error());
    Object marker;
    marker.append("gramsetu", batch_);
    const Value state(std::move(marker));
    bool echoed = false;
    Talk talk;
    talk.input = std::move(input) + state_line(state);
    talk.line_bytes = context_.plan.target->line_bytes;
    talk.loose_end = true;
    talk.on_line = [&](std::string_view line) -> Result<void> {
      const auto said = schema::parse_json(line);
      echoed = echoed || (said && *said == state);
      return {};
    };
    const auto outcome = context_.run(*launch, std::move(talk), std::move(stop));
    if (!outcome.error && echoed)
      return receipt_of(Became::applied, {ErrorKind::transient, "", {}});
    auto error = outcome.error.value_or(
        Error{ErrorKind::transient, "the target did not confirm the state that it was given", {}});
    return receipt_of(outcome.took_input ? Became::unknown : Became::not_sent, std::move(error));
  }

  Receipt receipt_for(const Intent& intent, const Receipt& all) const
  {
    Receipt receipt = all;
    if (all.outcome == Receipt::Outcome::applied)
      receipt.remote_id = intent.remote_id.empty() ? intent.key : intent.remote_id;
    if (all.outcome == Receipt::Outcome::unknown) receipt.batch = batch_;
    return receipt;
  }

  const Context& context_;
  const Stream& stream_;
  const PushPlan& plan_;
  std::span<const Intent> intents_;
  std::vector<Receipt> receipts_;
  std::string batch_;
};

} // namespace

std::vector<Receipt> push_batch(const Context& context, const Stream& stream,
                                std::span<const Intent> intents, std::stop_token stop)
{
  const auto plan = context.plan_of(stream);
  check(plan && (*plan)->push, "a stream that is pushed has words for it");
  return Batch(context, stream, *(*plan)->push, intents).push(std::move(stop));
}

} // namespace gramsetu::connectors::exec
