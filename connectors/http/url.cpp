// URLs over curl_url().
#include "connectors/http/url.hpp"

#include <curl/curl.h>
#include <curl/urlapi.h>

#include <algorithm>
#include <memory>

namespace gramsetu::connectors::http {

namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, Free>;

std::string part(const Handle& url, CURLUPart what, unsigned flags = 0)
{
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool has_control(std::string_view text)
{
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
}

Result<Url> read(const Handle& url)
{
  Url made;
  made.scheme = part(url, CURLUPART_SCHEME);
  made.host = part(url, CURLUPART_HOST);
  made.port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  made.path = part(url, CURLUPART_PATH);
  made.query = part(url, CURLUPART_QUERY);
  std::transform(made.host.begin(), made.host.end(), made.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (made.scheme != "https" && made.scheme != "http")
    return fail(ErrorKind::invalid, "only http and https addresses are allowed");
  if (made.host.empty()) return fail(ErrorKind::invalid, "the address names no host");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return fail(ErrorKind::invalid, "an address must not hold a user or a password; use 'auth'");
  if (!part(url, CURLUPART_FRAGMENT).empty())
    return fail(ErrorKind::invalid, "an address must not hold a fragment (#)");
  return made;
}

Result<Handle> parsed(std::string_view text)
{
  if (has_control(text))
    return fail(ErrorKind::invalid, "the address holds a blank or a control character");
  Handle url(curl_url());
  if (!url) return fail(ErrorKind::transient, "out of memory");
  const CURLUcode code =
      curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK)
    return fail(ErrorKind::invalid,
                std::string("the address cannot be read: ") + curl_url_strerror(code));
  return url;
}

} // namespace

std::string Url::text() const
{
  return scheme + "://" + host + ":" + port + path + (query.empty() ? "" : "?" + query);
}

bool Url::same_origin(const Url& other) const
{
  return scheme == other.scheme && host == other.host && port == other.port;
}

Result<Url> parse_url(std::string_view text)
{
  TRY(const Handle url, parsed(text));
  return read(url);
}

Result<Url> resolve(const Url& base, std::string_view reference)
{
  if (has_control(reference))
    return fail(ErrorKind::invalid, "the address holds a blank or a control character");
  TRY(const Handle url, parsed(base.text()));
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, std::string(reference).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK)
    return fail(ErrorKind::invalid,
                std::string("the address cannot be read: ") + curl_url_strerror(code));
  return read(url);
}

std::string escape(std::string_view text)
{
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      escaped.push_back(c);
      continue;
    }
    escaped.push_back('%');
    escaped.push_back(kHex[byte >> 4]);
    escaped.push_back(kHex[byte & 15]);
  }
  return escaped;
}

namespace {

std::string unescaped(std::string_view text)
{
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool code =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    plain.push_back(code ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]))
                    : text[i] == '+' ? ' '
                                     : text[i]);
    if (code) i += 2;
  }
  return plain;
}

} // namespace

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query)
{
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(unescaped(pair.substr(0, equals)),
                       unescaped(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return pairs;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name)
{
  for (auto& [key, value] : query_pairs(query))
    if (key == name) return std::move(value);
  return std::nullopt;
}

bool is_loopback_host(std::string_view host)
{
  if (host == "localhost" || host == "[::1]") return true;
  const bool dotted = host.find_first_not_of("0123456789.") == host.npos;
  return dotted && host.substr(0, 4) == "127.";
}

} // namespace gramsetu::connectors::http
