// Reading the address of a PostgreSQL database.
#include "connectors/sql/address.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <optional>

namespace gramsetu::connectors::sql {

namespace {

std::optional<int> hex(char letter)
{
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> decoded(const std::string& text)
{
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      made.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex(text[i + 1]), low = hex(text[i + 2]);
    if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
    made.push_back(static_cast<char>(*high * 16 + *low));
    i += 2;
  }
  return made;
}

} // namespace

bool Address::is_here() const
{
  return host.starts_with('/') || host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

std::string Address::shown() const
{
  return fmt::format("{}{}{}/{}", host, port.empty() ? "" : ":", port, database);
}

Result<Address> read_address(const std::string& url)
{
  constexpr std::string_view kScheme = "postgresql://";
  const auto wrong = [](std::string_view what) {
    return fail(ErrorKind::invalid,
                fmt::format("the url {}; write postgresql://user@host:5432/database", what));
  };
  if (!url.starts_with(kScheme)) return wrong("is none of a PostgreSQL database");
  const std::string rest = url.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (slash == rest.npos || slash + 1 == rest.size()) return wrong("names no database");
  std::string authority = rest.substr(0, slash), user;
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    user = authority.substr(0, at);
    authority = authority.substr(at + 1);
    if (user.find(':') != user.npos) return wrong("holds a password, which belongs into auth");
  }
  std::string host = authority, port;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    const auto number = schema::read_integer(port);
    if (!number || *number < 1 || *number > 65'535) return wrong("has no such port");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto database = decoded(rest.substr(slash + 1)), folder = decoded(host),
             name = decoded(user);
  const bool odd = rest.find_first_of("?#") != rest.npos;
  if (odd || !database || !folder || !name) return wrong("cannot be read");
  if (folder->empty()) return wrong("names no host");
  return Address{*name, *folder, port, *database};
}

} // namespace gramsetu::connectors::sql
