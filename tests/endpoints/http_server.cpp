// The server: Beast reads requests; answers are written as bytes, because good libraries refuse to write
// the bad ones.
#include "tests/endpoints/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace gramsetu::sim {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using std::chrono::milliseconds;

Request to_request(const http::request<http::string_body>& message)
{
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.body = message.body();
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name)
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    request.headers[name] = std::string(field.value());
  }
  split_target(request);
  return request;
}

// A line that cuts what is long says so to nobody.
bool keeps(Misbehaviour::Kind kind)
{
  return kind == Misbehaviour::Kind::none || kind == Misbehaviour::Kind::cut_long;
}

std::string head_of(const Response& response, bool keep)
{
  using Kind = Misbehaviour::Kind;
  const Kind kind = response.misbehaviour.kind;
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", response.status,
                                 reason_of(response.status), response.content_type);
  if (kind == Kind::chunk_cut)
    head += "Transfer-Encoding: chunked\r\n";
  else
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (kind == Kind::two_lengths)
    head += fmt::format("Content-Length: {}\r\n", response.body.size() / 2);
  for (const auto& [name, value] : response.headers)
    head += name + ": " + value + "\r\n";
  head += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

} // namespace

struct HttpServer::Impl {
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    std::thread thread;
    std::atomic<bool> done = false;
  };

  asio::io_context io;
  Handler handler;
  std::uint16_t port = 0;
  std::atomic<bool> stopping = false;
  std::thread accepting;
  std::mutex mutex; // guards all below
  std::condition_variable changed;
  std::optional<tcp::acceptor> acceptor;
  std::list<Connection> connections;
  std::chrono::steady_clock::time_point refuse_until{};

  // False when the port cannot be had.
  bool listen(std::uint16_t wanted)
  {
    boost::system::error_code error;
    tcp::acceptor fresh(io);
    fresh.open(tcp::v4(), error);
    if (!error) fresh.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) fresh.bind(tcp::endpoint(asio::ip::address_v4::loopback(), wanted), error);
    if (!error) fresh.listen(asio::socket_base::max_listen_connections, error);
    if (error) return false;
    fresh.non_blocking(true, error);
    port = fresh.local_endpoint().port();
    const std::scoped_lock lock(mutex);
    acceptor.emplace(std::move(fresh));
    return true;
  }

  void accept_loop()
  {
    while (!stopping) {
      int descriptor = -1;
      {
        const std::scoped_lock lock(mutex);
        reap();
        if (acceptor) descriptor = acceptor->native_handle();
      }
      if (descriptor < 0) {
        reopen();
        continue;
      }
      pollfd waiting{descriptor, POLLIN, 0};
      // Short, so that stopping and refusing are noticed soon.
      if (::poll(&waiting, 1, 20) > 0) accept_one();
    }
  }

  // While refused, sleeps in slices; afterwards takes the same port again.
  void reopen()
  {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, milliseconds(10));
    const bool due = std::chrono::steady_clock::now() >= refuse_until;
    lock.unlock();
    if (due && !stopping) listen(port);
  }

  void accept_one()
  {
    const std::scoped_lock lock(mutex);
    if (!acceptor) return;
    boost::system::error_code error;
    connections.emplace_back(io);
    Connection& connection = connections.back();
    acceptor->accept(connection.socket, error);
    if (error || stopping) {
      connections.pop_back();
      return;
    }
    connection.socket.set_option(tcp::no_delay(true), error);
    connection.thread = std::thread([this, &connection] {
      serve(connection);
      connection.done = true;
    });
  }

  // Joins the threads of connections that have ended. Called with the lock held.
  void reap()
  {
    for (auto it = connections.begin(); it != connections.end();) {
      if (!it->done) {
        ++it;
        continue;
      }
      it->thread.join();
      it = connections.erase(it);
    }
  }

  void serve(Connection& connection)
  {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (!stopping) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(256u << 20); // a whole stream may be loaded at once
      http::read(connection.socket, buffer, parser, error);
      if (error) break;
      const bool keep = parser.get().keep_alive();
      const Response response = handler(to_request(parser.get()));
      if (!answer(connection.socket, response, keep) || !keep) break;
    }
    connection.socket.shutdown(tcp::socket::shutdown_both, error);
    const std::scoped_lock lock(mutex); // `close_all` may be looking at the socket
    connection.socket.close(error);
  }

  // False when the connection is of no further use.
  bool answer(tcp::socket& socket, const Response& response, bool keep)
  {
    using Kind = Misbehaviour::Kind;
    const Misbehaviour& how = response.misbehaviour;
    rest(how.before);
    if (how.kind == Kind::close) return false;
    boost::system::error_code error;
    const std::string head = head_of(response, keep && keeps(how.kind));
    const std::string& body = response.body;
    switch (how.kind) {
    case Kind::truncate: write(socket, head + body.substr(0, body.size() / 2)); return false;
    case Kind::cut_long:
      if (body.size() <= how.bytes) return write(socket, head + body) && keep;
      write(socket, head + body.substr(0, how.bytes));
      return false;
    case Kind::chunk_cut:
      write(socket, head + fmt::format("{:x}\r\n", body.size()) + body + "\r\n");
      return false;
    case Kind::drip: drip(socket, head + body, how.each); return false;
    case Kind::two_lengths: write(socket, head + body); return false;
    default: return write(socket, head + body);
    }
  }

  static bool write(tcp::socket& socket, const std::string& bytes)
  {
    boost::system::error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    return !error;
  }

  void drip(tcp::socket& socket, const std::string& bytes, milliseconds each)
  {
    for (const char c : bytes) {
      if (stopping || !write(socket, std::string(1, c))) return;
      rest(each);
    }
  }

  void rest(milliseconds duration)
  {
    const auto until = std::chrono::steady_clock::now() + duration;
    std::unique_lock lock(mutex);
    changed.wait_until(lock, until, [&] { return stopping.load(); });
  }

  // Wakes threads that read. Called with the lock held.
  void close_all()
  {
    for (Connection& connection : connections)
      if (connection.socket.is_open()) ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::uint16_t port, Handler handler)
{
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  if (!impl->listen(port))
    return fail(ErrorKind::invalid, fmt::format("port {} on 127.0.0.1 cannot be had", port));
  impl->accepting = std::thread([raw = impl.get()] { raw->accept_loop(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer()
{
  impl_->stopping = true;
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->close_all();
    impl_->changed.notify_all();
  }
  impl_->accepting.join();
  for (Impl::Connection& connection : impl_->connections)
    connection.thread.join();
}

std::uint16_t HttpServer::port() const
{
  return impl_->port;
}

void HttpServer::refuse_for(milliseconds duration)
{
  const std::scoped_lock lock(impl_->mutex);
  impl_->refuse_until = std::chrono::steady_clock::now() + duration;
  // Closing alone would leave it listening for as long as the other thread polls it.
  if (impl_->acceptor) ::shutdown(impl_->acceptor->native_handle(), SHUT_RDWR);
  impl_->acceptor.reset();
  impl_->close_all();
}

} // namespace gramsetu::sim
