// Listening: the Unix socket with its stale file and mode, loopback TCP, and the end of both.
#include "daemon/api/server.hpp"

#include "daemon/api/client.hpp"
#include "daemon/api/server_parts.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <list>

namespace gramsetu::api {

namespace {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

// Out of descriptors: asking again at once would only burn the processor.
constexpr std::chrono::milliseconds kAcceptPause{200};

// Accepts connections at one address.
template <typename Listening>
class Listener {
public:
  Listener(std::shared_ptr<Core> core, const typename Listening::endpoint& where)
      : core_(std::move(core)), acceptor_(core_->context), pause_(core_->context)
  {
    acceptor_.open(where.protocol());
    if constexpr (std::is_same_v<Listening, asio::ip::tcp>)
      acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(where);
  }
  // At one that somebody else listens at, too.
  Listener(std::shared_ptr<Core> core, int listening)
      : core_(std::move(core)), acceptor_(core_->context), pause_(core_->context)
  {
    acceptor_.assign(Listening(), listening);
  }

  void listen()
  {
    acceptor_.listen();
    if constexpr (std::is_same_v<Listening, asio::ip::tcp>)
      port_ = acceptor_.local_endpoint().port();
    accept();
  }

  void close()
  {
    Failure ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  std::uint16_t port() const { return port_; }

private:
  void accept()
  {
    acceptor_.async_accept(socket_, [this](Failure failure) {
      if (failure == asio::error::operation_aborted) return;
      if (failure) return accept_later();
      admit();
      accept();
    });
  }

  void accept_later()
  {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](Failure failure) {
      if (!failure) accept();
    });
  }

  typename Listening::socket fresh_socket() { return typename Listening::socket(core_->context); }

  void admit()
  {
    typename Listening::socket socket = std::exchange(socket_, fresh_socket());
    Door door{std::is_same_v<Listening, asio::ip::tcp>, port_, {}};
    if (core_->count(door) >= core_->limits.connections) return; // Closed by going out of scope.
    if constexpr (std::is_same_v<Listening, asio::ip::tcp>) {
      Failure gone;
      door.source = source_of(socket.remote_endpoint(gone).address().to_string());
      if (gone) return;
    } else {
      auto peer = peer_of(socket.native_handle());
      if (!peer) return;
      door.peer = std::move(*peer);
    }
    serve_connection(core_, socket.release(), std::move(door));
  }

  std::shared_ptr<Core> core_;
  asio::basic_socket_acceptor<Listening, asio::io_context::executor_type> acceptor_;
  asio::steady_timer pause_;
  typename Listening::socket socket_ = fresh_socket(); // the next connection
  std::uint16_t port_ = 0;
};

Result<void> clear_stale_socket(const std::string& path)
{
  struct stat what {};
  if (::lstat(path.c_str(), &what) != 0) return {};
  if (!S_ISSOCK(what.st_mode))
    return fail(ErrorKind::invalid, path + " is there already and is not a socket");
  if (listening(path)) return fail(ErrorKind::precondition, "another gramsetu answers at " + path);
  ::unlink(path.c_str());
  return {};
}

Result<void> check_tcp(const ServerOptions& options)
{
  if (options.tcp_host.empty()) return {};
  if (options.tokens.empty())
    return fail(ErrorKind::invalid, "api.tcp needs tokens; without one nobody could come in");
  Failure failure;
  const auto address = asio::ip::make_address(options.tcp_host, failure);
  if (failure) return fail(ErrorKind::invalid, "api.tcp.listen is an address and a port");
  if (!address.is_loopback() && !options.tls)
    return fail(ErrorKind::invalid,
                "api.tcp without tls listens on loopback only, 127.0.0.1 or ::1; others need tls, "
                "here or in a proxy before it");
  return {};
}

} // namespace

struct Server::Impl {
  std::shared_ptr<Core> core;
  std::string unix_path;
  std::optional<Listener<asio::local::stream_protocol>> on_unix;
  std::list<Listener<asio::local::stream_protocol>> on_passed;
  std::optional<Listener<asio::ip::tcp>> on_tcp;

