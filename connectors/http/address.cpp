// Address ranges by family.
#include "connectors/http/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

namespace gramsetu::connectors::http {

namespace {

bool allowed_v4(std::uint32_t address, const AddressRule& rule)
{
  const bool loopback = address >> 24 == 127;
  if (loopback) return rule.loopback;
  const bool link_local = address >> 16 == 0xa9fe; // 169.254.0.0/16: cloud metadata lives there
  const bool nowhere = address >> 24 == 0 || address >> 28 >= 0xe;
  return !rule.loopback_only && !link_local && !nowhere;
}

bool allowed_v6(const in6_addr& address, const AddressRule& rule)
{
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::uint32_t inner = 0;
    std::memcpy(&inner, &address.s6_addr[12], sizeof inner);
    return allowed_v4(ntohl(inner), rule);
  }
  if (IN6_IS_ADDR_LOOPBACK(&address)) return rule.loopback;
  return !rule.loopback_only && !IN6_IS_ADDR_LINKLOCAL(&address) &&
         !IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_UNSPECIFIED(&address);
}

} // namespace

bool allowed(const sockaddr& address, const AddressRule& rule)
{
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return allowed_v4(ntohl(v4.sin_addr.s_addr), rule);
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return allowed_v6(v6.sin6_addr, rule);
}

} // namespace gramsetu::connectors::http
