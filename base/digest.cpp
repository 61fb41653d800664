// SHA-256 by OpenSSL's EVP interface, and sums of digests.
#include "base/digest.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace gramsetu {

namespace {

// Fetching the algorithm once and reusing the context is twice as fast as EVP_Digest.
struct Hasher {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

} // namespace

Digest sha256(std::string_view bytes)
{
  thread_local Hasher hasher;
  Digest digest{};
  const bool done = hasher.algorithm && hasher.context &&
                    EVP_DigestInit_ex2(hasher.context.get(), hasher.algorithm.get(), nullptr) &&
                    EVP_DigestUpdate(hasher.context.get(), bytes.data(), bytes.size()) &&
                    EVP_DigestFinal_ex(hasher.context.get(), digest.data(), nullptr);
  check(done, "SHA-256 is always available");
  return digest;
}

struct DigestOfPieces::Impl {
  Hasher hasher;
};

DigestOfPieces::DigestOfPieces() : impl_(std::make_unique<Impl>())
{
  const auto& [algorithm, context] = impl_->hasher;
  check(algorithm && context && EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr),
        "SHA-256 is always available");
}

DigestOfPieces::~DigestOfPieces() = default;

void DigestOfPieces::add(std::string_view bytes)
{
  check(EVP_DigestUpdate(impl_->hasher.context.get(), bytes.data(), bytes.size()),
        "SHA-256 takes all bytes");
}

Digest DigestOfPieces::finish()
{
  Digest digest{};
  check(EVP_DigestFinal_ex(impl_->hasher.context.get(), digest.data(), nullptr),
        "SHA-256 comes to an end");
  return digest;
}

std::string to_hex(const Digest& digest)
{
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(digest.size() * 2);
  for (const auto byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

std::optional<Digest> digest_from_hex(std::string_view hex)
{
  const auto nibble = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  Digest digest{};
  if (hex.size() != digest.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = nibble(hex[2 * i]);
    const int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::string_view as_bytes(const Digest& digest)
{
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<Digest> digest_from_bytes(std::string_view bytes)
{
  Digest digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), bytes.data(), bytes.size());
  return digest;
}

void accumulate(Digest& sum, const Digest& addend)
{
  unsigned carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    carry += static_cast<unsigned>(sum[i]) + addend[i];
    sum[i] = static_cast<std::uint8_t>(carry & 0xff);
    carry >>= 8;
  }
}

} // namespace gramsetu
