// What a database lacks before its streams can be used.
#pragma once

#include "connectors/api/transport.hpp"
#include "connectors/sql/session.hpp"
#include "connectors/sql/words.hpp"

#include <map>
#include <string>

namespace gramsetu::connectors::sql {

// The statements that would make what is lacking; carried out, all or none, when `apply`. A stream whose table is
// not there is left out with a remark.
Result<Preparation> prepare(Session& session, const Manifest& manifest,
                            const std::map<std::string, Words>& words, bool apply);

} // namespace gramsetu::connectors::sql
