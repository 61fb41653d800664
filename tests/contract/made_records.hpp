// Records made of what an entity and a manifest say, for worlds that hold any stream.
#pragma once

#include "connectors/api/connector.hpp"
#include "connectors/api/manifest.hpp"

#include <memory>
#include <string>

namespace gramsetu::contract {

// A manifest that ships; a finding fails the test.
std::shared_ptr<const connectors::Manifest> shipped_manifest(const std::string& name);

// One of its streams; one that is not there fails the test.
const connectors::Stream& stream_named(const connectors::Manifest& manifest,
                                       const std::string& name);

// A record that is good: its key, what is required, and one text, which is `label` where that is given.
schema::Record made_record(const connectors::Stream& stream, const std::string& number,
                           const std::string& label = "");
// The same in the endpoint's shape, and as a create.
schema::Value made_body(const connectors::Stream& stream, const std::string& number,
                        const std::string& label = "");
connectors::Intent made_intent(const connectors::Stream& stream, int number);

// Another text for a record, in the endpoint's shape.
schema::Value changed_body(const connectors::Stream& stream, const schema::Value& body, int number);

} // namespace gramsetu::contract
