// Clocks of endpoints, as facts in the store.
#include "daemon/engine/clock_doubt.hpp"

#include "schema/json.hpp"

#include <algorithm>
#include <cstdlib>

namespace gramsetu::engine {

namespace {

using connectors::ClockReading;
using std::chrono::milliseconds;

std::string fact_of(std::string_view endpoint)
{
  return "clock/" + std::string(endpoint);
}

std::optional<milliseconds> member_of(const schema::Value& value, std::string_view name)
{
  const auto* member = value.is_object() ? value.object().find(name) : nullptr;
  if (!member || !member->is_integer()) return std::nullopt;
  return milliseconds(member->integer());
}

// A quarter of what is new: one slow answer does not undo what a day of quick ones showed. Readings that
// exclude each other mean that a clock was set, and then the new one counts.
ClockReading smoothed(const ClockReading& former, const ClockReading& reading)
{
  const auto apart = std::chrono::abs(reading.ahead - former.ahead);
  if (apart > reading.error + former.error) return reading;
  return {(3 * former.ahead + reading.ahead) / 4, (3 * former.error + reading.error) / 4,
          reading.at};
}

} // namespace

Result<std::optional<ClockReading>> clock_of(store::Tx& tx, std::string_view endpoint)
{
  TRY(const auto text, tx.fact(fact_of(endpoint)));
  if (!text) return std::optional<ClockReading>();
  const auto value = schema::parse_json(*text);
  if (!value) return std::optional<ClockReading>();
  const auto ahead = member_of(*value, "ahead"), error = member_of(*value, "error"),
             at = member_of(*value, "at");
  if (!ahead || !error || !at) return std::optional<ClockReading>();
  return std::optional(ClockReading{*ahead, *error, Instant(*at)});
}

Result<void> note_clock(store::Tx& tx, std::string_view endpoint, const ClockReading& reading)
{
  TRY(const auto former, clock_of(tx, endpoint));
  const auto now = former ? smoothed(*former, reading) : reading;
  schema::Object fact;
  fact.append("ahead", now.ahead.count());
  fact.append("error", now.error.count());
  fact.append("at", now.at.time_since_epoch().count());
  return tx.put_fact(fact_of(endpoint), schema::to_json(std::move(fact)));
}

milliseconds proven(const ClockReading& reading)
{
  return std::max(milliseconds(0), std::chrono::abs(reading.ahead) - reading.error);
}

milliseconds doubt_with(milliseconds stated, const std::optional<ClockReading>& reading)
{
  if (!reading || proven(*reading) == milliseconds(0)) return stated;
  return std::max(stated, std::chrono::abs(reading->ahead) + reading->error);
}

Result<milliseconds> doubt_of(store::Tx& tx, const Flow& flow)
{
  TRY(const auto reading, clock_of(tx, flow.side.endpoint));
  return doubt_with(flow.clock_doubt, reading);
}

} // namespace gramsetu::engine
