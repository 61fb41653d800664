// Decisions about money that wait for a second person, as the API takes and shows them.
#pragma once

#include "daemon/api/routes.hpp"
#include "daemon/runtime/second_person.hpp"

#include <string>
#include <string_view>

namespace gramsetu::api {

// Whether the decision may be carried out now: nobody else is needed, or somebody else has decided the same. If not it
// is kept, and the asker is told by 202.
Result<bool> may_settle(Call& call, std::string_view flow, std::string_view field,
                        runtime::Saying saying);
// It was carried out.
Result<void> settled(Call& call, std::string_view about);

// Adds what one person has decided, while it waits.
Result<void> append_proposal(Call& call, std::string_view about, schema::Object& json);

} // namespace gramsetu::api
