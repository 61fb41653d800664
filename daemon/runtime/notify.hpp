// Tells systemd how the service is: datagrams to $NOTIFY_SOCKET, without a library.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gramsetu::runtime {

// Any thread. Never blocks, and does nothing when systemd does not listen.
class Notifier {
public:
  // `socket`: a path, or an abstract name that begins with '@'; empty: nobody listens.
  // `watchdog`: after how long a silence systemd kills us.
  explicit Notifier(std::string socket = {},
                    std::optional<std::chrono::microseconds> watchdog = std::nullopt);
  ~Notifier();
  Notifier(Notifier&& other) noexcept;
  Notifier& operator=(Notifier&&) = delete;

  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Call it before threads are started.
  static Notifier from_environment();

  bool listening() const { return !socket_.empty(); }
  // How often `alive` should be called: half of what systemd allows; nothing without a watchdog.
  std::optional<std::chrono::milliseconds> watchdog_interval() const;

  void ready(std::string_view status) const;
  void status(std::string_view text) const;
  void reloading(Ticks now) const; // then `ready` again; systemd wants to know since when
  // Neither ready nor stuck: systemd should wait for at least `grace` from now on.
  void waiting(std::string_view status, std::chrono::microseconds grace) const;
  void stopping(std::string_view status) const;
  void alive() const;

private:
  void send(const std::string& message) const;

  std::string socket_;
  std::optional<std::chrono::microseconds> watchdog_;
  int descriptor_ = -1;
};

} // namespace gramsetu::runtime
