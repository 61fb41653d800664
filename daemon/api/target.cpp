// Percent-encoding, strictly: what is malformed is refused and never guessed.
#include "daemon/api/target.hpp"

#include <fmt/format.h>

namespace gramsetu::api {

namespace {

bool is_plain(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

std::string percent_encoded(std::string_view plain)
{
  std::string encoded;
  for (const char c : plain) {
    if (is_plain(c))
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

Result<std::string> percent_decoded(std::string_view encoded)
{
  std::string plain;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      plain += encoded[i];
      continue;
    }
    const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(ErrorKind::invalid, "a malformed percent-escape");
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

Result<Target> read_target(std::string_view text)
{
  Target target;
  const std::size_t mark = text.find('?');
  target.path = text.substr(0, mark);
  if (!target.path.starts_with('/'))
    return fail(ErrorKind::invalid, "the request target is not a path");
  TRY_VOID(percent_decoded(target.path));
  std::string_view rest = mark == text.npos ? std::string_view() : text.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    TRY(std::string name, percent_decoded(pair.substr(0, equals)));
    TRY(std::string value,
        percent_decoded(equals == pair.npos ? std::string_view() : pair.substr(equals + 1)));
    // Which of the two would count is what readers of a request disagree about.
    if (!target.query.emplace(name, std::move(value)).second)
      return fail(ErrorKind::invalid, "the parameter '" + name + "' is given twice");
  }
  return target;
}

std::string write_target(std::string_view path, const std::map<std::string, std::string>& query)
{
  std::string target(path);
  char mark = '?';
  for (const auto& [name, value] : query) {
    target += mark + percent_encoded(name) + '=' + percent_encoded(value);
    mark = '&';
  }
  return target;
}

} // namespace gramsetu::api
