// Whole files under a key: who has the file without the key learns its size and nothing else.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace gramsetu {

// The shortest text that is taken for a key: what is shorter can be tried out.
inline constexpr std::size_t kKeyTextMin = 16;

// AES-256-GCM in pieces of 64 KiB, each authenticated with its place and whether it is the last; the key
// is made from `key` by scrypt. `to` must not exist, and is for its owner alone; it is durable when this
// returns, and gone when this fails. `invalid`: the key is too short. Other errors are `transient`.
Result<void> encrypt_file(const std::string& from, const std::string& to, std::string_view key);

// The other way. `invalid` when it is no such file, the key is another one, or a single bit is not as it
// was written, the end among them: then there is no `to`.
Result<void> decrypt_file(const std::string& from, const std::string& to, std::string_view key);

// Whether `decrypt_file` would open it, to the last bit; nothing is written.
Result<void> prove_encrypted(const std::string& path, std::string_view key);

// 32 bytes of the system's randomness, in hex: a key that nobody guesses.
std::string random_key();

// True when the file begins as an encrypted one does.
bool is_encrypted(const std::string& path);

} // namespace gramsetu
