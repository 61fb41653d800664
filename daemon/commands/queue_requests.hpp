// Requests that conflicts and quarantine share: what waits for people is listed and looked at alike.
#pragma once

#include "daemon/commands/commands.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gramsetu::commands {

// GET of a queue, narrowed as the options say; a thousand rows at most.
Ask queue_listing(const std::string& path, const QueueOptions& options);
// One request about one row.
Ask queue_request(const std::string& method, const std::string& path, const QueueOptions& options);
// "/api/v1/conflicts/7/resolve"
std::string queue_path(std::string_view queue, std::int64_t id, std::string_view rest = "");

} // namespace gramsetu::commands
