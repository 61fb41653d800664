// Digests of bytes: SHA-256, for what is compared, chained or shown.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4). Ends the process if the crypto library cannot work at all.
// Any thread; each thread keeps one reused context, which halves the cost.
Digest sha256(std::string_view bytes);

// The same for bytes that come in pieces.
class DigestOfPieces {
public:
  DigestOfPieces();
  ~DigestOfPieces();
  DigestOfPieces(const DigestOfPieces&) = delete;
  DigestOfPieces& operator=(const DigestOfPieces&) = delete;
  void add(std::string_view bytes);
  Digest finish(); // once

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string to_hex(const Digest& digest);
std::optional<Digest> digest_from_hex(std::string_view hex);

// The digest as 32 raw bytes, as stores keep it, and back; nothing when the size is wrong.
std::string_view as_bytes(const Digest& digest);
std::optional<Digest> digest_from_bytes(std::string_view bytes);

// Adds two digests as 256-bit numbers, modulo 2^256. The sum of a set of digests does not
// depend on their order; it is what two sides compare (`verify`). A sum, not an exclusive or:
// a digest that is there twice must not vanish.
void accumulate(Digest& sum, const Digest& addend);

} // namespace gramsetu
