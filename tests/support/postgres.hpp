// A PostgreSQL server of the test's own: made, started and ended by it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

class Certificates;

// At a Unix socket in a folder of its own; gone with the process, however that ends.
class Postgres {
public:
  // One for the process. Null where PostgreSQL is not installed, after one word about it. Asserts when it
  // does not start.
  static Postgres* get();

  // One that listens on loopback, too, and there lets in only who comes by TLS with a certificate that
  // `certificates` issued for its user's name. Null as above.
  static std::unique_ptr<Postgres> with_tls(const Certificates& certificates);

  // One of the caller's own that does not run yet. Null as above.
  static std::unique_ptr<Postgres> stopped();
  void start(); // and waits until it takes connections
  void stop();  // its clients are hung up on

  // As the transport takes it. The user is its superuser.
  std::string url(const std::string& database = "postgres") const;
  std::string tls_url(const std::string& host = "127.0.0.1") const;
  std::string socket() const; // the path of its Unix socket

  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

private:
  explicit Postgres(const std::string& programs);
  bool start_server(const std::vector<std::string>& settings); // false: it ended at once

  const std::string programs_;
  std::string folder_;
  int process_ = -1;
  std::uint16_t port_ = 0;
};

} // namespace gramsetu::test
