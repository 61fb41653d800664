// OpenSSL behind its door: a context for a server, set to what is safe and no more.
#include "daemon/api/server_tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <functional>

namespace gramsetu::api {

namespace ssl = boost::asio::ssl;

// OpenSSL's own list of those with forward secrecy and authentication in one; TLS 1.3 has no others.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

struct Tls::Impl {
  ssl::context context{ssl::context::tls_server};
};

Tls::Tls(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tls::~Tls() = default;

namespace {

Result<void> attempt(const std::string& what, const std::function<void()>& act)
{
  try {
    act();
    return {};
  } catch (const boost::system::system_error& problem) {
    return fail(ErrorKind::invalid, what + ": " + problem.code().message());
  }
}

std::atomic<std::int64_t> served_until{0}; // milliseconds; 0: there was none

std::int64_t end_of(const X509* certificate)
{
  tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return 0;
  return Instant(std::chrono::seconds(timegm(&parts))).time_since_epoch().count();
}

} // namespace

std::optional<Instant> end_of_served_certificate()
{
  const auto end = served_until.load();
  return end == 0 ? std::nullopt : std::optional(Instant(std::chrono::milliseconds(end)));
}

Result<std::shared_ptr<const Tls>> Tls::open(const TlsSettings& settings)
{
  auto impl = std::make_unique<Impl>();
  auto& context = impl->context;
  auto* raw = context.native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(raw, kCiphers);
  TRY_VOID(attempt("api.tcp.tls.certificate " + settings.certificate,
                   [&] { context.use_certificate_chain_file(settings.certificate); }));
  TRY_VOID(attempt("api.tcp.tls.key", [&] {
    context.use_private_key(boost::asio::buffer(settings.key), ssl::context::pem);
  }));
  if (SSL_CTX_check_private_key(raw) != 1)
    return fail(ErrorKind::invalid, "api.tcp.tls.key is not the key of " + settings.certificate);
  if (!settings.client_ca.empty()) {
    TRY_VOID(attempt("api.tcp.tls.client_ca " + settings.client_ca, [&] {
      context.load_verify_file(settings.client_ca);
      context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }));
  }
  served_until = end_of(SSL_CTX_get0_certificate(raw));
  return std::shared_ptr<const Tls>(new Tls(std::move(impl)));
}

ssl::context& Tls::context() const
{
  return impl_->context;
}

bool Tls::is_named(const std::string& host) const
{
  X509* certificate = SSL_CTX_get0_certificate(impl_->context.native_handle());
  return certificate && !host.empty() &&
         (X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1 ||
          X509_check_ip_asc(certificate, host.c_str(), 0) == 1);
}

} // namespace gramsetu::api
