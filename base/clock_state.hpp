// Whether the machine's clock is kept by somebody.
#pragma once

#include <string_view>

namespace gramsetu {

// "synchronised" or "unsynchronised", as the kernel says (adjtimex(2)); where it may not be asked, as
// systemd-timesyncd noted it; "unknown" when neither tells.
std::string_view clock_state();

} // namespace gramsetu
