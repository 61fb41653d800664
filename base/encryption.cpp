// The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015) over OpenSSL's AES-256-GCM.
#include "base/encryption.hpp"

#include "base/check.hpp"
#include "base/descriptor.hpp"
#include "base/digest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

namespace gramsetu {

namespace {

// A file: mark, salt, and pieces of ciphertext with their tags. The nonce of a piece is its number and
// whether it is the last; the key belongs to one file, because its salt does, so no nonce comes twice.
constexpr std::string_view kMark = "gramsetu-crypt1\n";
constexpr std::size_t kSalt = 16, kPiece = 64 << 10, kTag = 16, kNonce = 12;
// 32 MiB and a tenth of a second for each key that somebody tries.
constexpr std::uint64_t kScryptN = 1 << 15, kScryptR = 8, kScryptP = 1, kScryptMemory = 64 << 20;

using Bytes = std::basic_string<unsigned char>;
using Key = std::array<unsigned char, 32>;

struct Freed {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Freed>;

tl::unexpected<Error> failed(std::string_view what, const std::string& path)
{
  return fail(ErrorKind::transient, fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

// Reads until the buffer is full or the file ends; how much there was.
Result<std::size_t> fill(int file, unsigned char* to, std::size_t size, const std::string& path)
{
  std::size_t have = 0;
  while (have < size) {
    const auto got = ::read(file, to + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

// To nowhere, when there is no file.
Result<void> drain(int file, const unsigned char* from, std::size_t size, const std::string& path)
{
  if (file < 0) return {};
  while (size > 0) {
    const auto put = ::write(file, from, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("cannot write", path);
    from += put;
    size -= static_cast<std::size_t>(put);
  }
  return {};
}

Key key_of(std::string_view text, const unsigned char* salt)
{
  Key key{};
  const int made = EVP_PBE_scrypt(text.data(), text.size(), salt, kSalt, kScryptN, kScryptR,
                                  kScryptP, kScryptMemory, key.data(), key.size());
  check(made == 1, "scrypt works");
  return key;
}

std::array<unsigned char, kNonce> nonce_of(std::uint64_t number, bool last)
{
  std::array<unsigned char, kNonce> nonce{};
  for (int i = 0; i < 8; ++i)
    nonce[static_cast<std::size_t>(i)] = static_cast<unsigned char>(number >> (56 - 8 * i));
  nonce[kNonce - 1] = last ? 1 : 0;
  return nonce;
}

// One piece, in either direction; false when it is not what was written.
bool turn(const Key& key, bool encrypts, std::array<unsigned char, kNonce> nonce, Bytes& piece)
{
  const Context context(EVP_CIPHER_CTX_new());
  auto* const c = context.get();
  int size = 0;
  const int way = encrypts ? 1 : 0;
  bool fine =
      c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), nullptr, key.data(), nonce.data(), way) == 1;
  if (!encrypts) {
    if (piece.size() < kTag) return false;
    auto* const tag = piece.data() + piece.size() - kTag;
    fine = fine && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, kTag, tag) == 1;
  }
  const auto text = encrypts ? piece.size() : piece.size() - kTag;
  fine =
      fine && EVP_CipherUpdate(c, piece.data(), &size, piece.data(), static_cast<int>(text)) == 1;
  if (!fine || EVP_CipherFinal_ex(c, piece.data() + size, &size) != 1) return false;
  piece.resize(text + (encrypts ? kTag : 0));
  return !encrypts || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, kTag, piece.data() + text) == 1;
}

// Piece after piece. One piece is read ahead: the last one has to be known as such.
Result<void> turn_all(const Key& key, bool encrypts, const std::pair<int, std::string>& from,
                      const std::pair<int, std::string>& to)
{
  const auto whole = kPiece + (encrypts ? 0 : kTag);
  Bytes present(whole, 0), ahead(whole, 0);
  TRY(std::size_t have, fill(from.first, present.data(), whole, from.second));
  for (std::uint64_t number = 0;; ++number) {
    std::size_t more = 0;
    ahead.resize(whole);
    if (have == whole) {
      TRY(more, fill(from.first, ahead.data(), whole, from.second));
    }
    present.resize(have);
    if (!turn(key, encrypts, nonce_of(number, more == 0), present)) {
      return fail(ErrorKind::invalid,
                  fmt::format("{} cannot be opened: the key is another one, or the file is damaged "
                              "or cut off (piece {})",
                              from.second, number + 1));
    }
    TRY_VOID(drain(to.first, present.data(), present.size(), to.second));
    if (more == 0) return {};
    std::swap(present, ahead);
    have = more;
  }
}

using Head = std::array<unsigned char, kMark.size() + kSalt>;

Result<void> decrypt_into(const std::string& from, const std::pair<int, std::string>& to,
                          std::string_view key)
{
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.is_open()) return failed("cannot read", from);
  Head head{};
  TRY(const auto got, fill(source.number(), head.data(), head.size(), from));
  if (got != head.size() || std::memcmp(head.data(), kMark.data(), kMark.size()) != 0)
    return fail(ErrorKind::invalid, from + " is not encrypted by this program");
  return turn_all(key_of(key, head.data() + kMark.size()), false, {source.number(), from}, to);
}

Result<void> encrypt_into(const std::string& from, const std::pair<int, std::string>& to,
                          std::string_view key)
{
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.is_open()) return failed("cannot read", from);
  Head head{};
  std::memcpy(head.data(), kMark.data(), kMark.size());
  check(RAND_bytes(head.data() + kMark.size(), kSalt) == 1, "the system has randomness");
  TRY_VOID(drain(to.first, head.data(), head.size(), to.second));
  return turn_all(key_of(key, head.data() + kMark.size()), true, {source.number(), from}, to);
}

// A new file, filled by `work`; gone when that fails.
template <typename Work>
Result<void> make_file(const std::string& path, Work work)
{
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("cannot write", path);
  Result<void> done = work(std::pair(file.number(), path));
  if (done && ::fsync(file.number()) != 0) done = failed("cannot make durable", path);
  if (!done) ::unlink(path.c_str());
  return done;
}

} // namespace

Result<void> encrypt_file(const std::string& from, const std::string& to, std::string_view key)
{
  if (key.size() < kKeyTextMin) {
    return fail(ErrorKind::invalid,
                fmt::format("the key has {} characters; give one of {} or more, such as what "
                            "'openssl rand -hex 32' prints",
                            key.size(), kKeyTextMin));
  }
  return make_file(to, [&](const auto& target) { return encrypt_into(from, target, key); });
}

Result<void> decrypt_file(const std::string& from, const std::string& to, std::string_view key)
{
  return make_file(to, [&](const auto& target) { return decrypt_into(from, target, key); });
}

Result<void> prove_encrypted(const std::string& path, std::string_view key)
{
  return decrypt_into(path, {-1, ""}, key);
}

std::string random_key()
{
  Digest bytes{};
  check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the system has randomness");
  return to_hex(bytes);
}

bool is_encrypted(const std::string& path)
{
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, kMark.size()> head{};
  return file.is_open() &&
         ::read(file.number(), head.data(), head.size()) == static_cast<ssize_t>(head.size()) &&
         std::string_view(head.data(), head.size()) == kMark;
}

} // namespace gramsetu
