// A request and a response, and what their headers say.
#pragma once

#include "base/base64.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "connectors/api/connector.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::http {

struct Header {
  std::string name, value;
};

// What a body is written in.
enum class Media { json, ndjson, csv, xml };
std::string_view name_of(Media media); // "JSON"

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  // True for what may be asked twice (reads): only such a request goes out on a kept connection,
  // because libcurl sends again by itself when that turns out dead.
  bool repeatable = true;
  std::string label; // "GET /v1/vouchers": what errors call it; without query, so without secrets
  std::uint64_t range_from = 0; // a `Range` of ours asks for the part from this byte on
  std::string token = "";     // pointer in the JSON body: where a token goes; empty: into a header
  Media answer = Media::json; // what an answer is read as where it is one document; JSON or XML
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  // By our clock: when the request was about to leave, and when the first byte of the answer came.
  Instant asked_at{}, answered_at{};
  bool cut = false; // it failed, and its body did not come whole: only its status counts

  // The first header of that name, without regard to case; null when there is none.
  const std::string* header(std::string_view name) const;
};

bool same_name(std::string_view a, std::string_view b); // ASCII, without regard to case

// Where its end is, the answer itself says.
bool is_delimited(const Response& response);

// How long the server asks to be left alone, at most an hour; nothing when it does not say so in a
// form of RFC 9110 (seconds, or a date).
std::optional<std::chrono::milliseconds> retry_after(const Response& response, Instant now);

// What the answer's `Date` (RFC 9110, 6.6.1) says of the server's clock: it was read between question and
// answer, and is told in whole seconds. Nothing where it is missing, or where a cache answered, whose
// `Date` is as old as what it keeps.
std::optional<ClockReading> clock_of(const Response& response);

// The target of `Link: <...>; rel="next"` (RFC 8288); empty when there is none.
std::string next_link(const Response& response);

// At most 80 characters of `body` for a person, control and non-ASCII bytes escaped.
std::string excerpt(std::string_view body);

// Whether a body is worth reading as that, by its type and its first byte: a login page is not. An empty
// one may be anything but XML.
bool looks_like(const Response& response, Media media);
// A page for people, like the login that a proxy shows: no word of the endpoint's, whatever its status.
bool is_web_page(const Response& response);

} // namespace gramsetu::connectors::http
