// A line to a database server that breaks when and where a test wants it to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gramsetu::test {

// Listens on a port of loopback and passes bytes on to a Unix socket, both ways.
class CutLine {
public:
  enum class Cut {
    none,
    before_any,    // with the next bytes from the client, which do not arrive
    before_commit, // with the next COMMIT, which does not arrive
    after_commit,  // with the next COMMIT, which arrives; its answer does not
    in_answer,     // in the middle of the next bytes from the server
  };

  explicit CutLine(std::string socket);
  ~CutLine();

  std::uint16_t port() const { return port_; }
  void cut(Cut where) { cut_ = where; } // once
  void refuse(bool refused);            // nobody listens, and who is connected is no more
  bool is_cut() const { return cut_ == Cut::none; }

private:
  void listen();
  void serve(int listener, const std::stop_token& stop);
  void pass(int client, const std::stop_token& stop);

  const std::string socket_;
  std::uint16_t port_ = 0;
  std::atomic<Cut> cut_ = Cut::none;
  std::mutex mutex_; // guards `lines_`
  std::vector<std::jthread> lines_;
  std::jthread listener_;
};

} // namespace gramsetu::test
