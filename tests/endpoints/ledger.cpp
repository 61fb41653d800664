// The ledger, and how it is shown.
#include "tests/endpoints/ledger.hpp"

#include "schema/json.hpp"

#include <algorithm>

namespace gramsetu::sim {

void Ledger::add(Effect effect)
{
  const std::scoped_lock lock(mutex_);
  effects_.push_back(std::move(effect));
}

void Ledger::count_request()
{
  const std::scoped_lock lock(mutex_);
  ++requests_;
}

void Ledger::begin_write()
{
  const std::scoped_lock lock(mutex_);
  most_writes_ = std::max(most_writes_, ++writes_);
}

void Ledger::end_write()
{
  const std::scoped_lock lock(mutex_);
  --writes_;
}

void Ledger::count_replay()
{
  const std::scoped_lock lock(mutex_);
  ++replays_;
}

std::vector<Effect> Ledger::effects(std::size_t from) const
{
  const std::scoped_lock lock(mutex_);
  if (from >= effects_.size()) return {};
  return {effects_.begin() + static_cast<std::ptrdiff_t>(from), effects_.end()};
}

std::size_t Ledger::requests() const
{
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::size_t Ledger::replays() const
{
  const std::scoped_lock lock(mutex_);
  return replays_;
}

std::size_t Ledger::most_writes() const
{
  const std::scoped_lock lock(mutex_);
  return most_writes_;
}

void Ledger::clear()
{
  const std::scoped_lock lock(mutex_);
  effects_.clear();
  requests_ = replays_ = 0;
  most_writes_ = writes_;
}

schema::Value Ledger::to_value(std::size_t from) const
{
  schema::List list;
  std::size_t number = from;
  for (const Effect& effect : effects(from)) {
    schema::Object item;
    item.append("number", static_cast<std::int64_t>(++number));
    item.append("at", effect.at);
    item.append("stream", effect.stream);
    item.append("verb", effect.verb);
    item.append("id", effect.id);
    item.append("key", effect.key);
    item.append("clientReferenceId", effect.reference);
    item.append("idempotencyKey", effect.idempotency_key);
    item.append("version", effect.version);
    auto body = schema::parse_json(effect.body);
    item.append("body", body ? std::move(*body) : schema::Value(schema::Null{}));
    list.emplace_back(std::move(item));
  }
  schema::Object result;
  result.append("effects", std::move(list));
  result.append("requests", static_cast<std::int64_t>(requests()));
  result.append("mostWritesAtOnce", static_cast<std::int64_t>(most_writes()));
  result.append("replays", static_cast<std::int64_t>(replays()));
  return result;
}

} // namespace gramsetu::sim
