// Routes: one page of an endpoint looked at, and an exchange recorded. Both read only, and keep nothing.
#include "connectors/kit/player.hpp"
#include "connectors/kit/record.hpp"
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/status.hpp"
#include "schema/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

using connectors::SliceDimension;

constexpr std::size_t kShown = 5;       // keys of a page
constexpr std::size_t kShownTexts = 20; // misfits, unknown fields
constexpr std::chrono::minutes kIndia{330};

// Endpoint and stream that a request names.
struct Target {
  const connectors::EndpointSettings& settings;
  connectors::Connector& connector;
  const connectors::Stream& stream;
};

Result<Target> target_of(Call& call)
{
  const auto& name = call.parts[0];
  const auto& endpoints = call.setup->config().endpoints;
  const auto found = endpoints.find(name);
  if (found == endpoints.end())
    return fail(ErrorKind::not_found, fmt::format("there is no endpoint '{}'", name));
  const auto& streams = found->second.manifest->streams;
  const auto wanted = call.query("stream");
  std::vector<std::string> names;
  for (const auto& stream : streams) {
    names.push_back(stream.name);
    if (stream.name == wanted)
      return Target{found->second, *call.setup->connectors.at(name), stream};
  }
  const auto near = schema::nearest(wanted, names);
  return fail(ErrorKind::not_found,
              fmt::format("the endpoint '{}' has no stream '{}'{}", name, wanted,
                          near.empty() ? "" : "; did you mean '" + near + "'?"));
}

Result<std::string> first_key(Call& call, const std::string& entity)
{
  std::string key;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    store::RecordQuery query;
    query.entity = entity;
    query.limit = 1;
    TRY(const auto rows, tx.records(query));
    if (!rows.empty()) key = rows.front().key;
    return {};
  }));
  if (!key.empty()) return key;
  return fail(ErrorKind::precondition,
              fmt::format("the hub knows no {} yet; say which: --slice {}=CODE", entity, entity));
}

Result<std::string> first_value(Call& call, const SliceDimension& dimension)
{
  const auto& area = call.setup->config().area;
  switch (dimension.source) {
  case SliceDimension::Source::area_state: return area.state;
  case SliceDimension::Source::area_district: return area.district;
  case SliceDimension::Source::children: return first_key(call, dimension.entity);
  case SliceDimension::Source::years:
    return std::to_string(
        schema::financial_year_of(to_rfc3339(call.hub.clock().now(), kIndia).substr(0, 10)));
  case SliceDimension::Source::fixed: return dimension.values.front();
  }
  return std::string();
}

// "subdistrict=2278,year=2025" over the first slice that there is.
Result<connectors::Slice> slice_of(Call& call, const connectors::Stream& stream)
{
  std::map<std::string, std::string> given;
  const auto text = call.query("slice");
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto pair = text.substr(at, end - at);
    const auto sign = pair.find('=');
    if (sign == pair.npos) return fail(ErrorKind::invalid, "a slice is NAME=VALUE");
    given[pair.substr(0, sign)] = pair.substr(sign + 1);
    at = end + 1;
  }
  connectors::Slice slice;
  for (const auto& dimension : stream.slices) {
    auto& value = slice.part[dimension.name];
    if (const auto found = given.find(dimension.name); found != given.end()) {
      value = found->second;
      given.erase(found);
    } else {
      TRY(value, first_value(call, dimension));
    }
    slice.id += (slice.id.empty() ? "" : ",") + dimension.name + "=" + value;
  }
  if (!given.empty())
    return fail(ErrorKind::invalid, fmt::format("the stream '{}' is not sliced by '{}'",
                                                stream.name, given.begin()->first));
  if (slice.id.empty()) slice.id = "all";
  return slice;
}

// A key that says who somebody is keeps two letters.
std::string shown_key(const schema::Entity& entity, const std::string& key)
{
  const bool open = std::all_of(entity.key.begin(), entity.key.end(), [&](std::size_t field) {
    return entity.fields[field].privacy == schema::Privacy::open;
  });
  return open ? key : key.substr(0, std::min<std::size_t>(2, key.size() / 2)) + "***";
}

