// The scripted server over plain sockets.
#include "tests/support/script_server.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace gramsetu::test {

namespace {

constexpr int kTick = 20; // milliseconds between looks at whether the server must end

struct Listener {
  int descriptor = -1;
  int port = 0;
};

Listener listen_anywhere()
{
  Listener listener;
  listener.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.descriptor, plain, size) != 0 || listen(listener.descriptor, 64) != 0 ||
      getsockname(listener.descriptor, plain, &size) != 0)
    std::abort();
  listener.port = ntohs(address.sin_port);
  return listener;
}

std::size_t length_of(const Heard& heard)
{
  const std::string text = heard.header("Content-Length");
  return text.empty() ? 0 : static_cast<std::size_t>(std::stoul(text));
}

std::string lower(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

} // namespace

Act send(std::string bytes)
{
  return {Act::Kind::send, std::move(bytes), {}};
}
Act drip(std::string bytes, std::chrono::milliseconds pause)
{
  return {Act::Kind::drip, std::move(bytes), pause};
}
Act pause(std::chrono::milliseconds pause)
{
  return {Act::Kind::pause, "", pause};
}
Act close()
{
  return {Act::Kind::close, "", {}};
}
Act reset()
{
  return {Act::Kind::reset, "", {}};
}
Act read()
{
  return {Act::Kind::read, "", {}};
}

std::string answer(int status, const std::string& body, const std::string& headers,
                   const std::string& type)
{
  return fmt::format("HTTP/1.1 {} Scripted\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
                     status, type, body.size(), headers, body);
}

std::string Heard::line() const
{
  return head.substr(0, head.find("\r\n"));
}

std::string Heard::header(const std::string& name) const
{
  const std::string wanted = "\r\n" + lower(name) + ":";
  const auto at = lower(head).find(wanted);
  if (at == std::string::npos) return {};
  auto from = at + wanted.size();
  while (from < head.size() && head[from] == ' ')
    ++from;
  return head.substr(from, head.find("\r\n", from) - from);
}

struct ScriptServer::Impl {
  std::vector<Script> scripts;
  std::vector<std::string> answers; // instead of scripts; set before the first connection
  std::atomic<std::size_t> answered = 0;
  Listener listener = listen_anywhere();
  std::atomic<bool> ending = false;
  std::atomic<int> accepted = 0;
  mutable std::mutex mutex; // guards `heard`
  std::vector<Heard> heard;
  std::vector<std::thread> players; // only the acceptor adds; joined after it
  std::thread acceptor;

  void accept_all()
  {
    while (!ending) {
      pollfd waiting{listener.descriptor, POLLIN, 0};
      if (poll(&waiting, 1, kTick) <= 0) continue;
      const int client = accept4(listener.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      const int number = ++accepted;
      players.emplace_back([this, client, number] { play(client, number); });
    }
  }

  void play(int client, int number)
  {
    const auto index = static_cast<std::size_t>(number - 1);
    bool abrupt = false;
    std::string rest;
    if (!answers.empty()) {
      while (hear(client, number, rest)) {
        const std::size_t turn = answered++;
        if (turn >= answers.size() || !write_all(client, answers[turn])) break;
      }
    } else if (index < scripts.size() && hear(client, number, rest)) {
      for (const Act& act : scripts[index]) {
        abrupt = act.kind == Act::Kind::reset;
        if (!perform(client, number, act, rest)) break;
      }
    }
    if (abrupt) {
      const linger now{1, 0};
      setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(client);
  }

  bool perform(int client, int number, const Act& act, std::string& rest)
  {
    switch (act.kind) {
    case Act::Kind::send: return write_all(client, act.bytes);
    case Act::Kind::drip:
      return std::all_of(act.bytes.begin(), act.bytes.end(), [&](char byte) {
        return write_all(client, std::string(1, byte)) && wait(client, act.pause);
      });
    case Act::Kind::pause: return wait(client, act.pause);
    case Act::Kind::read: return hear(client, number, rest);
    case Act::Kind::close:
    case Act::Kind::reset: return false;
    }
    return false;
  }

  // False when the server ends or the other side hangs up.
  bool wait(int client, std::chrono::milliseconds time)
  {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!ending && std::chrono::steady_clock::now() < until) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      pollfd other{client, POLLRDHUP, 0};
      const int tick = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kTick));
      if (poll(&other, 1, tick) > 0) return false;
    }
    return !ending;
  }

  static bool write_all(int client, const std::string& bytes)
  {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count = ::send(client, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }

  bool read_more(int client, std::string& bytes)
  {
    while (!ending) {
      pollfd waiting{client, POLLIN, 0};
      if (poll(&waiting, 1, kTick) <= 0) continue;
      char buffer[16384];
      const auto count = recv(client, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      bytes.append(buffer, static_cast<std::size_t>(count));
      return true;
    }
    return false;
  }

  bool hear(int client, int number, std::string& bytes)
  {
    std::size_t end = bytes.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!read_more(client, bytes)) return false;
      end = bytes.find("\r\n\r\n");
    }
    Heard request;
    request.head = bytes.substr(0, end);
    request.connection = number;
    const std::size_t length = length_of(request);
    while (bytes.size() < end + 4 + length) {
      if (!read_more(client, bytes)) return false;
    }
    request.body = bytes.substr(end + 4, length);
    bytes.erase(0, end + 4 + length);
    const std::lock_guard lock(mutex);
    heard.push_back(std::move(request));
    return true;
  }
};

ScriptServer::ScriptServer(std::vector<Script> scripts) : impl_(std::make_unique<Impl>())
{
  impl_->scripts = std::move(scripts);
  impl_->acceptor = std::thread([this] { impl_->accept_all(); });
}

ScriptServer::~ScriptServer()
{
  impl_->ending = true;
  impl_->acceptor.join();
  for (std::thread& player : impl_->players)
    player.join();
  ::close(impl_->listener.descriptor);
}

int ScriptServer::port() const
{
  return impl_->listener.port;
}

std::string ScriptServer::url(const std::string& path) const
{
  return fmt::format("http://127.0.0.1:{}{}", port(), path);
}

std::vector<Heard> ScriptServer::heard() const
{
  const std::lock_guard lock(impl_->mutex);
  return impl_->heard;
}

int ScriptServer::connections() const
{
  return impl_->accepted;
}

std::unique_ptr<ScriptServer> serve(std::vector<std::string> answers)
{
  auto server = std::make_unique<ScriptServer>(std::vector<Script>());
  server->impl_->answers = std::move(answers);
  return server;
}

int closed_port()
{
  const Listener listener = listen_anywhere();
  ::close(listener.descriptor);
  return listener.port;
}

} // namespace gramsetu::test
