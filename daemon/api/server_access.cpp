// Peer credentials, tokens and host names; no network library in here.
#include "daemon/api/server_access.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <sstream>

namespace gramsetu::api {

namespace {

constexpr std::size_t kSecretMin = 16;

std::string user_name(uid_t user)
{
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  ::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? fmt::format("uid:{}", user) : found->pw_name;
}

std::optional<Role> role_named(std::string_view name)
{
  if (name == "app") return Role::app;
  if (name == "viewer") return Role::viewer;
  if (name == "operator") return Role::operator_;
  if (name == "admin") return Role::admin;
  return std::nullopt;
}

// Looks at every byte, wherever the first difference is.
bool same(const Digest& one, const Digest& other)
{
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    difference |= static_cast<unsigned>(one[i] ^ other[i]);
  return difference == 0;
}

} // namespace

Result<Peer> peer_of(int socket)
{
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return fail(ErrorKind::unauthorized, "the kernel does not say who the peer is");
  Peer peer{credentials.uid, {credentials.gid}};
  // The kernel knows the supplementary groups too; the user data base need not be asked.
  std::array<gid_t, 256> more{};
  size = sizeof(more);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, more.data(), &size) == 0)
    peer.groups.insert(peer.groups.end(), more.begin(), more.begin() + size / sizeof(gid_t));
  return peer;
}

std::optional<Identity> identify(const Peer& peer, std::optional<gid_t> operators)
{
  if (peer.user == 0 || peer.user == ::geteuid())
    return Identity{Role::admin, user_name(peer.user)};
  const auto is_member = [&] {
    return std::find(peer.groups.begin(), peer.groups.end(), *operators) != peer.groups.end();
  };
  if (operators && is_member()) return Identity{Role::operator_, user_name(peer.user)};
  return std::nullopt;
}

Result<gid_t> find_group(const std::string& name)
{
  gid_t number = 0;
  const char* end = name.data() + name.size();
  if (const auto [rest, problem] = std::from_chars(name.data(), end, number);
      !name.empty() && problem == std::errc() && rest == end)
    return number;
  group entry{};
  group* found = nullptr;
  std::array<char, 65536> buffer{};
  ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return fail(ErrorKind::invalid, "there is no group '" + name + "'");
  return found->gr_gid;
}

Result<std::vector<Token>> read_tokens(std::string_view text)
{
  std::vector<Token> tokens;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string name, role, secret;
    if (!(words >> name) || name.front() == '#') continue;
    words >> role >> secret;
    const std::set<std::string> entities{std::istream_iterator<std::string>(words), {}};
    const auto known = role_named(role);
    if (!known || secret.size() < kSecretMin || (*known == Role::app) == entities.empty())
      return fail(
          ErrorKind::invalid,
          fmt::format("line {} of the tokens is not NAME ROLE SECRET, with a role of viewer, "
                      "operator or admin and a secret of at least {} characters, and not "
                      "NAME app SECRET ENTITY...",
                      number, kSecretMin));
    tokens.push_back({name, *known, sha256(secret), entities});
  }
  return tokens;
}

std::optional<Identity> identify(std::string_view authorization, const std::vector<Token>& tokens)
{
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const Digest given = sha256(authorization.substr(kScheme.size()));
  std::optional<Identity> identity;
  for (const Token& token : tokens)
    if (same(given, token.secret)) identity = Identity{token.role, token.name, token.entities};
  return identity;
}

bool is_own_host(std::string_view host, std::uint16_t port)
{
  constexpr std::array<std::string_view, 3> kNames = {"localhost", "127.0.0.1", "[::1]"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return host == fmt::format("{}:{}", name, port) || (port == 80 && host == name);
  });
}

bool is_open_path(std::string_view path)
{
  return path == "/healthz" || path == "/readyz";
}

} // namespace gramsetu::api
