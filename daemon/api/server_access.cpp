// Peer credentials, tokens and host names; no network library in here.
#include "daemon/api/server_access.hpp"

#include "base/check.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
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

// The digest of a token, as its line has it or as it is made from the token; nothing when it is no secret.
std::optional<Digest> digest_of(std::string_view secret)
{
  constexpr std::string_view kDigested = "sha256:";
  if (secret.starts_with(kDigested)) return digest_from_hex(secret.substr(kDigested.size()));
  if (secret.size() < kSecretMin) return std::nullopt;
  return sha256(secret);
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

std::string_view name_of(Role role)
{
  switch (role) {
  case Role::app: return "app";
  case Role::viewer: return "viewer";
  case Role::operator_: return "operator";
  case Role::admin: return "admin";
  }
  return "viewer";
}

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
    const auto digest = digest_of(secret);
    if (!known || !digest || (*known == Role::app) == entities.empty())
      return fail(
          ErrorKind::invalid,
          fmt::format("line {} of the tokens is not NAME ROLE SECRET, with a role of viewer, "
                      "operator or admin and a secret of at least {} characters, and not "
                      "NAME app SECRET ENTITY...",
                      number, kSecretMin));
    tokens.push_back({name, *known, *digest, entities});
  }
  return tokens;
}

std::string token_line(const Token& token)
{
  return fmt::format("{} {} sha256:{}{}{}", token.name, name_of(token.role), to_hex(token.secret),
                     token.entities.empty() ? "" : " ", fmt::join(token.entities, " "));
}

std::string new_token()
{
  std::array<unsigned char, 32> bytes{};
  for (std::size_t had = 0; had < bytes.size();) {
    const auto count = ::getrandom(bytes.data() + had, bytes.size() - had, 0);
    check(count > 0 || errno == EINTR, "the kernel gives random bytes");
    if (count > 0) had += static_cast<std::size_t>(count);
  }
  return to_hex(*digest_from_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

std::optional<Role> role_named(std::string_view name)
{
  for (const auto role : {Role::app, Role::viewer, Role::operator_, Role::admin})
    if (name == name_of(role)) return role;
  return std::nullopt;
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

HostName read_host(std::string_view host, std::uint16_t port, std::uint16_t usual)
{
  const auto colon = host.rfind(':');
  const bool with_port = colon != host.npos && host.find(']', colon) == host.npos;
  auto name = with_port ? host.substr(0, colon) : host;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']')
    name = name.substr(1, name.size() - 2);
  const bool ours = with_port ? host.substr(colon + 1) == std::to_string(port) : port == usual;
  return {std::string(name), ours};
}

bool is_loopback_name(std::string_view name)
{
  return name == "localhost" || name == "127.0.0.1" || name == "::1";
}

bool is_open_path(std::string_view path)
{
  return path == "/healthz" || path == "/readyz";
}

} // namespace gramsetu::api
