// OpenSSL behind a few plain functions.
#include "connectors/http/seal/ciphers.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>

namespace gramsetu::connectors::http::seal {

namespace {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* made) const
  {
    free(made);
  }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Hashing = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free>>;

const unsigned char* bytes_of(std::string_view text)
{
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text)
{
  return reinterpret_cast<unsigned char*>(text.data());
}

// Says no more than that: what a cipher does not like about its input is nobody else's business.
tl::unexpected<Error> bad(const char* what)
{
  return fail(ErrorKind::invalid, what);
}

const EVP_CIPHER* cipher_for(const AesKey& key)
{
  if (key.iv.size() != 16) return nullptr;
  switch (key.key.size()) {
  case 16: return EVP_aes_128_cbc();
  case 24: return EVP_aes_192_cbc();
  case 32: return EVP_aes_256_cbc();
  default: return nullptr;
  }
}

Result<std::string> run_cipher(const AesKey& key, std::string_view input, bool encrypting)
{
  const EVP_CIPHER* cipher = cipher_for(key);
  if (!cipher) return bad("an AES key has 16, 24 or 32 bytes, and its iv has 16");
  const Cipher context(EVP_CIPHER_CTX_new());
  std::string output(input.size() + 32, '\0');
  int first = 0, last = 0;
  const bool done =
      context &&
      EVP_CipherInit_ex(context.get(), cipher, nullptr, bytes_of(std::string_view(key.key)),
                        bytes_of(std::string_view(key.iv)), encrypting ? 1 : 0) == 1 &&
      EVP_CipherUpdate(context.get(), bytes_of(output), &first, bytes_of(input),
                       static_cast<int>(input.size())) == 1 &&
      EVP_CipherFinal_ex(context.get(), bytes_of(output) + first, &last) == 1;
  if (!done) return bad("a sealed message cannot be opened");
  output.resize(static_cast<std::size_t>(first + last));
  return output;
}

Key read_key(const std::string& pem, bool is_private)
{
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!memory) return nullptr;
  // No passphrase: an empty one instead of a question on the terminal.
  static char none[] = "";
  return Key(is_private ? PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, none)
                        : PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, none));
}

Result<std::string> run_oaep(const Key& key, std::string_view input, bool wrapping)
{
  if (!key) return bad("an RSA key cannot be read: it must be PEM");
  const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  const auto init = wrapping ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init;
  const auto work = wrapping ? EVP_PKEY_encrypt : EVP_PKEY_decrypt;
  std::size_t size = 0;
  std::string output;
  const bool ready = context && init(context.get()) > 0 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) > 0 &&
                     work(context.get(), nullptr, &size, bytes_of(input), input.size()) > 0;
  if (ready) output.resize(size);
  if (!ready || work(context.get(), bytes_of(output), &size, bytes_of(input), input.size()) <= 0)
    return bad("a sealed message cannot be opened");
  output.resize(size);
  return output;
}

} // namespace

Result<std::string> encrypt(const AesKey& key, std::string_view plain)
{
  return run_cipher(key, plain, true);
}

Result<std::string> decrypt(const AesKey& key, std::string_view sealed)
{
  return run_cipher(key, sealed, false);
}

Result<std::string> wrap(const std::string& public_key, std::string_view secret)
{
  return run_oaep(read_key(public_key, false), secret, true);
}

Result<std::string> unwrap(const std::string& private_key, std::string_view wrapped)
{
  return run_oaep(read_key(private_key, true), wrapped, false);
}

Result<std::string> sign(const std::string& private_key, std::string_view text)
{
  const Key key = read_key(private_key, true);
  if (!key) return bad("an RSA key cannot be read: it must be PEM");
  const Hashing context(EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string signature;
  const bool ready =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1;
  if (ready) signature.resize(size);
  if (!ready ||
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) != 1)
    return bad("a message cannot be signed");
  signature.resize(size);
  return signature;
}

Result<bool> is_signed(const std::string& public_key, std::string_view text,
                       std::string_view signature)
{
  const Key key = read_key(public_key, false);
  if (!key) return bad("an RSA key cannot be read: it must be PEM");
  const Hashing context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

Result<RsaKeys> new_rsa_keys()
{
  const Key key(EVP_RSA_gen(2048));
  const auto text_of = [&](auto write) {
    const Memory memory(BIO_new(BIO_s_mem()));
    char* start = nullptr;
    if (!memory || write(memory.get()) != 1) return std::string();
    const auto size = BIO_get_mem_data(memory.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
  };
  RsaKeys keys;
  keys.private_key = text_of([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  keys.public_key = text_of([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); });
  if (!key || keys.private_key.empty() || keys.public_key.empty())
    return bad("RSA keys cannot be made");
  return keys;
}

Result<std::string> random_word(std::size_t size)
{
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; // 64: no bias
  std::string word(size, '\0');
  if (RAND_bytes(bytes_of(word), static_cast<int>(size)) != 1)
    return fail(ErrorKind::transient, "the system has no randomness");
  for (char& letter : word)
    letter = kLetters[static_cast<unsigned char>(letter) & 63u];
  return word;
}

} // namespace gramsetu::connectors::http::seal
