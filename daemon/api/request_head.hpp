// The bytes of a request's head before any parser sees them: what readers of HTTP disagree about is refused.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::api {

enum class Head { incomplete, malformed, complete };

// Lines end in CR LF and hold no other control character but tabs; none goes on in the next line (obs-fold),
// none is blank before the last, no blank stands before a colon. Where a cut, a colon or a length could be read in two
// ways, a proxy may read it in the other.
Head look_at(std::string_view bytes);

// What of the headers says how long the body is says it once, and in a way that everybody reads alike: a plain
// length, or "chunked" alone.
bool is_framed_plainly(const std::vector<std::pair<std::string, std::string>>& headers);

} // namespace gramsetu::api
