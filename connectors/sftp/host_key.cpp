// Reading and comparing host keys.
#include "connectors/sftp/host_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gramsetu::connectors::sftp {

namespace {

struct KeyType {
  std::string_view type, algorithms;
};

// ssh-rsa keys sign by SHA-2; DSA and RSA over SHA-1 are not asked for.
constexpr std::array<KeyType, 5> kTypes = {{
    {"ssh-ed25519", "ssh-ed25519"},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
    {"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"},
}};

bool is_base64(std::string_view text)
{
  while (text.ends_with('='))
    text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || letter == '+' || letter == '/';
  });
}

std::vector<std::string_view> words_of(std::string_view text)
{
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

} // namespace

Result<HostKey> read_host_key(std::string_view written)
{
  constexpr std::string_view kSha256 = "SHA256:";
  const auto words = words_of(written);
  if (words.size() == 1 && words[0].starts_with(kSha256)) {
    std::string_view digest = words[0].substr(kSha256.size());
    while (digest.ends_with('='))
      digest.remove_suffix(1);
    // 32 bytes are 43 letters.
    if (digest.size() == 43 && is_base64(digest))
      return HostKey{"", "", fmt::format("{}{}", kSha256, digest)};
  }
  for (std::size_t at = 0; at + 1 < words.size() && at < 2; ++at) {
    const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const KeyType& one) { return one.type == words[at]; });
    const bool plain = at == 0 || !words[0].starts_with('@');
    if (type != kTypes.end() && plain && words[at + 1].starts_with("AAAA") &&
        is_base64(words[at + 1]))
      return HostKey{std::string(type->type), std::string(words[at + 1]), ""};
  }
  return fail(ErrorKind::invalid, "no host key: write \"SHA256:...\" or \"ssh-ed25519 AAAA...\"");
}

bool is_known(const std::vector<HostKey>& known, const HostKey& shown)
{
  return std::any_of(known.begin(), known.end(), [&](const HostKey& one) {
    if (!one.fingerprint.empty()) return one.fingerprint == shown.fingerprint;
    return one.type == shown.type && one.key == shown.key;
  });
}

std::string algorithms_for(const std::vector<HostKey>& known)
{
  std::string algorithms;
  const bool all_typed =
      std::none_of(known.begin(), known.end(), [](const HostKey& one) { return one.type.empty(); });
  for (const KeyType& type : kTypes) {
    const bool wanted = !all_typed || std::any_of(known.begin(), known.end(), [&](const auto& one) {
      return one.type == type.type;
    });
    if (!wanted) continue;
    if (!algorithms.empty()) algorithms += ",";
    algorithms += type.algorithms;
  }
  return algorithms;
}

} // namespace gramsetu::connectors::sftp
