// Changes that triggers wrote down.
#pragma once

#include "connectors/sql/mapped.hpp"
#include "connectors/sql/mark.hpp"

namespace gramsetu::connectors::sql {

// Up to where the changes are settled now: none can come up below it any more. Twenty digits, so that it
// compares as text as it does as a number.
Result<std::string> captured_end(Session& session, const Mapped& mapped);

// The page of changes after `mark`, each with its row as it is now, or as a tombstone. `since` is where the
// reading began.
Result<Page> captured_page(Session& session, const Mapped& mapped, const PullRequest& request,
                           Mark mark);

} // namespace gramsetu::connectors::sql
