// Caps and sanity of one answer.
#include "connectors/http/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http {

namespace {

// The body of a failed request is only ever matched against the error rules and cut into an excerpt.
constexpr std::uint64_t kErrorBody = 64 << 10;

std::string_view stripped(std::string_view text)
{
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> read_length(std::string_view text)
{
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

} // namespace

bool Exchange::refuse(std::string why)
{
  if (refusal_.empty()) refusal_ = std::move(why);
  return false;
}

bool Exchange::take_status(std::string_view line)
{
  // A new status line after an interim answer (1xx) starts over; the byte count goes on.
  response_ = Response();
  length_.reset();
  chunked_ = head_done_ = false;
  const auto blank = line.find(' ');
  const std::string_view code = blank == line.npos ? "" : line.substr(blank + 1, 3);
  const auto status = read_length(code);
  if (code.size() != 3 || !status || *status < 100) return refuse("its status line is malformed");
  response_.status = static_cast<int>(*status);
  return true;
}

bool Exchange::take_header(std::string_view line)
{
  header_bytes_ += line.size();
  if (header_bytes_ > header_limit_)
    return refuse(fmt::format("its headers exceed {} bytes", header_limit_));
  if (head_done_ && response_.status >= 200) return true; // trailers of a chunked body
  if (line.substr(0, 5) == "HTTP/") return take_status(line);
  const std::string_view text = stripped(line);
  if (text.empty()) return end_of_head();
  const auto colon = text.find(':');
  if (colon == text.npos) return refuse("a header line has no name");
  Header header{std::string(text.substr(0, colon)), std::string(stripped(text.substr(colon + 1)))};
  if (same_name(header.name, "Content-Length")) {
    const auto length = read_length(header.value);
    if (!length || length_) return refuse("its length is stated twice or not as a number");
    length_ = length;
  }
  if (same_name(header.name, "Transfer-Encoding")) chunked_ = true;
  response_.headers.push_back(std::move(header));
  return true;
}

bool Exchange::end_of_head()
{
  head_done_ = true;
  if (response_.status < 200) return true;
  if (length_ && chunked_) return refuse("its length is stated in two ways");
  if (response_.status == 204 && length_.value_or(0) > 0)
    return refuse("it says that there is no content, and its length");
  if (response_.status == 206 && !part_) return refuse("it is a part that nobody asked for");
  const std::string* encoding = response_.header("Content-Encoding");
  if (encoding && gzip_ && same_name(*encoding, "gzip") && response_.status < 300)
    inflater_ = std::make_unique<Inflater>();
  else if (encoding && !encoding->empty() && !same_name(*encoding, "identity"))
    return refuse("it is compressed, which nobody asked for");
  return true;
}

bool Exchange::take_body(std::string_view bytes)
{
  std::string& body = response_.body;
  if (failed()) {
    const std::size_t room = kErrorBody - std::min<std::uint64_t>(kErrorBody, body.size());
    body.append(bytes.substr(0, room));
    raw_bytes_ += bytes.size();
    return bytes.size() <= room || refuse("the body of the error is too long");
  }
  raw_bytes_ += bytes.size();
  if (!inflater_) return append(bytes);
  const auto why =
      inflater_->inflate(bytes, [this](std::string_view plain) { return append(plain); });
  return why.empty() || refuse(why);
}

bool Exchange::append(std::string_view bytes)
{
  std::string& body = response_.body;
  if (body.size() + bytes.size() > body_limit_) {
    too_large_ = true;
    return refuse(fmt::format("it exceeds {} bytes", body_limit_));
  }
  if (body.empty() && length_) body.reserve(std::min(*length_, body_limit_));
  body.append(bytes);
  return true;
}

bool Exchange::complete()
{
  if (!has_head()) return refuse("its headers do not end");
  const bool bodiless = response_.status == 204 || response_.status == 304;
  if (inflater_ && !inflater_->ended()) return refuse("its compressed body does not end");
  if (!bodiless && length_ && *length_ != raw_bytes_)
    return refuse("its body is not as long as it says");
  return true;
}

} // namespace gramsetu::connectors::http
