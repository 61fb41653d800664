// The sftp transport against a real OpenSSH server: the contract, and whom it trusts.
#include "connectors/sftp/host_key.hpp"
#include "connectors/sftp/sftp.hpp"
#include "tests/contract/folder_world.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ssh_server.hpp"

#include <thread>

using namespace gramsetu;
using namespace gramsetu::contract;
using namespace gramsetu::connectors;
using gramsetu::test::SshServer;
namespace fs = std::filesystem;

namespace {

bool cannot_run()
{
  if (SshServer::is_there()) return false;
  MESSAGE("skipped: there is no sshd; ./dev setup installs it");
  return true;
}

// The same folder, as the server shows it.
class SftpWorld final : public FolderWorld {
public:
  SftpWorld() : FolderWorld({}) {}

  bool strike(Mishap mishap, int skip) override
  {
    if (mishap != Mishap::refused) return FolderWorld::strike(mishap, skip);
    if (skip > 0) return false;
    server_.refuse(true);
    return true;
  }

  void calm() override
  {
    server_.refuse(false);
    FolderWorld::calm();
  }

protected:
  Result<std::unique_ptr<Connector>> open_at(const EndpointSettings& base) override
  {
    EndpointSettings settings = base;
    settings.path.clear();
    settings.url = server_.url(path());
    settings.host_keys = {server_.fingerprint()};
    settings.auth.kind = Auth::Kind::ssh_key;
    settings.auth.user = server_.user();
    settings.auth.value = Secret(server_.key());
    return sftp::transport_type().open(settings, services());
  }

private:
  SshServer server_;
};

// One stream of one folder of one server, and every setting open to be wrong.
struct Remote {
  SshServer server;
  test::TempDir dir;
  test::FakeClock clock;
  NullSink sink;
  EndpointSettings settings;
  std::shared_ptr<Manifest> manifest = std::make_shared<Manifest>();

  explicit Remote(const std::string& pull = "{ path: \"*.csv\" }",
                  const std::string& push = "{ path: \"out/{key}.ndjson\" }")
  {
    std::vector<schema::Finding> findings;
    Stream stream;
    stream.name = "things";
    stream.pull = schema::parse_document(pull, "pull.yaml", findings);
    stream.push = schema::parse_document(push, "push.yaml", findings);
    manifest->streams.push_back(std::move(stream));
    manifest->transport = "sftp";
    REQUIRE(findings.empty());
    settings.name = "state";
    settings.url = server.url(dir.path());
    settings.manifest = manifest;
    settings.host_keys = {server.host_key()};
    settings.auth.kind = Auth::Kind::ssh_key;
    settings.auth.user = server.user();
    settings.auth.value = Secret(server.key());
  }

  std::unique_ptr<Connector> open()
  {
    auto opened = sftp::transport_type().open(settings, {clock, Log(clock, sink), "hub"});
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
    return std::move(*opened);
  }

  PullRequest request(const std::string& since = "") const
  {
    PullRequest made;
    made.stream = &manifest->streams.front();
    made.slice = {"all", {}};
    made.since = since;
    return made;
  }

  Result<Page> page(std::stop_token stop = {}) { return open()->pull(request(), stop); }
};

} // namespace

TEST_CASE("a folder of an SFTP server keeps the connector contract")
{
  if (cannot_run()) return;
  check_connector_contract([] { return std::make_unique<SftpWorld>(); });
}

TEST_CASE("a server that does not show a known key is told nothing")
{
  if (cannot_run()) return;
  Remote remote;
  remote.dir.write("a.csv", "id\n1\n");
  SUBCASE("another key of the same kind")
  {
    remote.settings.host_keys = {"ssh-ed25519 "
                                 "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/"
                                 "QEXn9OIeZJ"};
  }
  SUBCASE("another fingerprint")
  {
    remote.settings.host_keys = {"SHA256:" + std::string(43, 'A')};
  }
  const auto page = remote.page();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::unauthorized);
  CHECK_MESSAGE(page.error().what.find(remote.server.fingerprint()) != std::string::npos,
                page.error().what);
  CHECK(remote.server.log().find("userauth") == std::string::npos);
  CHECK(remote.server.log().find(remote.settings.auth.user + " ") == std::string::npos);
}

TEST_CASE("a server is known by a line of known_hosts or a fingerprint, of any of its keys")
{
  if (cannot_run()) return;
  Remote remote;
  remote.dir.write("a.csv", "id\n1\n");
  for (const auto& known :
       {remote.server.host_key(), remote.server.host_key("rsa"), remote.server.fingerprint()}) {
    CAPTURE(known);
    remote.settings.host_keys = {"SHA256:" + std::string(43, 'A'), known};
    if (known == remote.server.host_key("rsa")) remote.settings.host_keys = {known};
    const auto page = remote.page();
    REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
    CHECK(page->records.size() == 1);
  }
  remote.settings.host_keys.clear();
  const auto opened = sftp::transport_type().open(
      remote.settings, {remote.clock, Log(remote.clock, remote.sink), ""});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().what.find("no host_key") != std::string::npos);
}

TEST_CASE("who is not let in is told so, and asks no more")
{
  if (cannot_run()) return;
  Remote remote;
  SUBCASE("another key")
  {
    remote.settings.auth.value = Secret(remote.server.other_key());
  }
  SUBCASE("a wrong password")
  {
    remote.settings.auth.kind = Auth::Kind::basic;
    remote.settings.auth.password = Secret("canary-password");
  }
  SUBCASE("what is no key")
  {
    remote.settings.auth.value = Secret("canary-password");
  }
  const auto page = remote.page();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::unauthorized);
  CHECK(page.error().what.find("canary") == std::string::npos);
}

