// Sockets that somebody else listens at for us, and hands over at the start: systemd's gramsetu.socket.
#pragma once

#include "base/result.hpp"

#include <vector>

namespace gramsetu::api {

// Descriptors of Unix sockets that listen, as sd_listen_fds(3) says; none where nobody hands any over. They are not
// passed on to programs that we start. `invalid` when one is something else. Once, and before threads are started.
Result<std::vector<int>> passed_sockets();

} // namespace gramsetu::api
