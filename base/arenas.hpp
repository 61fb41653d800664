// How the process's allocator keeps memory.
#pragma once

namespace gramsetu {

// glibc gives each thread an arena, which keeps what its busiest moment took; threads that come and go spread over
// more and more of them. A dozen threads on two cores do not need a dozen: from here on two are shared. Called once,
// before there is a second thread.
void share_arenas();

} // namespace gramsetu
