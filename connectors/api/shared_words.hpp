// What all streams of a manifest say alike is said once, under `each`.
#pragma once

#include "schema/document.hpp"

namespace gramsetu::connectors {

// The words of one stream with those of `each` that it does not say itself, block by block; a word that the stream
// leaves empty (`push: ~`) is not taken over. In the words of `each`, {stream} and {entity} are the stream's.
schema::Node::Entry with_shared(const schema::Node& each, const schema::Node::Entry& stream);

} // namespace gramsetu::connectors
