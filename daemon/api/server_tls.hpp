// TLS for the TCP listener: our certificate, its key, and whose clients may come.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace gramsetu::api {

struct TlsSettings {
  std::string certificate; // a file: PEM, with its intermediates
  std::string key;         // PEM
  std::string
      client_ca; // a file: a client must show a certificate of these; empty: none is asked for
};

// One certificate as it is read once; a renewed one is another Tls. Connections keep the one they began with.
class Tls {
public:
  // `invalid` when the files cannot be used, and says which.
  static Result<std::shared_ptr<const Tls>> open(const TlsSettings& settings);
  ~Tls();

  boost::asio::ssl::context& context() const;
  // The certificate is for this name or address: a client that checks it calls us by no other.
  bool is_named(const std::string& host) const;

private:
  struct Impl;
  explicit Tls(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

} // namespace gramsetu::api
