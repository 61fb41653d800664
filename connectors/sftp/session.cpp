// Connecting, proving, logging in.
#include "connectors/sftp/session.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/socket.h>

namespace gramsetu::connectors::sftp {

namespace {

struct FreeKey {
  void operator()(ssh_key_struct* key) const { ::ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

std::string text_of(char* owned)
{
  std::string text = owned ? owned : "";
  ::ssh_string_free_char(owned);
  return text;
}

std::string fingerprint_of(ssh_key_struct* key)
{
  unsigned char* digest = nullptr;
  std::size_t size = 0;
  if (::ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &digest, &size) != SSH_OK) return "";
  std::string text = text_of(::ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, digest, size));
  ::ssh_clean_pubkey_hash(&digest);
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

Result<void> set(ssh_session_struct* session, ssh_options_e option, const void* value)
{
  if (::ssh_options_set(session, option, value) == SSH_OK) return {};
  return fail(ErrorKind::invalid, fmt::format("SSH: {}", ::ssh_get_error(session)));
}

} // namespace

Result<Address> read_address(const std::string& url)
{
  constexpr std::string_view kScheme = "sftp://";
  const auto wrong = fail(ErrorKind::invalid, "write sftp://host:22/folder");
  if (!url.starts_with(kScheme)) return wrong;
  const std::size_t begin = kScheme.size();
  const std::size_t slash = std::min(url.find('/', begin), url.size());
  std::string host = url.substr(begin, slash - begin);
  Address address;
  const std::size_t bracket = host.rfind(']'); // of an IPv6 address
  const std::size_t colon = host.rfind(':');
  if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
    const auto port = schema::read_integer(host.substr(colon + 1));
    if (!port || *port < 1 || *port > 65'535) return wrong;
    address.port = static_cast<unsigned>(*port);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("@?# \t\r\n") != std::string::npos) return wrong;
  address.host = host;
  address.path = url.substr(slash);
  if (address.path.starts_with("/~/")) address.path = address.path.substr(3);
  if (address.path == "/~") address.path.clear();
  while (address.path.size() > 1 && address.path.ends_with('/'))
    address.path.pop_back();
  if (address.path.empty()) address.path = ".";
  return address;
}

Watch::Watch(int socket)
    : socket_(socket), thread_([this](const std::stop_token& end) { run(end); })
{
}

Watch::~Watch()
{
  thread_.request_stop();
}

Watch::Guard::Guard(Watch& watch, std::chrono::milliseconds limit, const std::stop_token& stop)
    : watch_(watch), on_stop_(stop, Close{&watch})
{
  const std::lock_guard lock(watch_.mutex_);
  watch_.limit_ = limit;
  ++watch_.call_;
  watch_.changed_.notify_all();
}

Watch::Guard::~Guard()
{
  const std::lock_guard lock(watch_.mutex_);
  watch_.limit_.reset();
  ++watch_.call_;
  watch_.changed_.notify_all();
}

bool Watch::has_closed() const
{
  const std::lock_guard lock(mutex_);
  return closed_;
}

void Watch::close()
{
  const std::lock_guard lock(mutex_);
  closed_ = true;
  ::shutdown(socket_, SHUT_RDWR); // whoever reads from it wakes up; its number stays taken
}

void Watch::run(const std::stop_token& end)
{
  std::unique_lock lock(mutex_);
  while (!end.stop_requested()) {
    const std::uint64_t call = call_;
    const auto is_over = [&] { return call_ != call; };
    if (!limit_) {
      changed_.wait(lock, end, is_over);
      continue;
    }
    if (changed_.wait_for(lock, end, *limit_, is_over) || end.stop_requested()) continue;
    closed_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    return;
  }
}

void Session::Free::operator()(ssh_session_struct* session) const
{
  ::ssh_disconnect(session);
  ::ssh_free(session);
}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const EndpointSettings& settings,
                                               const Address& address,
                                               const std::vector<HostKey>& known,
                                               std::stop_token stop)
{
  if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  std::unique_ptr<Session> session(new Session(settings.limits));
  TRY_VOID(session->connect(settings, address, known));
  session->watch_ = std::make_unique<Watch>(::ssh_get_fd(session->ssh_.get()));
  const Watch::Guard guard = session->watched(stop);
  TRY_VOID(session->check_server(known));
  TRY_VOID(session->log_in(settings.auth));
  session->sftp_.reset(::sftp_new(session->ssh_.get()));
  if (!session->sftp_ || ::sftp_init(session->sftp_.get()) != SSH_OK)
    return session->broken("starting SFTP", stop);
  return session;
}

// Nothing but what is set here counts: no file of a user's, no agent, no environment.
Result<void> Session::connect(const EndpointSettings& settings, const Address& address,
                              const std::vector<HostKey>& known)
{
  ssh_.reset(::ssh_new());
  if (!ssh_) return fail(ErrorKind::transient, "SSH: no memory");
  ssh_session_struct* ssh = ssh_.get();
  const bool no_files = false;
  const long milliseconds = settings.limits.connect_timeout.count();
  const long seconds = std::max(1L, milliseconds / 1000);
  const std::string algorithms = algorithms_for(known);
  TRY_VOID(set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no_files));
  TRY_VOID(set(ssh, SSH_OPTIONS_HOST, address.host.c_str()));
  TRY_VOID(set(ssh, SSH_OPTIONS_PORT, &address.port));
  TRY_VOID(set(ssh, SSH_OPTIONS_USER, settings.auth.user.c_str()));
  TRY_VOID(set(ssh, SSH_OPTIONS_KNOWNHOSTS, "/dev/null"));
  TRY_VOID(set(ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null"));
  TRY_VOID(set(ssh, SSH_OPTIONS_HOSTKEYS, algorithms.c_str()));
  TRY_VOID(set(ssh, SSH_OPTIONS_TIMEOUT, &seconds));
  if (::ssh_connect(ssh) == SSH_OK) return {};
  const std::string why = ::ssh_get_error(ssh);
  if (why.find("no match for method server host key algo") != std::string::npos)
    return fail(ErrorKind::unauthorized,
                fmt::format("the server at {} has no key of the kinds in host_key", address.host));
  return fail(ErrorKind::transient,
              fmt::format("connecting to {}:{}: {}", address.host, address.port, why));
}

Result<void> Session::check_server(const std::vector<HostKey>& known)
{
  ssh_key_struct* shown = nullptr;
  if (::ssh_get_server_publickey(ssh_.get(), &shown) != SSH_OK)
    return fail(ErrorKind::unauthorized, "the server shows no key");
  const Key key(shown);
  char* encoded = nullptr;
  if (::ssh_pki_export_pubkey_base64(key.get(), &encoded) != SSH_OK)
    return fail(ErrorKind::unauthorized, "the server's key cannot be read");
  const char* type = ::ssh_key_type_to_char(::ssh_key_type(key.get()));
  const HostKey server{type ? type : "", text_of(encoded), fingerprint_of(key.get())};
  if (is_known(known, server)) return {};
  return fail(ErrorKind::unauthorized,
              fmt::format("the server shows the {} key {}, which is none of host_key; nothing was "
                          "sent to it. Ask its keeper whether the key is theirs",
                          server.type, server.fingerprint));
}

Result<void> Session::log_in(const Auth& auth)
{
  int code = SSH_AUTH_ERROR;
  if (auth.kind == Auth::Kind::ssh_key) {
    ssh_key_struct* read = nullptr;
    const std::string& pass = auth.password.reveal();
    if (::ssh_pki_import_privkey_base64(auth.value.reveal().c_str(),
                                        pass.empty() ? nullptr : pass.c_str(), nullptr, nullptr,
                                        &read) != SSH_OK)
      return fail(ErrorKind::unauthorized, "our private key cannot be read, or its passphrase is "
                                           "wrong");
    const Key key(read);
    code = ::ssh_userauth_publickey(ssh_.get(), nullptr, key.get());
  } else {
    code = ::ssh_userauth_password(ssh_.get(), nullptr, auth.password.reveal().c_str());
  }
  if (code == SSH_AUTH_SUCCESS) return {};
  if (code == SSH_AUTH_ERROR || watch_->has_closed())
    return fail(ErrorKind::transient, fmt::format("logging in: {}", ::ssh_get_error(ssh_.get())));
  return fail(ErrorKind::unauthorized,
              fmt::format("the server does not let '{}' in{}", auth.user,
                          code == SSH_AUTH_PARTIAL ? ": it wants more than this" : ""));
}

Watch::Guard Session::watched(const std::stop_token& stop)
{
  using std::chrono::milliseconds;
  const auto left = until_ - std::chrono::steady_clock::now();
  const auto limit = std::min<std::chrono::nanoseconds>(limits_.first_byte_timeout, left);
  return {*watch_, std::max(milliseconds(0), std::chrono::ceil<milliseconds>(limit)), stop};
}

void Session::begin_work()
{
  until_ = std::chrono::steady_clock::now() + limits_.total_timeout;
}

bool Session::is_broken() const
{
  return watch_->has_closed() || !::ssh_is_connected(ssh_.get());
}

tl::unexpected<Error> Session::broken(const std::string& doing, const std::stop_token& stop) const
{
  if (stop.stop_requested()) return fail(ErrorKind::cancelled, "stop was requested");
  if (watch_->has_closed() && std::chrono::steady_clock::now() >= until_)
    return fail(ErrorKind::transient,
                fmt::format("{}: not done within {} ms (limits.total_timeout)", doing,
                            limits_.total_timeout.count()));
  if (watch_->has_closed())
    return fail(ErrorKind::transient, fmt::format("{}: no answer within {} ms", doing,
                                                  limits_.first_byte_timeout.count()));
  return fail(ErrorKind::transient, fmt::format("{}: {}", doing, ::ssh_get_error(ssh_.get())));
}

tl::unexpected<Error> Session::failure(const std::string& path, const std::stop_token& stop) const
{
  const std::string what = fmt::format("'{}'", path);
  if (is_broken() || stop.stop_requested()) return broken(what, stop);
  switch (::sftp_get_error(sftp_.get())) {
  case SSH_FX_NO_SUCH_FILE:
  case SSH_FX_NO_SUCH_PATH: return fail(ErrorKind::not_found, what + ": not there");
  case SSH_FX_PERMISSION_DENIED:
  case SSH_FX_WRITE_PROTECT: return fail(ErrorKind::unauthorized, what + ": not allowed");
  case SSH_FX_FILE_ALREADY_EXISTS: return fail(ErrorKind::precondition, what + ": there already");
  case SSH_FX_OP_UNSUPPORTED: return fail(ErrorKind::unsupported, what + ": not supported there");
  default: return fail(ErrorKind::transient, what + ": the server refuses, without a reason");
  }
}

} // namespace gramsetu::connectors::sftp
