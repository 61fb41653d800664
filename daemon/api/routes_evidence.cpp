// Routes: what a comparison went over, record by record, for whoever counts and sums it again.
#include "daemon/api/masks.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/engine/texts.hpp"
#include "daemon/engine/verify/expected.hpp"
#include "schema/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::api {

namespace {

// A masked value has another digest: a projection is shown whole or not at all.
Result<void> may_see_all(const Call& call, const engine::Flow& flow)
{
  const auto& pulled = flow.stream->mapping->pulled();
  const auto& fields = flow.entity->fields;
  bool secret = false;
  for (std::size_t i = 0; i < fields.size(); ++i)
    secret = secret || (pulled[i] && is_masked(fields[i]));
  if (!secret || call.unmasked) return {};
  return fail(ErrorKind::invalid,
              fmt::format("the records of {} have personal values, and without them nothing can be "
                          "compared; say why with unmask",
                          flow.id));
}

Result<const engine::Flow*> flow_of(const Call& call, const std::string& name)
{
  if (const auto* flow = call.setup->find(name)) return flow;
  return fail(ErrorKind::not_found, fmt::format("there is no flow '{}'", name));
}

Result<schema::Value> line_of(const std::string& key, const std::string& projection)
{
  schema::Object line;
  line.append("key", key);
  TRY(auto record, schema::parse_json(projection));
  line.append("record", std::move(record));
  return schema::Value(std::move(line));
}

Response page_of(schema::List lines, const std::string& next)
{
  schema::Object body;
  body.append("records", std::move(lines));
  body.append("next",
              next.empty() ? schema::Value(schema::Null{}) : schema::Value(write_cursor(next)));
  return json_response(std::move(body));
}

// One side of a twin as a line, or nothing: that side has no such record, or it was left out.
Result<std::optional<schema::Value>> side_of(const engine::Flow& flow, const store::TwinRow& twin,
                                             bool hub)
{
  if (twin.left_out || (hub ? twin.ours.empty() : !twin.there))
    return std::optional<schema::Value>();
  std::string projection = twin.ours;
  if (!hub) {
    TRY(const auto base, engine::read_base(*flow.entity, twin.theirs));
    projection = engine::projection_json(flow, base.record);
  }
  TRY(auto line, line_of(twin.key, projection));
  return std::optional(std::move(line));
}

// The flow of a run whose evidence is still there.
Result<const engine::Flow*> flow_with_evidence(Call& call, const std::string& run)
{
  std::optional<store::RunRow> row;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(row, tx.run(run));
    return {};
  }));
  if (!row) return fail(ErrorKind::not_found, fmt::format("there is no run '{}'", run));
  if (call.hub.state_of(row->flow).evidence == run) return flow_of(call, row->flow);
  return fail(ErrorKind::not_found,
              fmt::format("the evidence of run {} is not kept; gramsetu verify {} --evidence DIR "
                          "gathers it anew",
                          run, row->flow));
}

Result<Response> get_evidence(Call& call)
{
  TRY(const auto* flow, flow_with_evidence(call, call.parts[0]));
  TRY_VOID(may_see_all(call, *flow));
  const auto side = call.query("side");
  TRY(const auto limit, limit_of(call, 500, 1000));
  TRY(const auto after, read_cursor(call.query("cursor")));
  std::vector<store::TwinRow> twins;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(twins, tx.twins(flow->id, after, limit, false));
    return {};
  }));
  schema::List lines;
  for (const auto& twin : twins) {
    TRY(auto line, side_of(*flow, twin, side == "hub"));
    if (line) lines.push_back(std::move(*line));
  }
  return page_of(std::move(lines), twins.size() == limit ? twins.back().key : std::string());
}

Result<Response> get_projection(Call& call)
{
  TRY(const auto* flow, flow_of(call, call.parts[0]));
  TRY_VOID(may_see_all(call, *flow));
  store::RecordQuery query;
  query.entity = flow->entity->name;
  TRY(query.limit, limit_of(call, 500, 1000));
  TRY(query.after_key, read_cursor(call.query("cursor")));
  schema::List lines;
  std::string next;
  TRY_VOID(read(call, [&](store::Tx& tx) -> Result<void> {
    TRY(const auto rows, tx.records(query));
    for (const auto& row : rows) {
      TRY(const bool left_out, engine::is_left_out(tx, *flow, row.key));
      TRY(const auto record, engine::expected_record(tx, *flow, row));
      if (left_out || !record) continue;
      TRY(auto line, line_of(row.key, engine::projection_json(*flow, *record)));
      lines.push_back(std::move(line));
    }
    if (rows.size() == query.limit) next = rows.back().key;
    return {};
  }));
  return page_of(std::move(lines), next);
}

} // namespace

std::span<const Route> evidence_routes()
{
  static constexpr std::array rows = {
      Route{.method = "GET",
            .pattern = "/api/v1/runs/{id}/evidence",
            .role = Role::operator_,
            .parameters = "side!:hub|endpoint cursor limit:1000 unmask",
            .answer = get_evidence,
            .summary = "One side's records as a verify with `evidence` compared them",
            .gives = "Lines"},
      Route{.method = "GET",
            .pattern = "/api/v1/flows/{flow}/projection",
            .role = Role::operator_,
            .parameters = "cursor limit:1000 unmask",
            .answer = get_projection,
            .summary = "The hub's records as the flow's endpoint should hold them now",
            .gives = "Lines"},
  };
  return rows;
}

} // namespace gramsetu::api
