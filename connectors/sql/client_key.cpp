// A file without a place in any folder.
#include "connectors/sql/client_key.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gramsetu::connectors::sql {

Result<ClientKey> ClientKey::hold(const Secret& pem)
{
  const std::string& bytes = pem.reveal();
  Descriptor file(::memfd_create("client key", MFD_CLOEXEC));
  // libpq wants a file that nobody but its owner may read.
  if (!file.is_open() || ::fchmod(file.number(), S_IRUSR | S_IWUSR) != 0 ||
      ::write(file.number(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    return fail(ErrorKind::transient, fmt::format("keeping tls.key: {}", std::strerror(errno)));
  return ClientKey(std::move(file));
}

std::string ClientKey::name() const
{
  return fmt::format("/proc/self/fd/{}", file_.number());
}

} // namespace gramsetu::connectors::sql
