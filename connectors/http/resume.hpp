// An answer whose connection broke, gone on with where it broke.
#pragma once

#include "connectors/http/client.hpp"

#include <stop_token>

namespace gramsetu::connectors::http {

// Sends `request`. Where a read breaks off in a good answer that has a strong entity tag (RFC 9110, 8.8.1), only
// what is missing is asked for (`Range`, `If-Range`), as long as each attempt brings some more; an answer that
// has changed meanwhile comes whole. The response is one of 200 either way.
Outcome send_and_resume(Client& client, const Request& request, const std::stop_token& stop);

} // namespace gramsetu::connectors::http
