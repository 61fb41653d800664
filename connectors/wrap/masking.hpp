// Nothing that must not be kept comes past here, and nothing masked goes out.
#pragma once

#include "connectors/api/connector.hpp"

#include <memory>

namespace gramsetu::connectors::wrap {

// Masks what comes from the endpoint before anyone sees it: records that are pulled and looked at, pieces that
// could not be read, and the words of errors. See schema/ingest.hpp. A record whose key would have to be masked
// becomes a bad piece.
//
// Of what is written, masked fields are left out: the endpoint may have what they stand for. Where an update
// empties what it does not name, it is `refused` and says so. An update keeps it when it is a PATCH, when the
// manifest says `unnamed: kept`, and with `keeps_unnamed`, which is so for the whole endpoint. Any thread.
std::unique_ptr<Connector> masking(std::unique_ptr<Connector> inner, bool keeps_unnamed);

} // namespace gramsetu::connectors::wrap
