// A connection to an SFTP server: it is the right server, it knows us, and no call lasts for ever.
#pragma once

#include "base/clock.hpp"
#include "connectors/api/transport.hpp"
#include "connectors/sftp/host_key.hpp"

#include <libssh/libssh.h>
#include <libssh/sftp.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace gramsetu::connectors::sftp {

struct Address {
  std::string host, path; // path: the folder, from the root or from the user's own
  unsigned port = 22;
};

// "sftp://host:22/folder": the folder as seen from the server's root, "sftp://host/~/folder" from the user's own.
Result<Address> read_address(const std::string& url);

// Closes a socket under a call that lasts too long or is to stop: libssh's own calls wait for ever.
class Watch {
public:
  explicit Watch(int socket);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Until the returned guard goes, the socket is closed after `limit` or when `stop` is requested.
  class Guard {
  public:
    Guard(Watch& watch, std::chrono::milliseconds limit, const std::stop_token& stop);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

  private:
    struct Close {
      Watch* watch;
      void operator()() const { watch->close(); }
    };
    Watch& watch_;
    std::stop_callback<Close> on_stop_;
  };
  bool has_closed() const;

private:
  void close();
  void run(const std::stop_token& end);

  int socket_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::chrono::milliseconds> limit_; // of the call at hand
  std::uint64_t call_ = 0;
  bool closed_ = false;
  std::jthread thread_; // last: it uses all of the above
};

class Session {
public:
  // `unauthorized` when the server does not show a known key: then it is told nothing, no name and no
  // password; and when it does not let us in.
  static Result<std::unique_ptr<Session>> open(const EndpointSettings& settings,
                                               const Address& address,
                                               const std::vector<HostKey>& known,
                                               std::stop_token stop);
  ~Session();

  sftp_session_struct* sftp() { return sftp_.get(); }
  // Around each call: it may last for limits.first_byte_timeout, and all since `begin_work` for total_timeout.
  Watch::Guard watched(const std::stop_token& stop);
  void begin_work();
  // What went wrong with the last call, about `path`.
  tl::unexpected<Error> failure(const std::string& path, const std::stop_token& stop) const;
  bool is_broken() const; // no further call can succeed

private:
  struct Free {
    void operator()(ssh_session_struct* session) const;
    void operator()(sftp_session_struct* session) const { ::sftp_free(session); }
  };
  explicit Session(const Limits& limits) : limits_(limits) {}
  Result<void> connect(const EndpointSettings& settings, const Address& address,
                       const std::vector<HostKey>& known);
  Result<void> check_server(const std::vector<HostKey>& known);
  Result<void> log_in(const Auth& auth);
  tl::unexpected<Error> broken(const std::string& doing, const std::stop_token& stop) const;

  Limits limits_;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  std::unique_ptr<ssh_session_struct, Free> ssh_;
  std::unique_ptr<sftp_session_struct, Free> sftp_;
  std::unique_ptr<Watch> watch_;
};

} // namespace gramsetu::connectors::sftp
