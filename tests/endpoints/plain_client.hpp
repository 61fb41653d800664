// The smallest HTTP client: one request a connection, the bytes that came, nothing believed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gramsetu::sim {

struct PlainAnswer {
  bool connected = false;
  int status = 0; // 0 when no status line came
  std::string head, body;

  std::string header(const std::string& name) const; // exact spelling; empty when missing
};

PlainAnswer ask(std::uint16_t port, const std::string& method, const std::string& target,
                const std::vector<std::pair<std::string, std::string>>& headers = {},
                const std::string& body = "");

} // namespace gramsetu::sim
