// A socket, a request, and all bytes until the other side closes.
#include "tests/endpoints/plain_client.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gramsetu::sim {

std::string PlainAnswer::header(const std::string& name) const
{
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

PlainAnswer ask(std::uint16_t port, const std::string& method, const std::string& target,
                const std::vector<std::pair<std::string, std::string>>& headers,
                const std::string& body)
{
  PlainAnswer answer;
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  answer.connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::string request =
      method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
      "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers)
    request += name + ": " + value + "\r\n";
  request += "\r\n" + body;
  std::string bytes;
  if (answer.connected && ::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) ==
                              static_cast<ssize_t>(request.size())) {
    char buffer[65'536];
    for (ssize_t size = 0; (size = ::recv(descriptor, buffer, sizeof buffer, 0)) > 0;)
      bytes.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(descriptor);
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  return answer;
}

} // namespace gramsetu::sim
