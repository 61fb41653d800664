// What the checksum of each kind of row is made of.
#pragma once

#include "daemon/store/store.hpp"

#include <cstdint>
#include <string_view>

namespace gramsetu::store {

std::int64_t sum_of(const RecordRow& row);
std::int64_t sum_of(const ShadowRow& row);
std::int64_t sum_of(const InboxRow& row);
std::int64_t sum_of(const OutboxRow& row);
std::int64_t sum_of(const ChangeRow& row);
std::int64_t sum_of(const PlannedRow& row);
std::int64_t sum_of(const PlaceRow& row);
std::int64_t sum_of(const SuccessionRow& row);
std::int64_t sum_of(const ConflictRow& row);

std::string_view name_of(OutboxState state); // as it is stored
OutboxState outbox_state(std::string_view name);

} // namespace gramsetu::store
