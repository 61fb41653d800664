// What a transport does for a connector in memory: records that the asker knows are left out of a page.
#pragma once

#include "connectors/api/connector.hpp"

namespace gramsetu::test {

// Asks `request.look`, where there is one, about the page's records as they would be written.
Result<void> leave_known_out(const connectors::PullRequest& request, connectors::Page& page);

} // namespace gramsetu::test
