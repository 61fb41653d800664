// What a program says on stderr, made fit for a log: no secrets, no numbers of persons, no control characters, no end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::connectors::exec {

class Mask {
public:
  // `secrets`: as they are configured; each is also looked for line by line and as JSON writes it.
  explicit Mask(const std::vector<std::string>& secrets);

  // At most 2 KiB. A secret is ********, wherever it stands.
  std::string operator()(std::string_view line) const;

private:
  std::vector<std::string> secrets_; // longest first, so that no part of one shows
};

} // namespace gramsetu::connectors::exec
