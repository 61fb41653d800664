// Pairs to text, and the bridge's envelope.
#include "connectors/http/seal/messages.hpp"

#include "connectors/http/message.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors::http::seal {

namespace {

constexpr std::string_view kCheck = "checksum=";

bool fits(std::string_view text, char separator)
{
  return std::none_of(text.begin(), text.end(), [&](char c) {
    return c == separator || static_cast<unsigned char>(c) < 0x20;
  });
}

AesKey bridge_key(std::string key)
{
  return {std::move(key), std::string(16, '0')};
}

} // namespace

Result<std::string> join(const Pairs& pairs, char separator, bool closing)
{
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!fits(name, separator) || !fits(value, separator) || name.find('=') != name.npos ||
        value.find('=') != value.npos)
      return fail(ErrorKind::invalid,
                  fmt::format("'{}' holds a character that a sealed message cannot carry", name));
    if (!text.empty() && !closing) text.push_back(separator);
    text += name + "=" + value;
    if (closing) text.push_back(separator);
  }
  return text;
}

Result<Pairs> split(std::string_view text, char separator)
{
  Pairs pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    if (equals == pair.npos || equals == 0)
      return fail(ErrorKind::invalid, "a sealed message is not made of names and values");
    pairs.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return pairs;
}

Result<std::string> seal_message(const BridgeKeys& keys, const Pairs& message)
{
  TRY(const std::string plain, join(message, '|', true));
  TRY(const std::string signature, sign(keys.ours, plain));
  TRY(const std::string key, random_word(32));
  TRY(const std::string wrapped, wrap(keys.theirs, key));
  TRY(const std::string sealed,
      encrypt(bridge_key(key), plain + std::string(kCheck) + base64(signature)));
  return base64(wrapped + sealed);
}

Result<Pairs> open_message(const BridgeKeys& keys, std::string_view sealed)
{
  TRY(const std::string bytes, from_base64(sealed));
  // The wrapped key is as long as our own RSA key: the one size at which it opens.
  constexpr std::size_t kSizes[] = {128, 256, 384, 512};
  for (const std::size_t size : kSizes) {
    if (bytes.size() <= size) break;
    const auto key = unwrap(keys.ours, std::string_view(bytes).substr(0, size));
    if (!key) continue;
    TRY(const std::string plain, decrypt(bridge_key(*key), std::string_view(bytes).substr(size)));
    const auto check = plain.rfind(kCheck);
    if (check == plain.npos) return fail(ErrorKind::invalid, "a sealed message is not signed");
    TRY(const std::string signature,
        from_base64(std::string_view(plain).substr(check + kCheck.size())));
    TRY(const bool good,
        is_signed(keys.theirs, std::string_view(plain).substr(0, check), signature));
    if (!good) return fail(ErrorKind::invalid, "the signature of a sealed message is wrong");
    return split(std::string_view(plain).substr(0, check), '|');
  }
  return fail(ErrorKind::invalid, "a sealed message cannot be opened");
}

} // namespace gramsetu::connectors::http::seal
