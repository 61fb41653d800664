// Parts put together, each checked to be the one that follows.
#include "connectors/http/resume.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

namespace gramsetu::connectors::http {

namespace {

constexpr int kAttempts = 5;

// A weak tag promises the same meaning, not the same bytes.
const std::string* strong_tag(const Response& response)
{
  const std::string* tag = response.header("ETag");
  return tag && tag->size() >= 2 && tag->front() == '"' ? tag : nullptr;
}

// "bytes 100-199/200": from where we stopped, to the end.
bool continues(const Response& part, std::size_t from, std::size_t size)
{
  const std::string* range = part.header("Content-Range");
  return range && *range == fmt::format("bytes {}-{}/{}", from, from + size - 1, from + size);
}

bool begins_at(const Response& part, std::size_t from)
{
  const std::string* range = part.header("Content-Range");
  return range && range->starts_with(fmt::format("bytes {}-", from));
}

Request rest_of(const Request& request, const Response& so_far)
{
  Request rest = request;
  rest.range_from = so_far.body.size();
  rest.headers.push_back({"Range", fmt::format("bytes={}-", rest.range_from)});
  rest.headers.push_back({"If-Range", *strong_tag(so_far)});
  return rest;
}

// How long the whole is, as the answer to the first request said.
std::size_t stated_size(const Response& response)
{
  const std::string* length = response.header("Content-Length");
  const auto size = length ? schema::read_integer(*length) : std::nullopt;
  return size && *size > 0 ? static_cast<std::size_t>(*size) : 0;
}

} // namespace

Outcome send_and_resume(Client& client, const Request& request, const std::stop_token& stop)
{
  Outcome outcome = client.send(request, stop);
  auto* broken = std::get_if<Indeterminate>(&outcome);
  if (!broken || !broken->partial || !request.repeatable || request.method != "GET") return outcome;
  const auto whole = broken->partial;
  const std::size_t size = stated_size(*whole);
  if (size == 0 || !strong_tag(*whole)) return outcome;
  for (int attempt = 0; attempt < kAttempts && !whole->body.empty(); ++attempt) {
    Outcome more = client.send(rest_of(request, *whole), stop);
    if (const auto* part = std::get_if<Response>(&more)) {
      if (part->status != 206) return more;
      if (!continues(*part, whole->body.size(), part->body.size()) ||
          whole->body.size() + part->body.size() != size)
        return outcome;
      whole->body += part->body;
      return std::move(*whole);
    }
    const auto* again = std::get_if<Indeterminate>(&more);
    const bool grew = again && again->partial && again->partial->status == 206 &&
                      !again->partial->body.empty() &&
                      begins_at(*again->partial, whole->body.size()) &&
                      whole->body.size() + again->partial->body.size() < size;
    if (!grew) return outcome;
    whole->body += again->partial->body;
  }
  return outcome;
}

} // namespace gramsetu::connectors::http
