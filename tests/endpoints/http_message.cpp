// Pieces of HTTP that need no library.
#include "tests/endpoints/http_message.hpp"

#include "schema/json.hpp"

#include <fmt/format.h>

namespace gramsetu::sim {

std::string Request::header(const std::string& lower_case_name) const
{
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

std::string Request::parameter(const std::string& name) const
{
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

Response json_response(int status, const schema::Value& body)
{
  Response response;
  response.status = status;
  response.body = schema::to_json(body);
  return response;
}

Response text_response(int status, std::string body)
{
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

namespace {

int hex_value(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  const int lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

std::string percent_decode(std::string_view text, bool plus_is_blank)
{
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                       hex_value(text[i + 2]) >= 0;
    if (coded) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text)
{
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::map<std::string, std::string> parse_form(std::string_view text)
{
  std::map<std::string, std::string> form;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (!pair.empty())
      form[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
  }
  return form;
}

void split_target(Request& request)
{
  const std::string_view target = request.target;
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = percent_decode(target.substr(0, question), false);
  request.query = parse_form(target.substr(std::min(question + 1, target.size())));
}

std::string with_parameter(const Request& request, const std::string& name,
                           const std::string& value)
{
  auto query = request.query;
  query[name] = value;
  std::string target = request.target.substr(0, request.target.find('?'));
  char separator = '?';
  for (const auto& [key, text] : query) {
    target += separator + percent_encode(key) + "=" + percent_encode(text);
    separator = '&';
  }
  return target;
}

std::string base64_decode(std::string_view text)
{
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;
    held = (held << 6 | static_cast<unsigned>(value)) & 0xFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(held >> bits & 0xFF);
  }
  return out;
}

std::string_view reason_of(int status)
{
  switch (status) {
  case 200: return "OK";
  case 201: return "Created";
  case 207: return "Multi-Status";
  case 302: return "Found";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 412: return "Precondition Failed";
  case 413: return "Content Too Large";
  case 422: return "Unprocessable Content";
  case 428: return "Precondition Required";
  case 429: return "Too Many Requests";
  case 500: return "Internal Server Error";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "Status";
  }
}

} // namespace gramsetu::sim
