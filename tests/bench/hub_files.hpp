// The operator's files of the bench's hub, and what is read from them.
#pragma once

#include "config/config.hpp"
#include "daemon/engine/flow.hpp"
#include "daemon/engine/reconcile/reconcile.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::bench {

inline constexpr const char* kPlacesFlow = "local_body@lgd";
inline constexpr const char* kRequestsFlow = "service_request@csc";

// hub.yaml; snapshot-hub.yaml, whose absences are proved by whole lists; idle-hub.yaml, which has a hundred
// flows. All of one store, hub.db, and none with a flow that is due by itself.
void write_hub_files(const std::string& folder, const std::string& url);

std::unique_ptr<config::Loaded> load_config(const std::string& file);

// A thousand rows for the decision, in the mix of a round of changes on both sides.
std::vector<engine::Row> rows_of(const engine::Flow& flow);

} // namespace gramsetu::bench
