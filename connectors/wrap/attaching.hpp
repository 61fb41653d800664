// Takes documents out of records before the records go on.
#pragma once

#include "connectors/api/attachment.hpp"
#include "connectors/api/connector.hpp"

#include <functional>
#include <memory>
#include <stop_token>

namespace gramsetu::connectors::wrap {

// Waits for the turn of one more request; an error when it is not to be had.
using Turn = std::function<Result<void>(std::stop_token)>;

// Where a stream has attachments, their bytes go to `keeper` (null: they are left out), and in the record stands
// `{ sha256, media_type, bytes }` instead; `kept: false` where a text holds Aadhaar numbers, which are not kept.
// The bytes are kept before the record is handed on. A document that is not what it says, or that cannot be had,
// makes a bad piece of its record. One that is asked for takes a turn of its own, and is not asked for where the
// record states the digest of what is kept. Any thread.
std::unique_ptr<Connector> attaching(std::unique_ptr<Connector> inner,
                                     std::shared_ptr<Keeper> keeper, Turn turn = {});

} // namespace gramsetu::connectors::wrap
