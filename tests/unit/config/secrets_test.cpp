// Secrets: references only, read strictly, never repeated.
#include "base/signature.hpp"
#include "tests/unit/config/world.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace gramsetu;
using test::World;
using Lines = std::vector<std::string>;

namespace {

// Sets a variable of the environment for one case.
class Variable {
public:
  Variable(const char* name, const std::string& value) : name_(name)
  {
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }

private:
  const char* name_;
};

std::string with_token(const std::string& token)
{
  return "hub: { name: north }\n"
         "endpoints:\n"
         "  portal:\n"
         "    connector: portal\n"
         "    url: https://portal.example.in\n"
         "    auth: { bearer: { token: \"" +
         token + "\" } }\n";
}

const std::string kAt = "hub.yaml:6:30: ";

std::string token_of(const World& world, const std::string& reference)
{
  const auto loaded = world.load(with_token(reference), true);
  for (const auto& finding : loaded->findings)
    FAIL_CHECK(to_text(finding));
  return loaded->config.endpoints.at("portal").auth.value.reveal();
}

std::string secret_file(const World& world, const std::string& content, mode_t mode = 0600)
{
  const std::string path = world.dir.write("token", content);
  ::chmod(path.c_str(), mode);
  return path;
}

} // namespace

TEST_CASE("a secret in the file itself is an error that does not repeat it")
{
  const World world;
  CHECK(world.check(with_token("hunter2")) ==
        Lines{kAt +
              "endpoints.portal.auth.bearer.token is written into the file; keep it elsewhere "
              "and write ${credential:NAME}, ${env:NAME} or ${file:PATH}"});
  CHECK(world.check(with_token("Bearer ${env:TOKEN}")) ==
        Lines{kAt + "endpoints.portal.auth.bearer.token is not one whole reference; write a "
                    "reference: ${credential:NAME}, ${env:NAME} or ${file:PATH}"});
  CHECK(world.check(with_token("${env:TOKEN}hunter2")).size() == 1);
}

TEST_CASE("what signs the audit log is a key that signs; a check knows that there is one")
{
  const World world;
  const auto with = [&](const std::string& content, bool read) {
    const auto path = secret_file(world, content);
    return world.load(
        "hub: { name: north }\naudit: { folder: chain, key: \"${file:" + path + "}\" }\n", read);
  };
  const auto pem = SigningKey::generate().value().pem();
  const auto good = with(pem, true);
  CHECK(good->findings.empty());
  CHECK(SigningKey::from_pem(good->config.audit.key.reveal()).has_value());
  CHECK(good->config.audit.folder == world.dir.file("chain"));
  CHECK(with(pem, false)->config.audit.key_is_elsewhere);
  const auto bad = with("four words and a number 7", true);
  REQUIRE(bad->findings.size() == 1);
  CHECK(to_text(bad->findings[0]).find("audit.key is no key that signs") != std::string::npos);
  CHECK(to_text(bad->findings[0]).find("four words") == std::string::npos);
}

TEST_CASE("a check leaves secrets alone")
{
  const World world;
  CHECK(world.check(with_token("${credential:nowhere}")).empty());
  CHECK(world.check(with_token("${file:/nowhere}")).empty());
}

TEST_CASE("a reference of no known kind is an error, also to a check")
{
  const World world;
  CHECK(world.check(with_token("${vault:x}")) ==
        Lines{kAt + "endpoints.portal.auth.bearer.token is not one whole reference; write a "
                    "reference: ${credential:NAME}, ${env:NAME} or ${file:PATH}"});
  CHECK(world.check("hub: { name: \"${nothing}\" }\n") ==
        Lines{"hub.yaml:1:14: this is not a reference that can be read; write ${credential:NAME}, "
              "${env:NAME} or ${file:PATH}"});
  CHECK(world.check("hub: { name: \"${credential:../shadow}\" }\n").size() == 1);
}

TEST_CASE("the environment is read, and must not be empty")
{
  const World world;
  {
    const Variable token("GRAMSETU_TEST_TOKEN", "hunter2");
    CHECK(token_of(world, "${env:GRAMSETU_TEST_TOKEN}") == "hunter2");
  }
  CHECK(world.check(with_token("${env:GRAMSETU_TEST_TOKEN}"), true) ==
        Lines{kAt + "the environment variable of ${env:GRAMSETU_TEST_TOKEN} is not set; set it for "
                    "the service (EnvironmentFile= in its unit)"});
  const Variable token("GRAMSETU_TEST_TOKEN", "");
  CHECK(world.check(with_token("${env:GRAMSETU_TEST_TOKEN}"), true).size() == 1);
}

