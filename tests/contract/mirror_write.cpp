// Writing: each effect once, over the version that the writer names; and what clerks do.
#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"
#include "schema/types.hpp"
#include "schema/xml.hpp"
#include "tests/contract/mirror.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::contract {

using connectors::scalar_text;
using connectors::Verb;
using schema::Value;
using sim::Request;
using sim::Response;
namespace http = connectors::http;

namespace {

constexpr std::int64_t kLongAgo = 1'750'000'000'000; // June 2025

Instant instant_of(std::int64_t milliseconds)
{
  return Instant(std::chrono::milliseconds(milliseconds));
}

void merge(Value& into, const Value& from)
{
  if (!into.is_object() || !from.is_object()) {
    into = from;
    return;
  }
  for (const auto& member : from.object().members()) {
    if (!into.object().find(member.name)) into.object().append(member.name, Value());
    merge(*into.object().find(member.name), member.value);
  }
}

// `text` in the place of what stands there, as a number where that is one.
void put(Value& body, const std::string& pointer, const std::string& text)
{
  if (pointer.empty()) return;
  const Value* there = schema::at_pointer(body, pointer);
  const auto number = schema::read_integer(text);
  const bool counts = there && there->is_integer() && number;
  schema::set_at_pointer(body, pointer, counts ? Value(*number) : Value(text));
}

std::string text_at(const Value& body, const std::string& pointer)
{
  const Value* found = pointer.empty() ? nullptr : schema::at_pointer(body, pointer);
  return found ? scalar_text(*found) : std::string();
}

Value read_body(const std::string& text)
{
  const Value none{schema::Object()};
  if (text.empty()) return none;
  if (!text.starts_with("<")) return schema::parse_json(text).value_or(none);
  return schema::parse_xml(text, {}, [](Value) { return Result<void>(); }).value_or(none);
}

std::string version_of(std::string tag)
{
  if (tag.starts_with("W/")) tag.erase(0, 2);
  std::erase(tag, '"');
  return tag;
}

} // namespace

Mirror::Mirror(MirrorParts parts)
    : Endpoint("mirror", 1, [] { return kLongAgo; }), parts_(std::move(parts))
{
  pattern_ = parts_.stream->mapping->to_record(parts_.pattern).record;
}

// The bookkeeping of a record that changed.
void Mirror::stamp(Held& held, Instant now)
{
  const auto& stream = *parts_.stream;
  ++changes_;
  held.modified = now;
  put(held.body, stream.version_pointer, std::to_string(held.version));
  if (stream.cursor_type == "integer")
    put(held.body, stream.cursor_pointer, std::to_string(changes_));
  put(held.body, stream.modified_pointer,
      stream.modified_pointer.empty()
          ? ""
          : schema::write_timestamp(to_rfc3339(now), stream.modified_format, stream.modified_zone));
  if (stream.deletes == connectors::Deletes::marker && !stream.deleted_values.empty()) {
    const Value* mark = schema::at_pointer(held.body, stream.deleted_pointer);
    const auto& word = stream.deleted_values.front();
    const Value kept = mark && !mark->is_absent() && scalar_text(*mark) != word ? *mark
                       : word == "true"                                         ? Value(false)
                                                                                : Value();
    const Value deleted = word == "true" ? Value(true) : Value(word);
    if (held.deleted || !kept.is_absent())
      schema::set_at_pointer(held.body, stream.deleted_pointer, held.deleted ? deleted : kept);
  }
  const auto mapped = stream.mapping->to_record(held.body);
  if (const auto key = key_of(*stream.entity, mapped.record)) held.key = *key;
  held.id = text_at(held.body, stream.id_pointer);
  if (held.id.empty()) held.id = held.key;
}

// What all records of the slice have alike.
bool Mirror::is_of_slice(const std::string& pointer) const
{
  const auto is = [&](const auto& one) { return one.first == pointer; };
  const auto& pull = *parts_.plan.pull;
  return std::any_of(pull.add.begin(), pull.add.end(), is) ||
         std::any_of(pull.only.begin(), pull.only.end(), is);
}

