// Encoding by hand; decoding by OpenSSL, which knows all that is not base64.
#include "base/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstdint>

namespace gramsetu {

std::string base64(std::string_view bytes)
{
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(i <= count ? kDigits[group >> (18 - 6 * i) & 63u] : '=');
  }
  return text;
}

Result<std::string> from_base64(std::string_view text)
{
  std::string dense(text);
  std::erase_if(dense, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
  if (dense.empty() || dense.size() % 4 != 0 || dense.size() > INT_MAX)
    return fail(ErrorKind::invalid, "it is not base64");
  std::string bytes(dense.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(dense.data()),
                                   static_cast<int>(dense.size()));
  if (size < 0) return fail(ErrorKind::invalid, "it is not base64");
  const auto padding = static_cast<std::size_t>(dense.ends_with("==") ? 2 : dense.ends_with('='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

} // namespace gramsetu
