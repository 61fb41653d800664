// Answers from memory: the server must not be what is measured.
#include "tests/bench/endpoint.hpp"

#include "base/check.hpp"
#include "connectors/api/extract.hpp"
#include "schema/json.hpp"
#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::bench {

namespace {

constexpr std::string_view kOne = "/requests/";

std::size_t number_in(const sim::Request& request, const std::string& parameter)
{
  return static_cast<std::size_t>(schema::read_integer(request.parameter(parameter)).value_or(0));
}

std::string text_in(const schema::Value& value, const std::string& member)
{
  const auto* found = value.is_object() ? value.object().find(member) : nullptr;
  return found ? connectors::scalar_text(*found) : std::string();
}

sim::Response good(std::string json)
{
  sim::Response response;
  response.body = std::move(json);
  return response;
}

} // namespace

Endpoint::Endpoint(std::size_t records)
    : moving_(records),
      pages_((records + kPageRecords - 1) / kPageRecords),
      stale_(pages_.size(), true),
      places_(places_json())
{
  for (std::size_t i = 0; i < records; ++i)
    moving_[i].modified = static_cast<std::uint32_t>(i);
  refresh();
  auto server = sim::HttpServer::start(0, [this](const auto& request) { return answer(request); });
  check(server.has_value(), "a port on loopback can be had");
  server_ = std::move(*server);
}

std::string Endpoint::url() const
{
  return fmt::format("http://127.0.0.1:{}", server_->port());
}

std::size_t Endpoint::json_bytes()
{
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& page : pages_)
    bytes += page.size();
  return bytes;
}

std::size_t Endpoint::take_requests()
{
  const std::lock_guard lock(mutex_);
  return std::exchange(requests_, 0);
}

void Endpoint::edit(unsigned round, bool conflicts)
{
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    const auto by = changed_by(i, round);
    if (by != By::endpoint && (by != By::both || !conflicts)) continue;
    auto entered = moving_[i].entered ? *moving_[i].entered : Entered{};
    if (by == By::endpoint)
      entered.office = fmt::format("Block {}, desk {}", i % 13, round);
    else
      entered.address = address_of(i, round, "office");
    touch(i, entered);
  }
}

void Endpoint::touch(std::size_t number, const Entered& entered)
{
  auto& moving = moving_[number];
  moving.entered = &(entered_[number] = entered);
  ++moving.version;
  // Before whatever the hub's people do now: their word is the newer one.
  moving.modified = modified_at(SystemClock().now() - std::chrono::hours(1));
  stale_[number / kPageRecords] = true;
}

void Endpoint::refresh()
{
  const std::lock_guard lock(mutex_);
  for (std::size_t page = 0; page < pages_.size(); ++page)
    if (stale_[page]) render(page);
}

void Endpoint::render(std::size_t page)
{
  const auto begin = page * kPageRecords;
  const auto end = std::min(begin + kPageRecords, moving_.size());
  std::string json = fmt::format(R"({{"total":{},"records":[)", moving_.size());
  for (auto i = begin; i < end; ++i) {
    if (i > begin) json += ',';
    append_record(json, i, moving_[i]);
  }
  pages_[page] = json + "]}";
  stale_[page] = false;
}

sim::Response Endpoint::answer(const sim::Request& request)
{
  const std::lock_guard lock(mutex_);
  ++requests_;
  if (request.method == "GET" && request.path == "/requests") return page(request);
  if (request.method == "POST" && request.path == "/requests/bulk") return write(request);
  if (request.method == "GET" && request.path.starts_with(kOne))
    return one(request.path.substr(kOne.size()));
  if (request.path == "/places") return good(places_);
  return sim::text_response(404, "there is no such place");
}

sim::Response Endpoint::page(const sim::Request& request)
{
  if (!request.parameter("modifiedSince").empty()) return changed_since(request);
  const auto offset = number_in(request, "offset");
  const auto at = offset / kPageRecords;
  if (offset % kPageRecords != 0 || number_in(request, "limit") != kPageRecords ||
      at >= pages_.size())
    return sim::text_response(400, "pages of 1000 are ready, and no others");
  return good(pages_[at]);
}

sim::Response Endpoint::changed_since(const sim::Request& request)
{
  const auto offset = number_in(request, "offset");
  const auto at = from_rfc3339(request.parameter("modifiedSince"));
  if (!at) return sim::text_response(400, "modifiedSince is a time");
  const auto since = modified_at(*at);
  std::string records;
  std::size_t count = 0;
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    if (moving_[i].modified < since) continue;
    if (count++ < offset || count > offset + kPageRecords) continue;
    if (!records.empty()) records += ',';
    append_record(records, i, moving_[i]);
  }
  return good(fmt::format(R"({{"total":{},"records":[{}]}})", count, records));
}

sim::Response Endpoint::one(const std::string& id)
{
  const auto number = number_of(id);
  if (!number || *number >= moving_.size()) return sim::text_response(404, "no such record");
  std::string json;
  append_record(json, *number, moving_[*number]);
  return good(json);
}

sim::Response Endpoint::write(const sim::Request& request)
{
  const auto body = schema::parse_json(request.body);
  const auto* items = body ? schema::at_pointer(*body, "/records") : nullptr;
  if (!items || !items->is_list()) return sim::text_response(400, "there are no records in it");
  std::string results;
  for (const auto& item : items->list()) {
    const auto id = text_in(item, "applId");
    const auto number = number_of(id);
    if (!number || *number >= moving_.size()) return sim::text_response(400, "unknown: " + id);
    if (!results.empty()) results += ',';
    if (text_in(item, "rowVersion") != std::to_string(moving_[*number].version)) {
      results += fmt::format(R"({{"applId":"{}","status":412,"error":"it has moved"}})", id);
      continue;
    }
    touch(*number, {text_in(item, "address"), text_in(item, "pendingWith")});
    results += fmt::format(R"({{"applId":"{}","rowVersion":{}}})", id, moving_[*number].version);
  }
  return good(fmt::format(R"({{"results":[{}]}})", results));
}

} // namespace gramsetu::bench
