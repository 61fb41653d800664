// The loopback server over plain sockets: one thread a connection, few connections, short lives.
#include "connectors/kit/loopback.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

namespace gramsetu::connectors::kit {

namespace {

constexpr std::size_t kRequestMost = 8 << 20; // ours, from this process

bool same_word(std::string_view a, std::string_view b)
{
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) ==
                  std::tolower(static_cast<unsigned char>(y));
         });
}

std::string stripped(const std::string& text)
{
  const auto from = text.find_first_not_of(" \t");
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

Heard heard_of(const std::string& head)
{
  Heard heard;
  const auto line = head.substr(0, head.find("\r\n"));
  const auto first = line.find(' '), second = line.rfind(' ');
  heard.method = line.substr(0, first);
  const auto target = first == line.npos ? "" : line.substr(first + 1, second - first - 1);
  const auto mark = target.find('?');
  heard.path = target.substr(0, mark);
  if (mark != target.npos) heard.query = target.substr(mark + 1);
  for (auto at = line.size() + 2; at < head.size();) {
    const auto end = std::min(head.find("\r\n", at), head.size());
    const auto field = head.substr(at, end - at);
    if (const auto colon = field.find(':'); colon != field.npos)
      heard.headers.emplace_back(field.substr(0, colon), stripped(field.substr(colon + 1)));
    at = end + 2;
  }
  return heard;
}

} // namespace

const std::string* Heard::header(std::string_view name) const
{
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& one) { return same_word(one.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

std::string answer_bytes(int status, const Pairs& headers, const std::string& body)
{
  std::string bytes = fmt::format("HTTP/1.1 {} Fixture\r\n", status);
  for (const auto& [name, value] : headers)
    if (!same_word(name, "Content-Length") && !same_word(name, "Transfer-Encoding"))
      bytes += name + ": " + value + "\r\n";
  if (status == 204 || status == 304) return bytes + "\r\n";
  return bytes + fmt::format("Content-Length: {}\r\n\r\n", body.size()) + body;
}

struct Loopback::Impl {
  Answer answer;
  int listener = -1, port = 0;
  const int wake = ::eventfd(0, EFD_CLOEXEC); // readable when the server must end
  std::atomic<bool> ending{false};
  std::mutex mutex;                  // one answer at a time
  std::vector<std::thread> speakers; // only the acceptor adds; joined after it
  std::thread acceptor;

  ~Impl()
  {
    ending = true;
    ::eventfd_write(wake, 1);
    if (acceptor.joinable()) acceptor.join();
    for (auto& speaker : speakers)
      speaker.join();
    if (listener >= 0) ::close(listener);
    ::close(wake);
  }

  // False when the server must end.
  bool wait_for(int socket) const
  {
    std::array<pollfd, 2> waiting = {pollfd{socket, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    while (!ending && waiting[0].revents == 0)
      ::poll(waiting.data(), waiting.size(), -1);
    return !ending;
  }

  Result<void> listen_anywhere()
  {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (listener < 0 || ::bind(listener, plain, size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, plain, &size) != 0)
      return fail(ErrorKind::transient,
                  fmt::format("cannot listen on loopback: {}", std::strerror(errno)));
    port = ntohs(address.sin_port);
    return {};
  }

  void accept_all()
  {
    while (wait_for(listener)) {
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) speakers.emplace_back([this, client] { speak(client); });
    }
  }

  void speak(int client)
  {
    std::string bytes;
    while (auto heard = hear(client, bytes)) {
      Reply reply;
      {
        const std::lock_guard lock(mutex);
        reply = answer(*heard);
      }
      if (!write_all(client, reply.bytes) || reply.close) break;
    }
    ::close(client);
  }

  bool read_more(int client, std::string& bytes)
  {
    if (bytes.size() >= kRequestMost || !wait_for(client)) return false;
    char buffer[16384];
    const auto count = ::recv(client, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    bytes.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  // The next request; `bytes` keeps what came of the one after it.
  std::optional<Heard> hear(int client, std::string& bytes)
  {
    std::size_t end = bytes.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!read_more(client, bytes)) return std::nullopt;
      end = bytes.find("\r\n\r\n");
    }
    Heard heard = heard_of(bytes.substr(0, end));
    const std::string* stated = heard.header("Content-Length");
    const auto length = stated ? schema::read_integer(*stated).value_or(0) : 0;
    const std::size_t whole = end + 4 + static_cast<std::size_t>(std::max<std::int64_t>(length, 0));
    while (bytes.size() < whole)
      if (!read_more(client, bytes)) return std::nullopt;
    heard.body = bytes.substr(end + 4, whole - end - 4);
    bytes.erase(0, whole);
    return heard;
  }

  static bool write_all(int client, const std::string& bytes)
  {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count = ::send(client, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }
};

Loopback::Loopback(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Loopback::~Loopback() = default;

Result<std::unique_ptr<Loopback>> Loopback::open(Answer answer)
{
  auto impl = std::make_unique<Impl>();
  impl->answer = std::move(answer);
  TRY_VOID(impl->listen_anywhere());
  impl->acceptor = std::thread([&inside = *impl] { inside.accept_all(); });
  return std::unique_ptr<Loopback>(new Loopback(std::move(impl)));
}

std::string Loopback::url() const
{
  return fmt::format("http://127.0.0.1:{}", impl_->port);
}

} // namespace gramsetu::connectors::kit
