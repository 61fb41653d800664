// Takes documents out of records before the records go on.
#pragma once

#include "connectors/api/attachment.hpp"
#include "connectors/api/connector.hpp"

#include <memory>

namespace gramsetu::connectors::wrap {

// Where a stream has an attachment, its bytes go to `keeper` (null: it is left out), and in the record stands
// `{ sha256, media_type, bytes }` instead; `kept: false` where a text holds Aadhaar numbers, which are not kept.
// The bytes are kept before the record is handed on. A document that is not what it says becomes a bad piece.
// Any thread.
std::unique_ptr<Connector> attaching(std::unique_ptr<Connector> inner,
                                     std::shared_ptr<Keeper> keeper);

} // namespace gramsetu::connectors::wrap
