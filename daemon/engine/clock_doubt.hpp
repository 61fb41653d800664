// How far an endpoint's clock may be off: what its operator states, and what its answers show.
#pragma once

#include "connectors/api/connector.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace gramsetu::engine {

// What is remembered of an endpoint's clock, smoothed over its answers.
Result<std::optional<connectors::ClockReading>> clock_of(store::Tx& tx, std::string_view endpoint);
Result<void> note_clock(store::Tx& tx, std::string_view endpoint,
                        const connectors::ClockReading& reading);

// The doubt in force: what the operator states, unless the readings prove the clock to be further off than
// they could be mistaken; then as far as it may be by them, where that is more. Pure.
std::chrono::milliseconds doubt_with(std::chrono::milliseconds stated,
                                     const std::optional<connectors::ClockReading>& reading);
// The reading proves that the clock is off by at least this much. Pure.
std::chrono::milliseconds proven(const connectors::ClockReading& reading);

// That of the flow's endpoint.
Result<std::chrono::milliseconds> doubt_of(store::Tx& tx, const Flow& flow);

} // namespace gramsetu::engine
