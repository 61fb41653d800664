// TLS for the TCP listener: our certificate, its key, and whose clients may come.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
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

// When the certificate ends that was taken last in this process; nothing: there was none.
std::optional<Instant> end_of_served_certificate();

} // namespace gramsetu::api
