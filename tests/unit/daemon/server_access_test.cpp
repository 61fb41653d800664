// Who may do what: users and groups of the socket, tokens of TCP.
#include "daemon/api/server_access.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::api;

TEST_CASE("root and the hub's own user are admins, members of the group operators, others nobody")
{
  CHECK(identify(Peer{0, {0}}, std::nullopt)->role == Role::admin);
  CHECK(identify(Peer{::geteuid(), {}}, std::nullopt)->role == Role::admin);
  CHECK(identify(Peer{54321, {7, 42}}, gid_t{42})->role == Role::operator_);
  CHECK(identify(Peer{54321, {7, 42}}, gid_t{42})->actor == "uid:54321");
  CHECK_FALSE(identify(Peer{54321, {7}}, gid_t{42}));
  CHECK_FALSE(identify(Peer{54321, {0}}, std::nullopt));
  CHECK(*find_group("root") == 0);
  CHECK(*find_group("42") == 42);
  CHECK_FALSE(find_group("no-such-group"));
}

TEST_CASE("tokens are read strictly, and an error shows none of them")
{
  CHECK(read_tokens("")->empty());
  CHECK(read_tokens(" # note\n\na viewer 0123456789abcdef\n")->size() == 1);
  const auto app = read_tokens("a app 0123456789abcdef voucher asset");
  REQUIRE(app);
  CHECK(app->front().entities == std::set<std::string>{"asset", "voucher"});
  for (const auto* text : {"a viewer short", "a root 0123456789abcdef", "a viewer",
                           "a viewer 0123456789abcdef more", "a app 0123456789abcdef"}) {
    const auto tokens = read_tokens(text);
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().what.find("0123456789") == std::string::npos);
  }
}

TEST_CASE("a token opens as what it was given for, and nothing like it opens")
{
  const auto tokens = *read_tokens("a viewer 0123456789abcdef\nb admin fedcba9876543210");
  CHECK(identify("Bearer 0123456789abcdef", tokens)->role == Role::viewer);
  CHECK(identify("Bearer fedcba9876543210", tokens)->actor == "b");
  for (const auto* header : {"", "Bearer ", "bearer", "Bearer 0123456789abcde",
                             "Bearer 0123456789abcdef ", "Basic 0123456789abcdef"})
    CHECK_FALSE(identify(header, tokens));
  CHECK_FALSE(identify("Bearer ", std::vector<Token>{}));
}

TEST_CASE(
    "a new token is long, is kept as its digest, and opens; two of one name open side by side")
{
  const auto old_token = new_token(), fresh = new_token();
  CHECK(old_token.size() == 64);
  CHECK(old_token != fresh);
  const auto line = token_line({"csc", Role::app, sha256(fresh), {"voucher", "asset"}});
  CHECK(line.find(fresh) == std::string::npos);
  CHECK(line.starts_with("csc app sha256:"));
  CHECK(line.ends_with(" asset voucher"));
  const auto tokens =
      *read_tokens(token_line({"csc", Role::viewer, sha256(old_token), {}}) + "\n" + line);
  CHECK(identify("Bearer " + old_token, tokens)->role == Role::viewer);
  CHECK(identify("Bearer " + fresh, tokens)->entities.contains("voucher"));
  // What is kept does not open.
  CHECK_FALSE(identify("Bearer " + line.substr(8, 71), tokens));
  CHECK_FALSE(read_tokens("a viewer sha256:0123456789abcdef"));
}

TEST_CASE("only a loopback name with our port is our own")
{
  const auto is_own = [](std::string_view text, std::uint16_t port) {
    const auto host = read_host(text, port, 80);
    return host.our_port && is_loopback_name(host.name);
  };
  for (const auto* host : {"localhost:8470", "127.0.0.1:8470", "[::1]:8470"})
    CHECK(is_own(host, 8470));
  for (const auto* host :
       {"", "localhost", "127.0.0.1", "[::1]", "127.0.0.1:8471", "localhost:08470",
        "127.0.0.1.nip.io:8470", "localhost.evil.example:8470", "evil.example",
        "localhost:8470:8470", "evil@localhost:8470", ":8470"})
    CHECK_FALSE(is_own(host, 8470));
  CHECK(is_own("localhost", 80));
  CHECK(is_own("[::1]", 80));
}
