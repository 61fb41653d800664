// What the hub holds of one record, all of it in one document.
#pragma once

#include "daemon/api/routes.hpp"

#include <string>

namespace gramsetu::api {

// The record, its history, lost values, quarantine, and what stands between hub and endpoints; values by their class,
// masked unless the call says otherwise. `not_found` when there is nothing.
Result<schema::Object> personal_json(Call& call, const schema::Entity& entity,
                                     const std::string& key);

} // namespace gramsetu::api