TEST_CASE("a credential is read from systemd's folder, without its last line end")
{
  const World world;
  world.dir.write("credentials/central", "hunter2\n");
  ::chmod(world.dir.file("credentials/central").c_str(), 0400);
  CHECK(world.check(with_token("${credential:central}"), true) ==
        Lines{kAt + "there are no credentials to read ${credential:central} from; put it "
                    "into /etc/gramsetu/credentials/central and restart the service, or add "
                    "LoadCredential=central:/path/of/the/secret to the unit"});
  const Variable folder("CREDENTIALS_DIRECTORY", world.dir.file("credentials"));
  CHECK(token_of(world, "${credential:central}") == "hunter2");
  CHECK(world.check(with_token("${credential:other}"), true) ==
        Lines{kAt + "the credential of ${credential:other} is not there; put it "
                    "into /etc/gramsetu/credentials/other and restart the service, or add "
                    "LoadCredential=other:/path/of/the/secret to the unit"});
  // As systemd calls what it takes from a whole folder; a credential of that very name goes first.
  world.dir.write("credentials/gramsetu_other", "swordfish");
  world.dir.write("credentials/gramsetu_central", "swordfish");
  for (const auto* name : {"credentials/gramsetu_other", "credentials/gramsetu_central"})
    ::chmod(world.dir.file(name).c_str(), 0400);
  CHECK(token_of(world, "${credential:other}") == "swordfish");
  CHECK(token_of(world, "${credential:central}") == "hunter2");
}

TEST_CASE("a secret's file is a regular one that not everybody reads, and is not empty")
{
  const World world;
  CHECK(token_of(world, "${file:" + secret_file(world, "hunter2\r\n") + "}") == "hunter2");
  CHECK(token_of(world, "${file:token}") == "hunter2"); // beside the operator's file

  secret_file(world, "hunter2", 0644);
  const std::string path = world.dir.file("token");
  CHECK(world.check(with_token("${file:token}"), true) ==
        Lines{kAt + "the file of ${file:token} can be read by everybody; chmod o-r token"});
  secret_file(world, "\n", 0600);
  CHECK(world.check(with_token("${file:token}"), true) ==
        Lines{kAt + "the file of ${file:token} is empty; put the value into it"});
  CHECK(world.check(with_token("${file:/nowhere/at/all}"), true) ==
        Lines{kAt + "the file of ${file:/nowhere/at/all} cannot be read; give the service a file "
                    "that it may read"});
  CHECK(world.check(with_token("${file:/dev/zero}"), true) ==
        Lines{kAt + "the file of ${file:/dev/zero} is not a regular file; name a regular file"});
  secret_file(world, std::string(70'000, 'x'));
  CHECK(
      world.check(with_token("${file:token}"), true) ==
      Lines{kAt + "the file of ${file:token} cannot be read as a secret; keep it to 65536 bytes"});
}

TEST_CASE("other values may hold references, and what they give is checked but not repeated")
{
  const World world;
  const std::string text = "hub: { name: \"${env:GRAMSETU_TEST_HUB}\" }\n"
                           "workers: \"${env:GRAMSETU_TEST_WORKERS}\"\n";
  CHECK(world.check(text).empty());
  const Variable hub("GRAMSETU_TEST_HUB", "north");
  {
    const Variable workers("GRAMSETU_TEST_WORKERS", "7");
    const auto loaded = world.load(text, true);
    CHECK(loaded->findings.empty());
    CHECK(loaded->config.hub_name == "north");
    CHECK(loaded->config.workers == 7);
  }
  const Variable workers("GRAMSETU_TEST_WORKERS", "hunter2");
  CHECK(world.check(text, true) ==
        Lines{"hub.yaml:2:10: workers is what its reference gives; write a whole number"});
}

TEST_CASE("a reference cannot be a key")
{
  const World world;
  CHECK(world.check("hub: { name: north, \"${env:KEY}\": x }\n") ==
        Lines{"hub.yaml:1:21: a reference stands as a key; references are for values, write the "
              "name here"});
}