void append_misfit(schema::List& misfits, const connectors::kit::Misfit& misfit,
                   const std::string& text)
{
  if (misfits.size() == kShownTexts) return;
  schema::Object row;
  row.append("pointer", misfit.pointer);
  row.append("code", misfit.code);
  row.append("text", text);
  misfits.emplace_back(std::move(row));
}

// What the page would give, and what of it the mapping does not understand.
void append_page(schema::Object& json, const schema::Entity& entity,
                 const connectors::kit::Reading& reading)
{
  schema::List keys, misfits, unknown;
  std::int64_t good = 0, deleted = 0, bad = static_cast<std::int64_t>(reading.bad.size());
  for (const auto& record : reading.records) {
    deleted += record.deleted;
    good += !record.deleted && record.misfits.empty();
    bad += !record.misfits.empty();
    if (keys.size() < kShown) keys.emplace_back(shown_key(entity, record.id));
    if (!record.misfits.empty())
      append_misfit(misfits, record.misfits.front(), masked_words(entity, record.texts.front()));
  }
  for (const auto& piece : reading.bad)
    append_misfit(misfits, {piece.pointer, piece.code}, masked_words(entity, piece.text));
  for (const auto& pointer : outcome_of(reading).unknown)
    if (unknown.size() < kShownTexts) unknown.emplace_back(pointer);
  json.append("records", good);
  json.append("deleted", deleted);
  json.append("quarantined", bad);
  json.append("last_page", reading.complete);
  json.append("keys", std::move(keys));
  json.append("misfits", std::move(misfits));
  json.append("unknown_fields", std::move(unknown));
}

Result<Response> post_look(Call& call)
{
  TRY(const Target target, target_of(call));
  TRY(const auto slice, slice_of(call, target.stream));
  connectors::PullRequest request;
  request.stream = &target.stream;
  request.slice = slice;
  const auto reading = connectors::kit::read_slice(target.connector, request, 1);
  schema::Object json;
  json.append("endpoint", call.parts[0]);
  json.append("stream", target.stream.name);
  json.append("slice", slice.id);
  json.append("reachable", reading.has_value());
  if (reading)
    append_page(json, *target.stream.entity, *reading);
  else
    json.append("text", reading.error().what);
  append_clock(json, target.connector.clock(), target.settings.clock_doubt);
  return json_response(std::move(json));
}

Result<Response> post_recording(Call& call)
{
  TRY(const Target target, target_of(call));
  TRY(const auto slice, slice_of(call, target.stream));
  TRY(const auto pages, number_of(call, "pages", 2));
  TRY(const auto records, number_of(call, "records", 0));
  NullSink sink;
  Ids ids;
  auto& clock = call.hub.clock();
  const auto fixture =
      connectors::kit::record({target.settings,
                               target.stream,
                               slice,
                               static_cast<std::size_t>(pages),
                               static_cast<std::size_t>(records),
                               {clock, Log(clock, sink), call.setup->config().hub_name},
                               ids.idempotency_key()});
  if (!fixture) return tl::unexpected<Error>(fixture.error());
  schema::Object json;
  json.append("endpoint", call.parts[0]);
  json.append("connector", target.settings.manifest->name);
  json.append("stream", target.stream.name);
  json.append("records", static_cast<std::int64_t>(fixture->pull->outcome.records.size()));
  json.append("quarantined", static_cast<std::int64_t>(fixture->pull->outcome.quarantined.size()));
  json.append("fixture", connectors::kit::write_fixture(*fixture));
  return json_response(std::move(json));
}

} // namespace

std::span<const Route> kit_routes()
{
  static constexpr std::array rows = {
      Route{.method = "POST",
            .pattern = "/api/v1/connectors/{name}/look",
            .role = Role::operator_,
            .parameters = "stream! slice",
            .answer = post_look,
            .summary = "What one page of a stream would give. Changes nothing",
            .gives = "Look",
            .errors = "412 422 502"},
      Route{.method = "POST",
            .pattern = "/api/v1/connectors/{name}/recording",
            .role = Role::operator_,
            .parameters = "stream! slice pages:20 records:1000",
            .answer = post_recording,
            .summary = "Some pages as a fixture, without secrets and persons. Changes nothing",
            .gives =
                "{endpoint, connector, stream, records: integer, quarantined: integer, fixture}",
            .errors = "412 422 502"},
  };
  return rows;
}

} // namespace gramsetu::api
