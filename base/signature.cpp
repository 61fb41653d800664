// Ed25519 by OpenSSL.
#include "base/signature.hpp"

#include "base/check.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <vector>

namespace gramsetu {

namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;
using Text = std::unique_ptr<BIO, Free>;

const std::uint8_t* bytes_of(std::string_view text)
{
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string to_hex(const std::uint8_t* bytes, std::size_t size)
{
  std::string hex;
  for (std::size_t i = 0; i < size; ++i)
    hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

int digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::vector<std::uint8_t> from_hex(std::string_view hex)
{
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    if (digit(hex[i]) < 0 || digit(hex[i + 1]) < 0) return {};
    bytes.push_back(static_cast<std::uint8_t>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return bytes;
}

std::string public_hex_of(EVP_PKEY* key)
{
  std::array<std::uint8_t, 32> raw{};
  std::size_t size = raw.size();
  check(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1, "a key has its public half");
  return to_hex(raw.data(), size);
}

} // namespace

struct SigningKey::Impl {
  Key key;
};

SigningKey::SigningKey(std::shared_ptr<const Impl> impl)
    : impl_(std::move(impl)), public_hex_(public_hex_of(impl_->key.get()))
{
}

Result<SigningKey> SigningKey::generate()
{
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) return fail(ErrorKind::unsupported, "the crypto library makes no Ed25519 keys");
  return SigningKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem)
{
  const Text bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without this callback OpenSSL would ask on the terminal for the password of a sealed key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519)
    return fail(ErrorKind::invalid, "this is no Ed25519 key in PEM without a password; "
                                    "openssl genpkey -algorithm ed25519 makes one");
  return SigningKey(std::make_shared<const Impl>(Impl{std::move(key)}));
}

std::string SigningKey::pem() const
{
  const Text bio(BIO_new(BIO_s_mem()));
  check(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), impl_->key.get(), nullptr, nullptr, 0,
                                             nullptr, nullptr) == 1,
        "a key can be written");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string SigningKey::sign(std::string_view bytes) const
{
  const Context context(EVP_MD_CTX_new());
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  check(context &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) == 1 &&
            EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(bytes), bytes.size()) ==
                1,
        "signing works");
  return to_hex(signature.data(), size);
}

bool is_signed_by(std::string_view public_hex, std::string_view bytes, std::string_view signature)
{
  const auto raw = from_hex(public_hex), signed_as = from_hex(signature);
  if (raw.size() != 32 || signed_as.size() != 64) return false;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
  const Context context(EVP_MD_CTX_new());
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signed_as.data(), signed_as.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

} // namespace gramsetu
