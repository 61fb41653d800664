// Values that only the operator's file has: times of day, addresses, URLs.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::config {

// "20:00-06:00"; both ends on the clock, and not the same.
std::optional<Window> read_window(std::string_view text);

struct Listen {
  std::string host;
  std::uint16_t port = 0; // 0: any that is free
};
// "127.0.0.1:8470", "[::1]:8470", "localhost:8470".
std::optional<Listen> read_listen(std::string_view text);

struct Url {
  std::string scheme, host, port, path; // scheme and host in lower case
};
// http, https and sftp only, without user, query and fragment.
std::optional<Url> read_url(std::string_view text);

// "postgresql://user@host:5432/database", without a password; the transport reads the rest.
bool is_database_url(std::string_view text);

bool is_loopback(std::string_view host); // 127.0.0.0/8, ::1, localhost

// True when plain YAML readers differ about the unquoted text: 0123, no, 12:30, 1e3, null.
bool is_ambiguous(std::string_view text);

// Letters, digits, '-', '_', '.'; starts with a letter or digit; at most 64.
bool is_name(std::string_view text);

} // namespace gramsetu::config
