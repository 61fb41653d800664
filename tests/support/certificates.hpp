// Certificates of an authority of the test's own, made by the openssl program.
#pragma once

#include "tests/support/temp_dir.hpp"

#include <string>

namespace gramsetu::test {

// ca.pem issued server.pem (127.0.0.1) and client.pem; other.pem stands for itself. The key of each is NAME.key.
class Certificates {
public:
  TempDir dir;

  // `client`: the name that the client's certificate is for.
  explicit Certificates(const std::string& client = "client");

  static bool can_be_made(); // openssl is installed
  std::string file(const std::string& name) const { return dir.file(name); }
  std::string pin(const std::string& certificate) const; // "sha256//..." of its key

private:
  void shell(const std::string& commands) const;
  void issue(const std::string& name, const std::string& subject, const std::string& extension);
};

} // namespace gramsetu::test
