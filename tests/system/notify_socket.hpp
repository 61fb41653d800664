// What systemd would hear: the datagrams that a service sends to $NOTIFY_SOCKET.
#pragma once

#include "tests/system/process.hpp"

#include <chrono>
#include <string>

namespace gramsetu::test {

class NotifySocket {
public:
  explicit NotifySocket(std::string path);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  const std::string& path() const { return path_; }
  // Waits for a datagram with this line; what came before it is heard too. False when it does not come.
  bool hears(const std::string& line, std::chrono::milliseconds bound = kPatience);
  // Everything heard so far, and not forgotten: datagrams, each with a line break at its end.
  const std::string& heard() const { return heard_; }
  void forget() { heard_.clear(); }

private:
  std::string path_, heard_;
  int socket_ = -1;
};

} // namespace gramsetu::test
