// The two forms of sealed messages, text to text.
#pragma once

#include "connectors/http/seal/ciphers.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::connectors::http::seal {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// "k=v&k=v&": neither form can escape, so a value that holds the separator, '=' in a name, or a control
// character is `invalid`. `closing`: a separator after the last one too.
Result<std::string> join(const Pairs& pairs, char separator, bool closing);
Result<Pairs> split(std::string_view text, char separator);

// CSC bridge. The message gets a signature of ours as its last member; a fresh AES key, with an iv of
// sixteen characters '0', seals it, and goes before it, wrapped for the other side; all in base64.
struct BridgeKeys {
  std::string ours;   // private, PEM
  std::string theirs; // public, PEM
};
Result<std::string> seal_message(const BridgeKeys& keys, const Pairs& message);
// Checks the signature when there is one: a wrong one is `invalid`, and so is a missing one.
Result<Pairs> open_message(const BridgeKeys& keys, std::string_view sealed);

} // namespace gramsetu::connectors::http::seal
