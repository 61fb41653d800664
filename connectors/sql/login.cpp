// Addresses, passwords and certificates as libpq takes them.
#include "connectors/sql/login.hpp"

#include "connectors/sql/address.hpp"

namespace gramsetu::connectors::sql {

namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt"; // Debian's

} // namespace

Result<Login> login_of(const EndpointSettings& settings, const std::string& application)
{
  TRY(const Address address, read_address(settings.url));
  const auto& tls = settings.tls;
  if (tls.certificate.empty() != tls.key.empty())
    return fail(ErrorKind::invalid, "tls.certificate and tls.key go together");
  Login login;
  auto& words = login.words;
  words = {{"host", address.host},       {"port", address.port.empty() ? "5432" : address.port},
           {"dbname", address.database}, {"application_name", application},
           {"client_encoding", "UTF8"},  {"gssencmode", "disable"},
           {"sslmode", "prefer"}};
  const std::string& user = settings.auth.user.empty() ? address.user : settings.auth.user;
  if (!user.empty()) words["user"] = user;
  if (!settings.auth.password.empty()) words["password"] = settings.auth.password.reveal();
  if (!tls.ca.empty() || !(address.is_here() || settings.allow_plaintext)) {
    words["sslmode"] = "verify-full";
    words["sslrootcert"] = tls.ca.empty() ? kSystemAuthorities : tls.ca;
  }
  // Our certificate; without one of ours none of the user's own is looked for.
  words["sslcert"] = tls.certificate.empty() ? "/dev/null" : tls.certificate;
  if (tls.key.empty()) return login;
  TRY(ClientKey key, ClientKey::hold(tls.key));
  words["sslkey"] = key.name();
  login.key = std::move(key);
  return login;
}

} // namespace gramsetu::connectors::sql
