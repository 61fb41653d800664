// The hub's records by a flow's mapping, as its endpoint should hold them.
#include "daemon/engine/verify/expected.hpp"
#include "daemon/engine/places/places.hpp"

#include "daemon/engine/texts.hpp"
#include "schema/ingest.hpp"

#include <algorithm>

namespace gramsetu::engine {

Result<std::optional<schema::Record>> expected_record(store::Tx& tx, const Flow& flow,
                                                      const store::RecordRow& row)
{
  if (row.deleted) return std::optional<schema::Record>();
  TRY(const auto shadow, tx.shadow(flow.id, row.key));
  const bool known = shadow && !shadow->mark.deleted;
  // What came from elsewhere and is not pushed here is none of this endpoint's business.
  if (!known && !flow.pushes) return std::optional<schema::Record>();
  TRY(auto record, decode_record(*flow.entity, row.body));
  if (!known) return std::optional(std::move(record));
  const auto& pushed = flow.stream->mapping->pushed();
  TRY(const auto base, read_base(*flow.entity, shadow->base));
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const bool sent =
        flow.pushes && pushed[i] && !is_withheld(flow.entity->fields[i], record.fields[i]);
    const bool unsaid =
        record.fields[i].is_absent() || is_unsaid_stamp(*flow.entity, i, base.record);
    if (!sent || unsaid) record.fields[i] = base.record.fields[i];
  }
  return std::optional(std::move(record));
}

std::string projection_json(const Flow& flow, const schema::Record& record)
{
  const auto& pulled = flow.stream->mapping->pulled();
  schema::Record part(*flow.entity);
  for (std::size_t i = 0; i < part.fields.size(); ++i)
    if (pulled[i] && !record.fields[i].is_null()) part.fields[i] = record.fields[i];
  return encode_record(*flow.entity, part);
}

std::vector<std::string> compared_fields(const Flow& flow)
{
  std::vector<std::string> names;
  const auto& pulled = flow.stream->mapping->pulled();
  for (std::size_t i = 0; i < pulled.size(); ++i)
    if (pulled[i]) names.push_back(flow.entity->fields[i].name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> keyed_fields(const Flow& flow)
{
  auto names = compared_fields(flow);
  std::erase_if(names, [&](const auto& name) {
    return flow.entity->fields[*flow.entity->index_of(name)].list_key.empty();
  });
  return names;
}

Result<bool> is_left_out(store::Tx& tx, const Flow& flow, const std::string& key)
{
  TRY(const auto open, tx.conflicts({flow.id, flow.entity->name, key, true, 0, 1}));
  store::QuarantineQuery parked;
  parked.flow = flow.id;
  parked.key = key;
  parked.state = "open";
  parked.limit = 1;
  TRY(const auto waiting, tx.quarantine(parked));
  return !open.empty() || !waiting.empty();
}

} // namespace gramsetu::engine