TEST_CASE("a change is written beside, then named; its repetition changes nothing")
{
  if (cannot_run()) return;
  Remote remote;
  const auto connector = remote.open();
  const std::vector<Intent> intents = {{"k1", Verb::remove, "7", "r7", "", {}, ""},
                                       {"k2", Verb::remove, "8", "r8", "", {}, ""}};
  for (int turn = 0; turn < 2; ++turn) {
    const auto receipts = connector->push(remote.manifest->streams.front(), intents, {});
    REQUIRE(receipts.size() == 2);
    CHECK_MESSAGE(receipts[0].outcome == Receipt::Outcome::applied, receipts[0].error.what);
    CHECK(receipts[1].outcome == Receipt::Outcome::applied);
  }
  CHECK(remote.dir.read("out/k1.ndjson").find("\"idempotency_key\":\"k1\"") != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(remote.dir.file("out")), {}) == 2);
  CHECK(remote.server.connections() == 1); // kept from call to call
  auto other = intents;
  other[0].key = "9";
  const auto refused = connector->push(remote.manifest->streams.front(), other, {});
  CHECK(refused[0].outcome == Receipt::Outcome::refused);
  CHECK(remote.dir.read("out/k1.ndjson").find("\"key\":\"7\"") != std::string::npos);
  remote.server.refuse(true);
  CHECK(connector->push(remote.manifest->streams.front(), intents, {})[0].outcome ==
        Receipt::Outcome::not_sent);
  remote.server.refuse(false);
  CHECK(connector->push(remote.manifest->streams.front(), intents, {})[0].outcome ==
        Receipt::Outcome::applied);
}

TEST_CASE("links, drafts and files that are too large are not taken")
{
  if (cannot_run()) return;
  Remote remote;
  const test::TempDir outside;
  outside.write("secret.csv", "id\n666\n");
  fs::create_symlink(outside.file("secret.csv"), remote.dir.file("link.csv"));
  remote.dir.write("half.csv.part", "id\n5\n");
  CHECK(remote.page().error().kind == ErrorKind::not_found);
  remote.dir.write("a.csv", "id\n1\n");
  CHECK(remote.page()->records.size() == 1);
  remote.settings.limits.response_bytes = 1'000;
  remote.dir.write("b.csv", "id\n" + std::string(2'000, '1') + "\n");
  CHECK(remote.page().error().kind == ErrorKind::invalid);
}

TEST_CASE("a server that says nothing costs its time limit, and a stop costs less")
{
  if (cannot_run()) return;
  Remote remote;
  remote.settings.limits.connect_timeout = std::chrono::seconds(1);
  remote.server.keep_silent();
  const auto begin = std::chrono::steady_clock::now();
  const auto page = remote.page();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::transient);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
}

TEST_CASE("a file that takes too long is given up")
{
  if (cannot_run()) return;
  Remote remote;
  remote.dir.write("a.csv", "id\n" + std::string(20'000'000, '1') + "\n");
  remote.settings.limits.response_bytes = 100'000'000;
  remote.settings.limits.total_timeout = std::chrono::milliseconds(40);
  const auto connector = remote.open();
  const auto page = connector->pull(remote.request(), {});
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::transient);
  CHECK_MESSAGE(page.error().what.find("limits.total_timeout") != std::string::npos,
                page.error().what);
}

TEST_CASE("dropped files are read once, and filed away once what they held is stored")
{
  if (cannot_run()) return;
  Remote remote("{ path: \"in/*.csv\", drop: { archive: taken, acknowledge: acks } }");
  remote.dir.write("in/a.csv", "id\n1\n2\n");
  remote.dir.write("in/bad.csv", "");
  const auto connector = remote.open();
  const auto first = connector->pull(remote.request(), {});
  REQUIRE_MESSAGE(first, (first ? "" : first.error().what));
  CHECK(first->records.size() == 2);
  CHECK(fs::exists(remote.dir.file("in/a.csv")));
  CHECK(remote.dir.read("rejected/bad.csv.reason").find("no header") != std::string::npos);
  CHECK(fs::exists(remote.dir.file("rejected/bad.csv")));
  const auto second = connector->pull(remote.request(first->cursor), {});
  REQUIRE_MESSAGE(second, (second ? "" : second.error().what));
  CHECK(second->records.empty());
  CHECK_FALSE(fs::exists(remote.dir.file("in/a.csv")));
  CHECK(remote.dir.read("taken/a.csv") == "id\n1\n2\n");
  CHECK(remote.dir.read("acks/a.csv.ack").find("\"records\":2") != std::string::npos);
}

TEST_CASE("host keys are read as they are shown, and nothing weaker")
{
  using sftp::read_host_key;
  const std::string fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrrADltlVEy4XYLDC6pFp2mE";
  CHECK(read_host_key(fingerprint)->fingerprint == fingerprint);
  CHECK(read_host_key(" " + fingerprint + "= ")->fingerprint == fingerprint);
  const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
  CHECK(read_host_key("host.example,10.0.0.1 ssh-ed25519 " + key + " comment")->key == key);
  CHECK(read_host_key("ssh-ed25519 " + key)->type == "ssh-ed25519");
  for (const std::string& wrong :
       {std::string(), std::string("SHA256:"), std::string("SHA256:abc"),
        std::string("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"),
        "@revoked host ssh-ed25519 " + key, "@cert-authority * ssh-ed25519 " + key,
        "ssh-dss " + key, std::string("ssh-ed25519 x"), key, std::string("yes")}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_host_key(wrong));
  }
}
