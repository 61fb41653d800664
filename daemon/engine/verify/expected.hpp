// What an endpoint should hold of the hub's records: the side of a comparison that is ours.
#pragma once

#include "daemon/engine/flow.hpp"
#include "daemon/store/store.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gramsetu::engine {

// The hub's record as the endpoint should hold it; nothing when it should hold none, or when the record is
// none of its business. A field that the flow does not send, or that the hub has no word on, counts as the
// endpoint has it: what a rule keeps against an endpoint is agreement.
Result<std::optional<schema::Record>> expected_record(store::Tx& tx, const Flow& flow,
                                                      const store::RecordRow& row);

// {"field": value}: the fields that a comparison goes over and that have a value, in the entity's order.
std::string projection_json(const Flow& flow, const schema::Record& record);

// Names of the fields that a comparison goes over, in their order; those of them that are keyed lists, whose
// items may stand in any order.
std::vector<std::string> compared_fields(const Flow& flow);
std::vector<std::string> keyed_fields(const Flow& flow);

// Does a person have to decide first, or is the record in quarantine? Then neither side counts.
Result<bool> is_left_out(store::Tx& tx, const Flow& flow, const std::string& key);

} // namespace gramsetu::engine
