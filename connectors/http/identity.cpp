// Reading a certificate and looking whether its key fits; a half-renewed pair would lock us out.
#include "connectors/http/identity.hpp"

#include <fmt/format.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

namespace gramsetu::connectors::http {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::unique_ptr<BIO, Free> over(const std::string& text)
{
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key behind a passphrase would make the library ask on the terminal.
int no_passphrase(char*, int, int, void*)
{
  return 0;
}

Instant end_of(const X509& certificate)
{
  tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts);
  return Instant(std::chrono::seconds(timegm(&parts)));
}

} // namespace

Result<Identity> read_identity(const Tls& tls)
{
  std::ifstream file(tls.certificate, std::ios::binary);
  Identity identity;
  identity.certificate.assign(std::istreambuf_iterator<char>(file), {});
  const auto wrong = [&](std::string_view what) {
    ERR_clear_error();
    return fail(ErrorKind::invalid, fmt::format("our certificate {} {}", tls.certificate, what));
  };
  if (!file || identity.certificate.empty()) return wrong("cannot be read");
  const auto text = over(identity.certificate), secret = over(tls.key.reveal());
  const std::unique_ptr<X509, Free> certificate(
      PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr));
  if (!certificate) return wrong("is no certificate in PEM");
  const std::unique_ptr<EVP_PKEY, Free> key(
      PEM_read_bio_PrivateKey(secret.get(), nullptr, no_passphrase, nullptr));
  if (!key) return wrong("has a key that is no key in PEM, or is locked");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return wrong("does not belong to the key; they must be renewed together");
  identity.until = end_of(*certificate);
  return identity;
}

} // namespace gramsetu::connectors::http
