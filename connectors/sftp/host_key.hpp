// The keys by which an SSH server proves to be the right one. Pure.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::sftp {

struct HostKey {
  std::string type;        // "ssh-ed25519"; empty for a fingerprint, which does not say
  std::string key;         // in base64, as known_hosts has it; empty for a fingerprint
  std::string fingerprint; // "SHA256:...", without padding; empty for a key
};

// "SHA256:<base64>", or a line of known_hosts, with or without its host in front:
// "ssh-ed25519 AAAAC3Nza...". `invalid` for anything else: an MD5 fingerprint proves nothing any more, and
// a hashed or revoked line, or one of a certificate authority, is no key.
Result<HostKey> read_host_key(std::string_view written);

// Whether what the server showed is one of the keys.
bool is_known(const std::vector<HostKey>& known, const HostKey& shown);

// The algorithms to ask the server for, best first: those that a known key can answer, and all where a
// fingerprint does not say of what it is.
std::string algorithms_for(const std::vector<HostKey>& known);

} // namespace gramsetu::connectors::sftp
