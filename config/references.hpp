// `${credential:NAME}`, `${env:NAME}` and `${file:PATH}`: values that stand somewhere else.
#pragma once

#include "base/result.hpp"
#include "connectors/api/transport.hpp"
#include "schema/document.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::config {

// Reads what references stand for, or only checks how they are written. What was read is never part
// of a finding.
class References {
public:
  References(bool read, std::vector<schema::Finding>& findings) : read_(read), findings_(findings)
  {
  }

  static bool in(std::string_view text);     // "${" is somewhere in it
  static bool is_one(std::string_view text); // a reference and nothing else

  // `node`'s text with every reference replaced. Nothing when references are not read here, or when
  // one is wrong (a finding).
  std::optional<std::string> expand(const schema::Node& node);
  connectors::Secret secret(const schema::Node* node);

private:
  struct Parsed;
  std::optional<std::string> value_of(const Parsed& reference, const schema::Place& place);
  std::optional<std::string> contents(const std::string& path, const std::string& what,
                                      const schema::Place& place);
  std::nullopt_t wrong(const schema::Place& place, std::string what, std::string right);

  bool read_;
  std::vector<schema::Finding>& findings_;
};

// What a single reference stands for: "credential:NAME", "env:NAME", "file:PATH", with or without "${}".
// A relative path starts at `folder`. `invalid` with what is wrong.
Result<connectors::Secret> read_reference(std::string_view reference, const std::string& folder);

// `path`, if relative, from the folder of `file`.
std::string beside(const std::string& file, const std::string& path);

} // namespace gramsetu::config
