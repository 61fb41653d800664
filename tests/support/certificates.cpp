// Keys, requests, signatures.
#include "tests/support/certificates.hpp"

#include "base/check.hpp"

#include <cstdlib>

namespace gramsetu::test {

namespace {

const std::string kNewKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ";

} // namespace

bool Certificates::can_be_made()
{
  return std::system("openssl version >/dev/null 2>&1") == 0;
}

Certificates::Certificates(const std::string& client)
{
  for (const std::string name : {"ca", "other"})
    shell("openssl req -x509 " + kNewKey + name + ".key -out " + name +
          ".pem -days 2 -subj /CN=" + name);
  issue("server", "server", "subjectAltName=IP:127.0.0.1");
  issue("client", client, "extendedKeyUsage=clientAuth");
}

std::string Certificates::pin(const std::string& certificate) const
{
  shell("openssl x509 -in " + certificate +
        " -pubkey -noout | openssl pkey -pubin -outform DER | "
        "openssl dgst -sha256 -binary | openssl base64 -A > pin");
  return "sha256//" + dir.read("pin");
}

void Certificates::shell(const std::string& commands) const
{
  const std::string line = "cd '" + dir.path() + "' && { " + commands + " ; } >/dev/null 2>&1";
  check(std::system(line.c_str()) == 0, "openssl makes certificates");
}

void Certificates::issue(const std::string& name, const std::string& subject,
                         const std::string& extension)
{
  dir.write(name + ".ext", extension);
  shell("openssl req " + kNewKey + name + ".key -out " + name + ".csr -subj /CN=" + subject +
        " && openssl x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial" +
        " -days 2 -extfile " + name + ".ext -out " + name + ".pem");
}

} // namespace gramsetu::test
