// Requests and answers of the simulated endpoints, as plain data.
#pragma once

#include "schema/value.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::sim {

// How a list is spoiled by a fault.
enum class Twist { none, half_page, empty };

struct Request {
  std::string method, target, path; // `path` is decoded and without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;
  Twist twist = Twist::none;

  std::string header(const std::string& lower_case_name) const; // empty when missing
  std::string parameter(const std::string& name) const;         // of the query; empty when missing
};

// What goes wrong on the wire when an answer is sent.
struct Misbehaviour {
  enum class Kind { none, truncate, cut_long, chunk_cut, close, drip, two_lengths };
  Kind kind = Kind::none;
  std::chrono::milliseconds before{0}; // waits before the first byte
  std::chrono::milliseconds each{0};   // drip: between bytes
  std::size_t bytes = 0;               // cut_long: what goes through of a longer body
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  Misbehaviour misbehaviour;
};

using Handler = std::function<Response(const Request&)>;

Response json_response(int status, const schema::Value& body);
Response text_response(int status, std::string body);

std::string percent_decode(std::string_view text, bool plus_is_blank);
std::string percent_encode(std::string_view text);
std::map<std::string, std::string> parse_form(std::string_view text);

// Fills `path` and `query` from `target`.
void split_target(Request& request);

// The request's target with one parameter of the query set, for links to a next page.
std::string with_parameter(const Request& request, const std::string& name,
                           const std::string& value);

std::string base64_decode(std::string_view text);
std::string_view reason_of(int status);

} // namespace gramsetu::sim
