// Reads times of the command line.
#include "daemon/commands/moment.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::commands {

namespace {

constexpr std::size_t kDay = 10, kMinute = 16, kSecond = 19; // "2026-11-23T10:00:00"

// What is left out of a local time.
std::string completed(const std::string& text)
{
  if (text.size() == kDay) return text + "T00:00:00";
  return text.size() == kMinute ? text + ":00" : text;
}

} // namespace

Result<Instant> read_moment(const std::string& text, const Times& times)
{
  if (const auto ago = schema::read_duration(text)) return times.now - *ago;
  if (const auto exact = from_rfc3339(text)) return *exact;
  const auto local = completed(text);
  const auto there = local.size() == kSecond ? from_rfc3339(local + "Z") : from_rfc3339("");
  if (there) return *there - times.offset;
  return fail(ErrorKind::invalid,
              fmt::format("'{}' is no time; 2h (ago), 2026-11-23, 2026-11-23T10:00 and "
                          "2026-11-23T10:00:00+05:30 are",
                          text));
}

bool take_moment(const Common& common, const std::string& text, const Times& times,
                 std::string& rfc3339)
{
  const auto moment = read_moment(text, times);
  if (moment)
    rfc3339 = to_rfc3339(*moment);
  else
    refuse(common, kUsage, moment.error().what);
  return static_cast<bool>(moment);
}

} // namespace gramsetu::commands
