// The journal's door with its address as a parameter, so that a test can stand behind it.
#pragma once

#include "base/log.hpp"

#include <memory>
#include <string>

namespace gramsetu {

// Entries go to the datagram socket at `path` in journald's native protocol. Never blocks; what the
// socket does not take is counted, and an entry `log_dropped` with the count as LOG_DROPPED goes before the next.
std::unique_ptr<LogSink> make_journal_sink_at(std::string path);

} // namespace gramsetu
