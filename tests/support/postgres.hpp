// A PostgreSQL server of the test's own: made, started and ended by it.
#pragma once

#include <string>

namespace gramsetu::test {

// One for the process, at a Unix socket in a folder of its own; gone with the process, however that ends.
class Postgres {
public:
  // Null where PostgreSQL is not installed, after one word about it. Asserts when it does not start.
  static Postgres* get();

  // As the transport takes it. The user is its superuser.
  std::string url(const std::string& database = "postgres") const;
  std::string socket() const; // the path of its Unix socket

  ~Postgres();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

private:
  explicit Postgres(const std::string& programs);

  std::string folder_;
  int process_ = -1;
};

} // namespace gramsetu::test
