// A real OpenSSH server on loopback, for one folder of files and as long as the test lasts.
#pragma once

#include "tests/support/temp_dir.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gramsetu::test {

// Each connection to a socket of the test's is handed to an `sshd -i` of its own, which runs as whoever runs
// the test. Keys are made for it; the account's own files are not touched.
class SshServer {
public:
  // Whether this machine has what it needs.
  static bool is_there();

  SshServer();
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  // "sftp://127.0.0.1:PORT/FOLDER"
  std::string url(const std::string& folder) const;
  std::string user() const;
  // ed25519 and rsa host keys as lines of known_hosts, and the first one's fingerprint.
  std::string host_key(const std::string& type = "ed25519") const;
  std::string fingerprint() const;
  // The private key that is let in, and one that is not.
  std::string key() const;
  std::string other_key() const;
  // What its logs say of all connections so far.
  std::string log() const;
  std::size_t connections() const { return accepted_; }

  // While it refuses, connections end as soon as they begin; those that stand are cut.
  void refuse(bool refuses);
  // Connections are accepted and never answered.
  void keep_silent() { silent_ = true; }

private:
  void run();
  void serve(int socket);
  void end_all();

  TempDir dir_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::atomic<bool> over_ = false, refuses_ = false, silent_ = false;
  std::atomic<std::size_t> accepted_ = 0;
  std::mutex mutex_;
  std::vector<int> children_, held_; // processes; sockets that are never answered
  std::thread thread_;
};

} // namespace gramsetu::test
