// A write that nobody answered for, as a person is asked about it.
#pragma once

#include "daemon/api/routes.hpp"
#include "daemon/store/rows.hpp"

#include <optional>
#include <string_view>

namespace gramsetu::api {

// What a person may say of it.
inline constexpr std::string_view kTookEffect = "took-effect", kNoEffect = "no-effect";

// What was sent, when and how often, what the endpoint showed when it was last asked, and what either reading
// means; nothing for other records of the quarantine, and when it is settled.
Result<std::optional<schema::Object>> outcome_json(Call& call, const store::QuarantineRow& row);

} // namespace gramsetu::api
