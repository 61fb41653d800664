// Reading a table page by page: by its key, from a cursor, or by what was captured.
#pragma once

#include "connectors/sql/mapped.hpp"

namespace gramsetu::connectors::sql {

// The page that `request` asks for, in one statement, so that it is of one moment; nothing is held between
// pages. A whole reading goes by the key, which stays; its cursor is what stood at its beginning, so that what
// changes meanwhile comes up again next time. From a cursor on the cursor's own value is read again.
Result<Page> pull_page(Session& session, const Mapped& mapped, const PullRequest& request);

} // namespace gramsetu::connectors::sql
