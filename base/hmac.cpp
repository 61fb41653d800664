// HMAC by OpenSSL.
#include "base/hmac.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace gramsetu {

Digest hmac_sha256(std::string_view key, std::string_view bytes)
{
  Digest digest{};
  unsigned size = 0;
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                          digest.data(), &size);
  check(done && size == digest.size(), "HMAC works");
  return digest;
}

} // namespace gramsetu
