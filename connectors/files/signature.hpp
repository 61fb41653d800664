// XML signatures (XML-DSig): is this document whole as somebody we trust signed it?
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::files {

// `certificates`: PEM, one or several; what a document itself says about keys counts for nothing. Accepted
// is one enveloped signature, a child of the root, over the whole document (`URI=""`) with SHA-256 or
// longer: so there is nothing in the document that was not signed, and nothing to be moved about.
// `unauthorized` with the reason for everything else. The document must have no document type.
Result<void> check_signature(std::string_view document, const std::string& certificates);

} // namespace gramsetu::connectors::files
