// Strict readers: the whole text or nothing.
#include "config/values.hpp"

#include "schema/scalar.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gramsetu::config {

namespace {

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text)
{
  std::string out(text);
  for (char& c : out)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::optional<std::chrono::minutes> read_time_of_day(std::string_view text)
{
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0, 1, 3, 4})
    if (!is_digit(text[at])) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  const bool on_the_clock = (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
  if (!on_the_clock) return std::nullopt;
  return std::chrono::minutes(hour * 60 + minute);
}

std::optional<std::uint16_t> read_port(std::string_view text)
{
  const auto port = schema::read_integer(text);
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

// "host:8470" or "[::1]:8470" or "host" in its parts; the host keeps no brackets.
std::optional<std::pair<std::string, std::string>> split_authority(std::string_view text)
{
  std::string_view host = text, port;
  bool with_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    with_port = !rest.empty();
    port = with_port ? rest.substr(1) : rest;
    const auto fits = [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
    };
    if (!std::all_of(host.begin(), host.end(), fits)) return std::nullopt;
  } else {
    const auto colon = text.find(':');
    with_port = colon != text.npos;
    host = text.substr(0, colon);
    port = with_port ? text.substr(colon + 1) : std::string_view();
    const auto fits = [](char c) {
      return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    };
    if (!std::all_of(host.begin(), host.end(), fits)) return std::nullopt;
  }
  if (host.empty() || (with_port && !read_port(port))) return std::nullopt;
  return std::pair{lower(host), std::string(port)};
}

} // namespace

std::optional<Window> read_window(std::string_view text)
{
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto from = read_time_of_day(text.substr(0, dash));
  const auto to = read_time_of_day(text.substr(dash + 1));
  if (!from || !to || *from == *to || from->count() == 24 * 60) return std::nullopt;
  return Window{*from, *to};
}

std::optional<Listen> read_listen(std::string_view text)
{
  const auto parts = split_authority(text);
  if (!parts || parts->second.empty()) return std::nullopt;
  return Listen{parts->first, *read_port(parts->second)};
}

std::optional<Url> read_url(std::string_view text)
{
  const auto colon = text.find("://");
  if (colon == text.npos) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "sftp") return std::nullopt;
  const std::string_view rest = text.substr(colon + 3);
  const auto slash = rest.find('/');
  const auto parts = split_authority(rest.substr(0, slash));
  if (!parts) return std::nullopt;
  url.host = parts->first;
  url.port = parts->second;
  url.path = slash == rest.npos ? std::string() : std::string(rest.substr(slash));
  const auto odd = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte >= 127 ||
           std::string_view("?#\"<>\\^`{|}").find(c) != std::string_view::npos;
  };
  if (std::any_of(url.path.begin(), url.path.end(), odd)) return std::nullopt;
  return url;
}

bool is_database_url(std::string_view text)
{
  constexpr std::string_view kScheme = "postgresql://";
  if (!text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  const auto slash = text.find('/');
  if (slash == text.npos || slash + 1 == text.size()) return false;
  const std::string_view user = text.substr(0, text.substr(0, slash).rfind('@') + 1);
  const auto fits = [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("-._~%:@[]/").find(c) != std::string_view::npos;
  };
  return user.find(':') == user.npos && std::all_of(text.begin(), text.end(), fits);
}

bool is_loopback(std::string_view host)
{
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  const auto fits = [](char c) { return is_digit(c) || c == '.'; };
  return std::all_of(host.begin(), host.end(), fits) &&
         std::count(host.begin(), host.end(), '.') == 3;
}

bool is_ambiguous(std::string_view text)
{
  // The words of YAML 1.1, which many editors and templating tools still read by.
  constexpr std::array<std::string_view, 11> words = {"y",    "n",     "yes",  "no", "on",  "off",
                                                      "true", "false", "null", "~",  ".nan"};
  const std::string word = lower(text);
  if (std::find(words.begin(), words.end(), word) != words.end()) return true;
  if (text.empty()) return false;
  const std::string_view start = word.front() == '-' || word.front() == '+'
                                     ? std::string_view(word).substr(1)
                                     : std::string_view(word);
  if (start.empty() || !(is_digit(start.front()) || start.front() == '.')) return false;
  if (start.starts_with("0x") || start.starts_with("0o")) return true;
  const auto numeric = [](char c) {
    return is_digit(c) || std::string_view("._:e+-,").find(c) != std::string_view::npos;
  };
  return std::all_of(start.begin(), start.end(), numeric);
}

bool is_name(std::string_view text)
{
  if (text.empty() || text.size() > 64 || !(is_letter(text.front()) || is_digit(text.front())))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

} // namespace gramsetu::config
