// Signatures that others can check without us: Ed25519.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace gramsetu {

// A private key (RFC 8032). Any thread.
class SigningKey {
public:
  static Result<SigningKey> generate();
  // PKCS #8 in PEM, as `pem()` gives it and `openssl genpkey -algorithm ed25519` makes it.
  static Result<SigningKey> from_pem(std::string_view pem);

  std::string pem() const;
  const std::string& public_hex() const { return public_hex_; } // 64 hex digits
  std::string sign(std::string_view bytes) const;               // 128 hex digits

private:
  struct Impl;
  explicit SigningKey(std::shared_ptr<const Impl> impl);

  std::shared_ptr<const Impl> impl_;
  std::string public_hex_;
};

// False also for a key or a signature that is none.
bool is_signed_by(std::string_view public_hex, std::string_view bytes, std::string_view signature);

} // namespace gramsetu