  // Nothing to do when it is the service's own group, which spares the unit the right to chown.
  void give_to_group(gid_t group) const
  {
    struct stat what {};
    if (::stat(unix_path.c_str(), &what) == 0 && what.st_gid == group) return;
    if (::chown(unix_path.c_str(), static_cast<uid_t>(-1), group) == 0) return;
    throw boost::system::system_error(errno, boost::system::system_category(),
                                      "the socket cannot be given to its group");
  }

  void listen(const ServerOptions& options)
  {
    unix_path = options.unix_path;
    on_unix.emplace(core, asio::local::stream_protocol::endpoint(unix_path));
    // The file is closed to others until its mode is right, because nobody listens yet.
    if (core->access->operators) give_to_group(*core->access->operators);
    ::chmod(unix_path.c_str(), 0660);
    on_unix->listen();
    for (const int socket : options.passed)
      on_passed.emplace_back(core, socket).listen();
    if (options.tcp_host.empty()) return;
    on_tcp.emplace(
        core, asio::ip::tcp::endpoint(asio::ip::make_address(options.tcp_host), options.tcp_port));
    on_tcp->listen();
  }

  void stop()
  {
    core->stopping = true;
    if (on_unix) on_unix->close();
    for (auto& listener : on_passed)
      listener.close();
    if (on_tcp) on_tcp->close();
    for (Connection* connection : core->connections)
      if (!connection->busy()) connection->close();
  }

  bool busy() const
  {
    return std::any_of(core->connections.begin(), core->connections.end(),
                       [](const Connection* connection) { return connection->busy(); });
  }
};

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server()
{
  impl_->core->workers.reset();
  impl_->core->prompt_workers.reset();
  impl_->stop();
  if (!impl_->unix_path.empty()) ::unlink(impl_->unix_path.c_str());
}

Result<std::unique_ptr<Server>> Server::open(runtime::Loop& loop, Handler handler,
                                             ServerOptions options)
{
  TRY_VOID(check_tcp(options));
  TRY_VOID(clear_stale_socket(options.unix_path));
  auto access = std::make_shared<Access>(Access{std::move(options.tokens), std::nullopt});
  if (!options.group.empty()) {
    TRY(access->operators, find_group(options.group));
  }
  if (options.tls) {
    TRY(access->tls, Tls::open(*options.tls));
  }
  auto impl = std::make_shared<Impl>();
  try {
    auto workers =
        std::make_unique<runtime::Workers>(options.limits.handlers, options.limits.waiting);
    auto prompt =
        std::make_unique<runtime::Workers>(options.limits.prompt_handlers, options.limits.waiting);
    impl->core = std::shared_ptr<Core>(
        new Core{loop.context(), std::move(handler), options.limits, options.on_refused,
                 options.on_failed, options.on_answered, std::move(workers), std::move(prompt)});
    impl->core->access = access;
    impl->listen(options);
  } catch (const std::exception& problem) {
    return fail(ErrorKind::invalid, std::string("the admin API cannot listen: ") + problem.what());
  }
  loop.on_stop([impl] { impl->stop(); });
  loop.keep_open_while([impl] { return impl->busy(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Result<void> Server::renew(std::vector<Token> tokens, const std::optional<TlsSettings>& tls)
{
  auto& core = *impl_->core;
  auto access = std::make_shared<Access>(*core.current_access());
  access->tokens = std::move(tokens);
  if (tls) {
    TRY(access->tls, Tls::open(*tls));
  }
  const std::lock_guard lock(core.access_mutex);
  core.access = std::move(access);
  return {};
}

std::uint16_t Server::tcp_port() const
{
  return impl_->on_tcp ? impl_->on_tcp->port() : 0;
}

std::size_t Server::connections() const
{
  return impl_->core->connections.size();
}

} // namespace gramsetu::api
