// Looks at a head line by line.
#include "daemon/api/request_head.hpp"

#include <algorithm>

namespace gramsetu::api {

namespace {

bool is_control(char c)
{
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

bool is_good_line(std::string_view line, bool first)
{
  if (line.empty() || line.front() == ' ' || line.front() == '\t') return false;
  if (std::any_of(line.begin(), line.end(), is_control)) return false;
  if (first) return true;
  const auto colon = line.find(':');
  return colon != line.npos && colon > 0 && line.substr(0, colon).find_first_of(" \t") == line.npos;
}

} // namespace

Head look_at(std::string_view bytes)
{
  bool first = true;
  while (true) {
    const auto end = bytes.find('\n');
    if (end == bytes.npos) {
      // Of a line that has not ended yet, all but a CR at its end can be judged.
      if (!bytes.empty() && bytes.back() == '\r') bytes.remove_suffix(1);
      return std::any_of(bytes.begin(), bytes.end(), is_control) ? Head::malformed
                                                                 : Head::incomplete;
    }
    if (end == 0 || bytes[end - 1] != '\r') return Head::malformed;
    const auto line = bytes.substr(0, end - 1);
    if (line.empty() && !first) return Head::complete;
    if (!is_good_line(line, first)) return Head::malformed;
    bytes.remove_prefix(end + 1);
    first = false;
  }
}

bool is_framed_plainly(const std::vector<std::pair<std::string, std::string>>& headers)
{
  int lengths = 0, codings = 0;
  for (const auto& [name, value] : headers) {
    if (name == "content-length") {
      ++lengths;
      if (value.empty() || value.find_first_not_of("0123456789") != value.npos) return false;
    } else if (name == "transfer-encoding") {
      ++codings;
      if (value != "chunked") return false;
    }
  }
  return lengths + codings <= 1;
}

} // namespace gramsetu::api
