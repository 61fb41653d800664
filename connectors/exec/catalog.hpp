// A tap's catalog: which stream is wanted, and how it is to be replicated.
#pragma once

#include "base/result.hpp"
#include "connectors/exec/plan.hpp"

#include <string>
#include <vector>

namespace gramsetu::connectors::exec {

std::vector<std::string> streams_of(const schema::Value& catalog);

// Selects the stream of `plan` with all its fields, and no other. An error when it is not in the catalog.
Result<void> select(schema::Value& catalog, const PullPlan& plan);

} // namespace gramsetu::connectors::exec
