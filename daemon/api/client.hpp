// The commands' way to the daemon: one request over its Unix socket, and wait.
#pragma once

#include "base/result.hpp"
#include "daemon/api/router.hpp"

#include <chrono>
#include <string>

namespace gramsetu::api {

// Sends `request` (its role and actor do not travel: the daemon asks the kernel who we are) and waits
// for the answer. `path` goes out as it is, so its segments must be percent-encoded (target.hpp); the
// query is encoded here. Errors: not_found when no daemon listens, unauthorized when we may not
// connect, transient when it does not answer in time or stops in the middle. An answer with
// a status such as 404 is an answer, not an error.
Result<Response> call(const std::string& socket_path, const Request& request,
                      std::chrono::milliseconds timeout);

// Whether somebody accepts connections at `socket_path`.
bool listening(const std::string& socket_path);

} // namespace gramsetu::api