void Mirror::seed(std::size_t count)
{
  const std::scoped_lock lock(mutex_);
  const auto& stream = *parts_.stream;
  const auto& entity = *stream.entity;
  if (parts_.single) count = 1;
  for (std::size_t i = 0; i < count; ++i) {
    Held held;
    held.body = parts_.pattern;
    // What tells it apart: the last part of the key that is read from the record, and its id.
    for (auto part = entity.key.rbegin(); part != entity.key.rend() && count > 1; ++part) {
      const auto pointers = stream.mapping->pointers(*part);
      const auto there = std::find_if(pointers.begin(), pointers.end(), [&](const auto& pointer) {
        return schema::at_pointer(held.body, pointer) != nullptr;
      });
      const auto type = entity.fields[*part].type;
      if (there == pointers.end() || is_of_slice(*there)) continue;
      if (type != schema::FieldType::text && type != schema::FieldType::code) continue;
      const auto was = text_at(held.body, *there);
      const auto number = // codes may have noughts before them
          schema::read_integer(was.substr(std::min(was.find_first_not_of('0'), was.size())));
      put(held.body, *there,
          number ? std::to_string(*number + static_cast<std::int64_t>(i))
                 : fmt::format("{}-{}", was, i));
      break;
    }
    const auto was = text_at(held.body, stream.id_pointer);
    const auto number = schema::read_integer(was);
    if (!was.empty() && schema::at_pointer(held.body, stream.id_pointer)->is_integer())
      put(held.body, stream.id_pointer, std::to_string(*number + static_cast<std::int64_t>(i)));
    else if (!was.empty() && was == text_at(parts_.pattern, stream.id_pointer))
      put(held.body, stream.id_pointer, fmt::format("{}-{}", was, i));
    stamp(held, instant_of(kLongAgo + static_cast<std::int64_t>(i) * 86'400'000));
    held_.push_back(std::move(held));
  }
}

void Mirror::touch()
{
  const std::scoped_lock lock(mutex_);
  const auto& stream = *parts_.stream;
  Held& held = held_[held_.size() / 2];
  const auto& entity = *stream.entity;
  for (std::size_t i = 0; i < entity.fields.size(); ++i) {
    const auto pointers = stream.mapping->pointers(i);
    const bool in_key = std::find(entity.key.begin(), entity.key.end(), i) != entity.key.end();
    if (entity.fields[i].type != schema::FieldType::text || in_key || pointers.empty() ||
        pointers.front() == stream.id_pointer)
      continue;
    schema::set_at_pointer(held.body, pointers.front(), Value("touched"));
    break;
  }
  held.body.object().set("touched", true); // and something that no mapping knows
  ++held.version;
  stamp(held, SystemClock().now());
}

void Mirror::empty()
{
  const std::scoped_lock lock(mutex_);
  for (auto& held : held_) {
    held.deleted = true;
    ++held.version;
    stamp(held, SystemClock().now());
  }
}

bool Mirror::is_named(const Held& held, const Blanks& blanks) const
{
  const auto& entity = *parts_.stream->entity;
  const auto parts = schema::split_key(held.key, entity.key.size());
  bool any = false;
  for (const auto& [name, value] : blanks) {
    if (name == "id" && value != held.id) return false;
    if (name == "key" && value != held.key) return false;
    if (name.starts_with("key."))
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (name.substr(4) == entity.fields[entity.key[i]].name && value != parts[i]) return false;
    any = any || name == "id" || name.starts_with("key");
  }
  return any;
}

Mirror::Held* Mirror::find(const Blanks& blanks)
{
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const Held& held) { return is_named(held, blanks); });
  return found == held_.end() ? nullptr : &*found;
}

// Takes what is in the slot out of the body.
std::string Mirror::slot(const http::Slot& slot, const Request& request, Value& body) const
{
  std::string name = slot.header;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (!slot.header.empty()) return version_of(request.header(name));
  if (!slot.query.empty()) return request.parameter(slot.query);
  return slot.field.empty() ? std::string() : text_at(body, slot.field);
}

