// Who is at the other end, and what they may do.
#pragma once

#include "base/digest.hpp"
#include "base/result.hpp"
#include "daemon/api/router.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gramsetu::api {

// Somebody who was not let in.
struct Refusal {
  std::string from; // "uid 1001", "token"
  std::string why, path;
};

struct Identity {
  Role role = Role::viewer;
  std::string actor;                   // a user name or a token's name
  std::set<std::string> entities = {}; // of an app
};

// The process at the other end of a Unix socket, as the kernel vouches for it.
struct Peer {
  uid_t user = 0;
  std::vector<gid_t> groups;
};

Result<Peer> peer_of(int socket);

// root and the daemon's own user are admins, members of `operators` operators, all others nobody.
// Asks the system for the user's name, which may take its time: not for the loop.
std::optional<Identity> identify(const Peer& peer, std::optional<gid_t> operators);

// A group's name or number.
Result<gid_t> find_group(const std::string& name);

struct Token {
  std::string name;
  Role role = Role::viewer;
  Digest secret{}; // digested: neither the token nor its length can be read back or timed
  std::set<std::string> entities = {}; // of an app
};

// One token a line: NAME ROLE SECRET, with the role viewer, operator or admin, or NAME app SECRET ENTITY...; lines
// that begin with # are notes. The secret is "sha256:" and the digest of the token in hex, as `gramsetu token new`
// prints it, or the token itself, of at least 16 characters. A name may have two tokens: the old one goes on while
// the new one is handed out. What it says about a line never shows it.
Result<std::vector<Token>> read_tokens(std::string_view text);
std::string token_line(const Token& token); // digested

// 256 random bits in hex. So that its plain digest is enough: nobody guesses it, and a slow one would only slow us.
std::string new_token();

// The token in an Authorization header ("Bearer ..."). Takes the same time for every token.
std::optional<Identity> identify(std::string_view authorization, const std::vector<Token>& tokens);

std::optional<Role> role_named(std::string_view name);

// A Host header in its parts: the name without brackets, and whether the port is ours (`usual` stands for a
// missing one).
struct HostName {
  std::string name;
  bool our_port = false;
};
HostName read_host(std::string_view host, std::uint16_t port, std::uint16_t usual);
// localhost, 127.0.0.1 and ::1. A browser that was lured here by a name of the attacker's (DNS rebinding) sends
// that name.
bool is_loopback_name(std::string_view name);

// Answered without asking who: a probe has no token, and they say nothing but up or not.
bool is_open_path(std::string_view path);

} // namespace gramsetu::api
