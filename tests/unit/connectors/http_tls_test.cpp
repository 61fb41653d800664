// TLS against a real server: whom we trust, who we are, and which keys we have pinned.
#include "tests/support/certificates.hpp"
#include "tests/unit/connectors/http_bench.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

namespace gramsetu::connectors {

using namespace gramsetu::test;

namespace {

bool has_tools()
{
  const bool there =
      std::system("command -v nginx >/dev/null 2>&1 || test -x /usr/sbin/nginx") == 0 &&
      Certificates::can_be_made();
  if (!there) MESSAGE("skipped: nginx or openssl is not installed");
  return there;
}

// An nginx on loopback that asks for a client's certificate, with an authority of its own.
class TlsServer {
public:
  const Certificates certificates;
  const TempDir& dir = certificates.dir;

  TlsServer()
  {
    for (int attempt = 0; attempt < 5 && process_ <= 0; ++attempt)
      start();
    REQUIRE(process_ > 0);
  }
  ~TlsServer()
  {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }

  std::string url(const std::string& host = "127.0.0.1") const
  {
    return "https://" + host + ":" + std::to_string(port_);
  }

private:
  void start()
  {
    port_ = closed_port();
    dir.write("nginx.conf",
              "daemon off; master_process off; pid nginx.pid; error_log error.log;\n"
              "events {}\nhttp {\n  access_log off; default_type application/json;\n"
              "  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n"
              "  uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
              "  server {\n    listen 127.0.0.1:" +
                  std::to_string(port_) +
                  " ssl;\n    ssl_certificate server.pem; ssl_certificate_key server.key;\n"
                  "    ssl_client_certificate ca.pem; ssl_verify_client on;\n"
                  "    location / { return 200 '{\"records\":[{\"code\":\"a\"}]}'; }\n  }\n}\n");
    process_ = ::fork();
    if (process_ == 0) {
      const std::string configuration = dir.file("nginx.conf"), prefix = dir.path() + "/";
      ::setenv("PATH", "/usr/sbin:/usr/bin:/bin", 1);
      if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(126);
      ::execlp("nginx", "nginx", "-p", prefix.c_str(), "-c", configuration.c_str(), nullptr);
      ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      const std::string connects = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port_);
      if (std::system(("bash -c '" + connects + "' 2>/dev/null").c_str()) == 0) return;
      if (::waitpid(process_, nullptr, WNOHANG) == process_) break;
    }
    process_ = 0; // the port was taken meanwhile, perhaps
  }

  int port_ = 0;
  pid_t process_ = 0;
};

struct Visit {
  std::string ca = "ca.pem", client = "client";
  std::vector<std::string> pins = {};
  std::string host = "127.0.0.1";
};

// What one page comes to: its codes, or the error.
std::string visit(const TlsServer& server, const Visit& visit)
{
  HttpBench bench(kPlain);
  bench.settings.url = server.url(visit.host);
  bench.settings.tls.ca = server.certificates.file(visit.ca);
  if (!visit.client.empty()) {
    bench.settings.tls.certificate = server.certificates.file(visit.client + ".pem");
    bench.settings.tls.key = Secret(server.dir.read(visit.client + ".key"));
  }
  bench.settings.tls.pins = visit.pins;
  bench.settings.limits.connect_timeout = std::chrono::seconds(10);
  bench.settings.limits.total_timeout = std::chrono::seconds(20);
  auto opened = http::transport_type().open(bench.settings,
                                            {bench.clock, Log(bench.clock, bench.sink), "hub"});
  REQUIRE(opened);
  bench.connector = std::move(*opened);
  return codes_of(bench.pull_all());
}

} // namespace

TEST_CASE("TLS lets through whom both sides know, and nobody else")
{
  if (!has_tools()) return;
  const TlsServer server;
  const std::string right = server.certificates.pin("server.pem"),
                    wrong = server.certificates.pin("other.pem"),
                    other = server.certificates.pin("client.pem");
  const std::string secret = server.dir.read("client.key").substr(40, 20);

  CHECK(visit(server, {}) == "a ");
  // One of two pins is enough: the key in use, and the one to come.
  CHECK(visit(server, {.pins = {right, wrong}}) == "a ");
  CHECK(visit(server, {.pins = {wrong, right}}) == "a ");
  const std::string unpinned = visit(server, {.pins = {wrong, other}});
  CHECK(unpinned.find("public key does not match pinned public key") != std::string::npos);

  const std::string nobody = visit(server, {.client = ""});
  CHECK(nobody.find("answered 400") != std::string::npos);
  const std::string stranger = visit(server, {.client = "other"});
  CHECK(stranger.find("answered 400") != std::string::npos);
  const std::string untrusted = visit(server, {.ca = "other.pem"});
  CHECK(untrusted.starts_with("error: "));
  CHECK(untrusted.find("peer certificate") != std::string::npos);
  const std::string misnamed = visit(server, {.host = "localhost"});
  CHECK(misnamed.starts_with("error: "));
  for (const std::string& error : {unpinned, nobody, stranger, untrusted, misnamed})
    CHECK(error.find(secret) == std::string::npos);
}

} // namespace gramsetu::connectors
