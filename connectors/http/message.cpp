// Reading the headers that matter, and saying what a body looks like.
#include "connectors/http/message.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::connectors::http {

namespace chr = std::chrono;

namespace {

// Longer waits than this are the schedule's business; also what tames a Retry-After of year 9999.
constexpr chr::milliseconds kLongestRetryAfter = chr::hours(1);
constexpr std::size_t kExcerpt = 80; // characters: enough to recognise a page, too few to leak one

char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text)
{
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::optional<int> number(std::string_view text)
{
  int value = 0;
  if (text.empty() || text.size() > 4) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that RFC 9110 lets anybody send.
std::optional<Instant> http_date(std::string_view text)
{
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT")
    return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)),
             second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const chr::year_month_day date{chr::year(*year),
                                 chr::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
                                 chr::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Instant(chr::sys_days(date) + chr::hours(*hour) + chr::minutes(*minute) +
                 chr::seconds(*second));
}

} // namespace

bool same_name(std::string_view a, std::string_view b)
{
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* Response::header(std::string_view name) const
{
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
    return same_name(header.name, name);
  });
  return found == headers.end() ? nullptr : &found->value;
}

bool is_delimited(const Response& response)
{
  return response.header("Content-Length") || response.header("Transfer-Encoding");
}

std::optional<chr::milliseconds> retry_after(const Response& response, Instant now)
{
  const std::string* value = response.header("Retry-After");
  if (!value) return std::nullopt;
  if (const auto at = http_date(*value))
    return std::clamp(*at - now, chr::milliseconds(0), kLongestRetryAfter);
  const auto seconds = schema::read_integer(*value);
  if (!seconds || *seconds < 0) return std::nullopt;
  if (*seconds > chr::duration_cast<chr::seconds>(kLongestRetryAfter).count())
    return kLongestRetryAfter;
  return chr::milliseconds(chr::seconds(*seconds));
}

std::optional<ClockReading> clock_of(const Response& response)
{
  const std::string* value = response.header("Date");
  const auto date = value && !response.header("Age") ? http_date(*value) : std::nullopt;
  if (!date || response.answered_at < response.asked_at) return std::nullopt;
  const auto least = *date - response.answered_at;
  const auto most = *date + chr::seconds(1) - response.asked_at;
  return ClockReading{(least + most) / 2, (most - least) / 2, response.answered_at};
}

std::string next_link(const Response& response)
{
  for (const Header& header : response.headers) {
    if (!same_name(header.name, "Link")) continue;
    std::string_view rest = header.value;
    while (true) {
      const auto open = rest.find('<'), close = rest.find('>');
      if (open == rest.npos || close == rest.npos || close < open) break;
      const std::string_view target = rest.substr(open + 1, close - open - 1);
      rest.remove_prefix(close + 1);
      const std::string_view parameters = rest.substr(0, std::min(rest.find('<'), rest.size()));
      const bool is_next = parameters.find("rel=\"next\"") != parameters.npos ||
                           parameters.find("rel=next") != parameters.npos;
      if (is_next) return std::string(target);
    }
  }
  return {};
}

std::string excerpt(std::string_view body)
{
  std::string shown;
  for (const char c : body) {
    if (shown.size() >= kExcerpt) break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      shown.push_back(c);
    else
      shown += fmt::format("\\x{:02x}", byte);
  }
  shown.resize(std::min(shown.size(), kExcerpt));
  return shown;
}

std::string_view name_of(Media media)
{
  switch (media) {
  case Media::json: return "JSON";
  case Media::ndjson: return "NDJSON";
  case Media::csv: return "CSV";
  case Media::xml: break;
  }
  return "XML";
}

namespace {

bool is_html(std::string_view type)
{
  return same_name(type, "text/html") || same_name(type, "application/xhtml+xml");
}

std::string_view type_of(const Response& response)
{
  const std::string* header = response.header("Content-Type");
  return header ? trimmed(std::string_view(*header).substr(0, header->find(';')))
                : std::string_view();
}

// What the answer calls itself rules some things out; what it leaves open, the first byte decides.
bool is_ruled_out(const Response& response, Media media)
{
  const std::string_view type = type_of(response);
  if (is_html(type)) return true;
  const bool xml = same_name(type, "text/xml") || same_name(type, "application/xml");
  const bool json = same_name(type, "application/json");
  if (media == Media::xml) return json;
  return xml || (media == Media::csv && json);
}

} // namespace

bool looks_like(const Response& response, Media media)
{
  if (is_ruled_out(response, media)) return false;
  std::string_view body = response.body;
  if (body.substr(0, 3) == "\xef\xbb\xbf") body.remove_prefix(3);
  const auto at = body.find_first_not_of(" \t\r\n");
  const char first = at == body.npos ? '\0' : body[at];
  switch (media) {
  case Media::json: return first == '\0' || first == '{' || first == '[';
  case Media::ndjson: return first == '\0' || first == '{';
  case Media::csv: return first != '<' && first != '{' && first != '[';
  case Media::xml: break;
  }
  for (const std::string_view page : {"<!doctype html", "<html"})
    if (at != body.npos && same_name(body.substr(at, page.size()), page)) return false;
  // UTF-16 has its mark before the bracket.
  return first == '<' || first == '\xff' || first == '\xfe';
}

bool is_web_page(const Response& response)
{
  return !response.body.empty() && is_html(type_of(response));
}

} // namespace gramsetu::connectors::http
