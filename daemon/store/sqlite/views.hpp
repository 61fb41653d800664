// Each entity as a plain, typed, read-only view, for people with a SQL prompt.
#pragma once

#include "base/result.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/store.hpp"

#include <vector>

namespace gramsetu::store {

// Makes the file's views those of `views`, in one transaction; does nothing when they are, or when
// `views` is empty. `invalid` for a name that a table has.
Result<void> rebuild_views(Connection& connection, const std::vector<View>& views);

} // namespace gramsetu::store
