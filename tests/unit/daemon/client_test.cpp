// The commands' client says plainly why there is no answer.
#include "daemon/api/client.hpp"
#include "daemon/api/target.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace gramsetu;
using namespace gramsetu::api;
using namespace std::chrono_literals;

namespace {

// Accepts one connection, reads a little, says `bytes` and hangs up.
class Scripted {
public:
  explicit Scripted(std::string bytes)
      : path("/tmp/gramsetu-client-" + std::to_string(::getpid())),
        listener_(::socket(AF_UNIX, SOCK_STREAM, 0))
  {
    ::unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    thread_ = std::jthread([this, bytes = std::move(bytes)] {
      const int socket = ::accept(listener_, nullptr, nullptr);
      char buffer[4096];
      [[maybe_unused]] const auto got = ::recv(socket, buffer, sizeof(buffer), 0);
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::close(socket);
    });
  }
  ~Scripted()
  {
    thread_.join();
    ::close(listener_);
    ::unlink(path.c_str());
  }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;

  const std::string path;

private:
  int listener_;
  std::jthread thread_;
};

const Request kStatus{"GET", "/api/v1/status", {}, {}, "", {}, ""};

} // namespace

TEST_CASE("without a daemon the client says that none listens")
{
  const auto answer = call("/tmp/gramsetu-nobody", kStatus, 1s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::not_found);
  CHECK_FALSE(listening("/tmp/gramsetu-nobody"));
  CHECK(call(std::string(200, 'x'), kStatus, 1s).error().kind == ErrorKind::invalid);
}

TEST_CASE("an answer is taken as a whole or not at all")
{
  const auto ask = [](const std::string& bytes) {
    const Scripted daemon(bytes);
    return call(daemon.path, kStatus, 5s);
  };
  const auto answer =
      ask("HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nno");
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->content_type == "a/b");
  CHECK(answer->body == "no");
  CHECK(ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")->body ==
        "ab");
  CHECK(ask("").error().kind == ErrorKind::transient);
  CHECK(ask("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").error().kind ==
        ErrorKind::transient);
  CHECK(ask("SSH-2.0-OpenSSH\r\n\r\n").error().kind == ErrorKind::transient);
}

TEST_CASE("a daemon that does not answer is not waited for beyond the time given")
{
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const std::string path = "/tmp/gramsetu-silent-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  CHECK(listening(path));
  CHECK(call(path, kStatus, 20ms).error().kind == ErrorKind::transient);
  ::close(listener);
  ::unlink(path.c_str());
}

TEST_CASE("targets round-trip, and malformed ones are refused")
{
  const std::map<std::string, std::string> query = {{"a", "x y+z&=/ड"}, {"b", ""}};
  const std::string text = write_target("/p%2Fq", query);
  CHECK(text == "/p%2Fq?a=x%20y%2Bz%26%3D%2F%E0%A4%A1&b=");
  const auto target = read_target(text);
  REQUIRE(target);
  CHECK(target->path == "/p%2Fq");
  CHECK(target->query == query);
  CHECK(percent_decoded("%41%2f")->compare("A/") == 0);
  for (const auto* bad : {"", "x", "/%", "/%4", "/%4g", "/?a=%", "/?a=1&a=2"})
    CHECK_FALSE(read_target(bad));
}