Mirror::Done Mirror::create(const Write& write)
{
  const auto& stream = *parts_.stream;
  Held fresh;
  fresh.body = parts_.pattern;
  if (stream.id_pointer.empty() || text_at(write.body, stream.id_pointer).empty())
    put(fresh.body, stream.id_pointer, std::to_string(900'000 + ++ids_));
  merge(fresh.body, write.body);
  fresh.deleted = false;
  const auto mapped = stream.mapping->to_record(fresh.body);
  const auto key = key_of(*stream.entity, mapped.record);
  Held* known = key ? find({{"key", *key}}) : nullptr;
  if (known && !known->deleted && !upserts()) return {Done::Kind::moved, known};
  stamp(fresh, SystemClock().now());
  if (known) {
    fresh.version = known->version + 1;
    *known = std::move(fresh);
    return {Done::Kind::done, known};
  }
  held_.push_back(std::move(fresh));
  return {Done::Kind::done, &held_.back()};
}

Mirror::Done Mirror::carry_out(const Write& write)
{
  Done done;
  if (write.verb == Verb::create) {
    done = create(write);
  } else {
    Held* held = find(write.blanks);
    if (!held) return {Done::Kind::missing, nullptr};
    done.held = held;
    const bool versioned = parts_.plan.push.if_match.given() && !write.expected.empty();
    if (held->deleted && write.verb == Verb::remove) return done;
    if (held->deleted || (versioned && write.expected != std::to_string(held->version)))
      return {Done::Kind::moved, held};
    if (write.verb == Verb::update) merge(held->body, write.body);
    held->deleted = write.verb == Verb::remove;
    ++held->version;
    stamp(*held, SystemClock().now());
  }
  if (done.kind != Done::Kind::done) return done;
  sim::Effect effect;
  effect.verb = name_of(write.verb);
  effect.key = done.held->key;
  effect.idempotency_key = write.idempotency_key;
  ledger().add(std::move(effect));
  return done;
}

Response Mirror::write(const http::WritePlan& plan, Verb verb, const Request& request,
                       const Blanks& blanks)
{
  const auto& push = parts_.plan.push;
  Write write{verb, blanks, Value(schema::Object()), "", ""};
  write.body = read_body(request.body);
  if (!plan.body.empty()) {
    const Value* inside = schema::at_pointer(write.body, plan.body);
    write.body = inside ? *inside : Value(schema::Object());
  }
  write.idempotency_key = slot(push.idempotency, request, write.body);
  write.expected = slot(push.if_match, request, write.body);
  if (const auto given = blanks.find("version"); given != blanks.end())
    write.expected = given->second;
  if (write.blanks.empty() && verb != Verb::create) {
    const auto mapped = parts_.stream->mapping->to_record(write.body);
    write.blanks["key"] = key_of(*parts_.stream->entity, mapped.record).value_or("");
  }
  const auto remembered = remembered_.find(write.idempotency_key);
  if (!write.idempotency_key.empty() && remembered != remembered_.end()) return remembered->second;
  if (!slot(push.dry_run, request, write.body).empty()) return told(Value(schema::Object()), 200);
  const Done done = carry_out(write);
  if (done.kind == Done::Kind::moved) return trouble(http::Action::moved, 412);
  if (done.kind == Done::Kind::missing) return trouble(http::Action::not_found, 404);
  Value body{schema::Object()};
  if (!plan.key.empty()) schema::set_at_pointer(body, plan.key, Value(done.held->id));
  if (!plan.version.empty()) schema::set_at_pointer(body, plan.version, Value(done.held->version));
  Response response = told(std::move(body), verb == Verb::create ? 201 : 200);
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", done.held->version));
  if (!write.idempotency_key.empty()) remembered_[write.idempotency_key] = response;
  return response;
}

Response Mirror::told(Value body, int status) const
{
  const auto& success = parts_.plan.push.rules.success;
  if (success && body.is_object())
    schema::set_at_pointer(body, success->pointers.front(), Value(success->equals.front()));
  return sim::json_response(status, body);
}

bool Mirror::upserts() const
{
  const auto& push = parts_.plan.push;
  if (!push.create || !push.update || push.if_match.given()) return false;
  const auto &made = push.create->request, &changed = push.update->request;
  const auto one = made.path.fill(parts_.values), other = changed.path.fill(parts_.values);
  return made.method == changed.method && one && other && *one == *other;
}

Value Mirror::batch_item(const http::BulkPlan& plan, const Value& item, bool& good)
{
  const auto& push = parts_.plan.push;
  Write write{
      plan.verbs.front(), {}, item, text_at(item, plan.expected), text_at(item, plan.idempotency)};
  if (!plan.body.empty()) write.body = *schema::at_pointer(item, plan.body);
  if (write.idempotency_key.empty()) write.idempotency_key = text_at(item, push.idempotency.field);
  if (const auto known = remembered_items_.find(write.idempotency_key);
      !write.idempotency_key.empty() && known != remembered_items_.end())
    return known->second;
  if (write.expected.empty() && !push.if_match.field.empty())
    write.expected = text_at(item, push.if_match.field);
  const auto& stream = *parts_.stream;
  const auto& gone = stream.deleted_values;
  const bool deletes = stream.deletes == connectors::Deletes::marker && !gone.empty() &&
                       text_at(item, stream.deleted_pointer) == gone.front();
  // One with an id is a change.
  if (plan.verbs.size() > 1 && plan.operation.empty() && !text_at(item, plan.id).empty())
    write.verb = deletes ? Verb::remove : Verb::update;
  for (const auto& [verb, word] : plan.operations)
    if (text_at(item, plan.operation) == scalar_text(word)) write.verb = verb;
  if (const auto id = text_at(item, plan.id); !id.empty()) write.blanks["id"] = id;
  if (const auto key = text_at(item, plan.key); !key.empty()) write.blanks["key"] = key;
  Value result{schema::Object()};
  const Done done = carry_out(write);
  const Held* held = done.held;
  const auto said = [&](const std::string& pointer, const Value& value) {
    if (!pointer.empty()) schema::set_at_pointer(result, pointer, value);
  };
  if (plan.match_by == "idempotency_key") said(plan.match, Value(write.idempotency_key));
  if (plan.match_by == "id") said(plan.match, Value(text_at(item, plan.id)));
  if (plan.match_by == "key") said(plan.match, Value(held ? held->key : ""));
  if (done.kind == Done::Kind::done) {
    said(plan.result_key, Value(held->id));
    said(plan.result_version, Value(held->version));
    if (!write.idempotency_key.empty()) remembered_items_[write.idempotency_key] = result;
    return result;
  }
  good = false;
  said(plan.error, Value("refused"));
  said(plan.code, Value(plan.moved.empty() ? "moved" : plan.moved.front()));
  return result;
}

Response Mirror::batch(const http::BulkPlan& plan, const Request& request)
{
  const auto body = read_body(request.body);
  const Value* found = schema::at_pointer(body, plan.items);
  if (!found) return sim::text_response(400, "there is no list");
  const auto items = found->is_list() ? found->list() : schema::List{*found};
  Value none;
  if (!slot(parts_.plan.push.dry_run, request, none).empty())
    return told(Value(schema::Object()), 200);
  const auto before = held_;
  bool good = true;
  schema::List results;
  for (const auto& item : items)
    results.push_back(batch_item(plan, item, good));
  if (!good && plan.all_or_nothing) {
    held_ = before;
    return trouble(http::Action::moved, 412);
  }
  Value answer{schema::Object()};
  if (plan.results.empty() && !plan.match.empty())
    answer = Value(std::move(results));
  else if (!plan.results.empty())
    schema::set_at_pointer(answer, plan.results, Value(std::move(results)));
  return told(std::move(answer), 200);
}

} // namespace gramsetu::contract
