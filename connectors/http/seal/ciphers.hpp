// The ciphers of sealed messages, as their systems ask for them; some are not what one would choose today.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gramsetu::connectors::http::seal {

// AES in CBC mode with PKCS #7 padding; a key of 16, 24 or 32 bytes, an `iv` of 16.
struct AesKey {
  std::string key, iv;
};
Result<std::string> encrypt(const AesKey& key, std::string_view plain);
Result<std::string> decrypt(const AesKey& key, std::string_view sealed);

// RSA keys are PEM texts. Wrapping is OAEP with SHA-1, signing is PKCS #1 v1.5 with SHA-256.
Result<std::string> wrap(const std::string& public_key, std::string_view secret);
Result<std::string> unwrap(const std::string& private_key, std::string_view wrapped);
Result<std::string> sign(const std::string& private_key, std::string_view text);
Result<bool> is_signed(const std::string& public_key, std::string_view text,
                       std::string_view signature);

struct RsaKeys {
  std::string private_key, public_key;
};
Result<RsaKeys> new_rsa_keys(); // 2048 bits

// Letters and digits from the system's randomness.
Result<std::string> random_word(std::size_t size);

} // namespace gramsetu::connectors::http::seal
