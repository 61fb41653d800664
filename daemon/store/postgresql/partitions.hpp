// The partitions of the large tables.
#pragma once

#include "base/result.hpp"
#include "daemon/store/postgresql/connection.hpp"
#include "daemon/store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::store::postgresql {

std::string quoted(std::string_view text, char quote); // as SQL writes a name or a text

// Makes the partition of `table` whose rows have that value, unless it is there: gs_record_of_voucher.
std::string partition_sql(std::string_view table, std::string_view suffix, std::string_view value);

// Records and changes of each of the entities have their own, but where rows came before their entity was known.
Result<void> make_partitions(Connection& connection, const std::vector<View>& views);

// Makes the entities' views what they should be. None given: they are left as they are.
Result<void> rebuild_views(Connection& connection, const std::vector<View>& views);

} // namespace gramsetu::store::postgresql
