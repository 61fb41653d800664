// A blocking HTTP/1.1 client of one request, on plain sockets; Beast only parses the answer.
#include "daemon/api/client.hpp"

#include "daemon/api/target.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gramsetu::api {

namespace {

namespace http = boost::beast::http;
using Deadline = std::chrono::steady_clock::time_point;

// An answer is a page; this keeps a command's memory bounded even if it is not.
constexpr std::uint64_t kAnswerLimit = 256 * 1024 * 1024;

class Socket {
public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket()
  {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

private:
  int descriptor_;
};

Result<sockaddr_un> address_of(const std::string& path)
{
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    return fail(ErrorKind::invalid, "'" + path + "' is no path for a socket");
  path.copy(address.sun_path, path.size());
  return address;
}

Result<void> connect_to(const Socket& socket, const std::string& path)
{
  TRY(const sockaddr_un address, address_of(path));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    return {};
  switch (errno) {
  case ENOENT:
  case ECONNREFUSED: return fail(ErrorKind::not_found, "no daemon listens at " + path);
  case EACCES:
  case EPERM: return fail(ErrorKind::unauthorized, "this user may not talk to " + path);
  default: return fail(ErrorKind::transient, "the daemon at " + path + " is busy");
  }
}

// Waits until `events` can happen without blocking.
Result<void> wait_for(const Socket& socket, short events, Deadline deadline)
{
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket.get(), events, 0};
    const auto patience = std::clamp<std::int64_t>(left.count(), 0, 1000);
    const int ready = ::poll(&waiting, 1, static_cast<int>(patience));
    if (ready > 0) return {};
    if (left.count() <= 0) return fail(ErrorKind::transient, "the daemon did not answer in time");
  }
}

std::string text_of(const Request& request)
{
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                                 request.method, write_target(request.path, request.query));
  for (const auto& [name, value] : request.headers)
    text += fmt::format("{}: {}\r\n", name, value);
  if (!request.body.empty() || request.method != "GET")
    text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text + "\r\n" + request.body;
}

Result<void> send_all(const Socket& socket, std::string_view text, Deadline deadline)
{
  while (!text.empty()) {
    const ssize_t sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
    if (sent >= 0 || errno == EINTR) continue;
    // The daemon may refuse a request before it has read it all: its answer says why.
    if (errno == EPIPE || errno == ECONNRESET) return {};
    if (errno != EAGAIN) return fail(ErrorKind::transient, "the daemon closed the connection");
    TRY_VOID(wait_for(socket, POLLOUT, deadline));
  }
  return {};
}

Response to_response(http::response<http::string_body>&& message)
{
  Response response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    response.headers[name] = std::string(field.value());
  }
  response.content_type = response.headers["content-type"];
  response.body = std::move(message.body());
  return response;
}

Result<Response> receive(const Socket& socket, Deadline deadline)
{
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kAnswerLimit);
  std::string unread;
  std::array<char, 65536> chunk{};
  while (!parser.is_done()) {
    TRY_VOID(wait_for(socket, POLLIN, deadline));
    const ssize_t count = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    boost::system::error_code failure;
    if (count <= 0) { // An answer that ends before its length is no answer.
      if (parser.got_some()) parser.put_eof(failure);
      if (failure || !parser.is_done())
        return fail(ErrorKind::transient, "the daemon stopped in the middle of its answer");
      break;
    }
    unread.append(chunk.data(), static_cast<std::size_t>(count));
    unread.erase(0, parser.put(boost::asio::buffer(unread), failure));
    if (failure && failure != http::error::need_more)
      return fail(ErrorKind::transient, "the daemon's answer cannot be read: " + failure.message());
  }
  return to_response(parser.release());
}

} // namespace

Result<Response> call(const std::string& socket_path, const Request& request,
                      std::chrono::milliseconds timeout)
{
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  TRY_VOID(connect_to(socket, socket_path));
  TRY_VOID(send_all(socket, text_of(request), deadline));
  return receive(socket, deadline);
}

bool listening(const std::string& socket_path)
{
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto connected = connect_to(socket, socket_path);
  // A full backlog is somebody, too.
  return connected.has_value() || connected.error().kind == ErrorKind::transient;
}

} // namespace gramsetu::api
