// Keyed digests: HMAC with SHA-256, for what is signed with a shared key.
#pragma once

#include "base/digest.hpp"

#include <string_view>

namespace gramsetu {

// RFC 2104 over FIPS 180-4. Any thread.
Digest hmac_sha256(std::string_view key, std::string_view bytes);

} // namespace gramsetu
